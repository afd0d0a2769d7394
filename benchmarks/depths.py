"""The same pictures in files of six depths: `python -m benchmarks.depths [--seeds N ...]`.

Four classes of synthetic bacteria, 100 pictures of 48 x 48 pixels each, as 8 bits, 16 bits of full range,
12 bits in 16, signed 16 bits, and counts of 100 to 600 photons as floating-point numbers and as 16 bits.
Trains a network on each by the plain command, and has it judge all pictures in each of the six depths, as a
folder with classes (`lenet evaluate`) and as mere pictures (`lenet predict`). Exits with 1 if a mean test error
is above 7.5 %, or if a network is more than twice the binomial deviation worse on another depth.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image

from benchmarks.machine import describe_machine
from benchmarks.timing import table
from lenet.commands import evaluate, predict

CLASSES = ("coccus", "rod", "pair", "chain")
COUNT, SIDE = 100, 48
MAX_ERROR = 7.5


def bacterium(rng: np.random.Generator, kind: str) -> np.ndarray:
    """Draw one picture: light, from 0.12 to 0.74 of the range, blurred, with noise."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    angle, radius = rng.uniform(0, np.pi), rng.uniform(3.5, 5.0)
    along, across = np.array([np.cos(angle), np.sin(angle)]), rng.uniform(-5, 5, 2)
    cells, length = {"coccus": (1, 0), "rod": (1, 2.6), "pair": (2, 0), "chain": (4, 0)}[kind]
    if kind == "chain":
        radius *= 0.7
    picture = np.zeros((SIDE, SIDE))
    for cell in range(cells):
        middle = across + along * (cell - (cells - 1) / 2) * 2.0 * radius
        y, x = rows - middle[0], columns - middle[1]
        place = np.clip(y * along[0] + x * along[1], -length * radius, length * radius)
        distance = np.hypot(y - place * along[0], x - place * along[1])
        picture = np.maximum(picture, 1 / (1 + np.exp(distance - radius)))
    light = 0.2 + 0.4 * picture * rng.uniform(0.6, 1.0) + rng.normal(0, 0.03, picture.shape)
    return light.clip(0.12, 0.74)


def forms(light: np.ndarray) -> dict[str, np.ndarray]:
    """Return a picture as files of each depth have it."""
    counts = 100 + 500 * (light - 0.12) / 0.62
    return {
        "8 bits": np.rint(255 * light).astype(np.uint8),
        "16 bits": np.rint(65535 * light).astype(np.uint16),
        "12 bits in 16": np.rint(4095 * light).astype(np.uint16),
        "int16": np.rint(4095 * light).astype(np.int16),
        "float32 counts": counts.astype(np.float32),
        "uint16 counts": np.rint(counts).astype(np.uint16),
    }


def save_signed(path: Path, values: np.ndarray) -> None:
    """Write a TIFF file of signed 16-bit values, which Pillow cannot."""
    Image.fromarray(values.view(np.uint16)).save(path, tiffinfo={339: 2})


def write(root: Path) -> list[str]:
    """Write a folder for each depth and return their names."""
    rng = np.random.default_rng(3)
    names: list[str] = []
    for kind in CLASSES:
        for number in range(COUNT):
            found = forms(bacterium(rng, kind))
            names = list(found)
            for name, values in found.items():
                folder = root / name.replace(" ", "-") / kind
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / f"{number:03d}.tif"
                if values.dtype == np.int16:
                    save_signed(path, values)
                else:
                    Image.fromarray(values).save(path)
    return names


def train(root: Path, folder: Path, run: Path, seed: int, threads: str) -> None:
    """Train a network by the plain command."""
    flags = ("--out_dir", str(run), "--seed", str(seed), "--threads", threads)
    command = [sys.executable, "-m", "lenet", "train", "--image_dir", str(folder), *flags]
    environment = os.environ | {"LENET_DATA_DIR": str(root / "data")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def command(main: Callable[[Sequence[str]], int], *arguments: object) -> None:
    """Run a command of lenet in this process, without what it prints."""
    texts = [str(argument) for argument in arguments]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as errors:
        status = main(texts)
    if status:
        sys.exit(f"{' '.join(texts)}\n{errors.getvalue()}")


def score(root: Path, run: Path, folder: Path, threads: str, part: str = "all") -> float:
    """Return the error of a network on a part of a folder in percent, as `lenet evaluate` finds it."""
    out = run / "scores.json"
    flags = ("--part", part, "--json", out, "--threads", threads, "--data_dir", root / "data")
    command(evaluate.main, run, folder, *flags)
    return float(100 * json.loads(out.read_text())["error"])


def wrong_answers(run: Path, folder: Path, threads: str) -> float:
    """Return the share of the pictures in a folder in percent that `lenet predict` gets wrong."""
    out = run / "answers.json"
    command(predict.main, run, folder, "--json", out, "--threads", threads)
    answers = json.loads(out.read_text())
    wrong = [answer["prediction"] != Path(answer["file"]).parent.name for answer in answers]
    return 100 * mean(wrong)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--threads", default="1")
    arguments = parser.parse_args(argv)
    seeds, threads = arguments.seeds, arguments.threads
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        folders = {name: root / name.replace(" ", "-") for name in write(root)}
        tests: dict[str, list[float]] = {name: [] for name in folders}
        crossed: dict[str, dict[str, list[float]]] = {n: {m: [] for m in folders} for n in folders}
        shown: dict[str, dict[str, list[float]]] = {n: {m: [] for m in folders} for n in folders}
        for name, own in folders.items():
            for seed in seeds:
                run = root / f"run-{own.name}-{seed}"
                train(root, own, run, seed, threads)
                tests[name].append(score(root, run, own, threads, "test"))
                for other, pictures in folders.items():
                    crossed[name][other].append(score(root, run, pictures, threads))
                    shown[name][other].append(wrong_answers(run, pictures, threads))
            print(f"{name}: {tests[name]}", file=sys.stderr, flush=True)
    print(describe_machine())
    print(f"`lenet train --image_dir FORM`, seeds {' '.join(map(str, seeds))}; error in %\n")
    header = ("trained on", "its test part", *(f"all, as {name}" for name in folders))
    rows = [
        (
            name,
            f"{mean(tests[name]):.2f}",
            *(f"{mean(crossed[name][m]):.2f} / {mean(shown[name][m]):.2f}" for m in folders),
        )
        for name in folders
    ]
    print(table(header, rows))
    return int(
        any(
            is_missed(tests[name], found[name], name)
            for name in folders
            for found in (crossed, shown)
        )
    )


def is_missed(test: list[float], crossed: dict[str, list[float]], name: str) -> bool:
    """Return whether a network misses the aims of this experiment."""
    own = mean(crossed[name])
    share = max(own, 1.0) / 100
    noise = 200 * math.sqrt(share * (1 - share) / (COUNT * len(CLASSES)))
    return mean(test) > MAX_ERROR or any(mean(errors) > own + noise for errors in crossed.values())


if __name__ == "__main__":
    sys.exit(main())
