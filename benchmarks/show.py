"""Agreement of the pages of `lenet show` with PyTensor, their speed and their size.

    python -m benchmarks.show --data_dir data
    python -m benchmarks.show mnist runs/mnist --data_dir data
    python -m benchmarks.show runs/mnist --screenshots docs --data_dir data

Under Node, the page's program classifies all test images of the network's data set: are its classes those of `lenet evaluate`,
and by how much do its probabilities differ from PyTensor's? In Chromium without a window, and without a GPU, somebody
draws: how often is the whole page drawn anew in a second? It needs both programs (`apt-get install chromium nodejs`).
"""

import argparse
import contextlib
import csv
import io
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import ROOT, describe_machine
from lenet.commands.chosen_dataset import learnt_dataset
from lenet.commands.evaluate import main as evaluate
from lenet.commands.show import main as show
from lenet.compile.backends import select_backend
from lenet.runs.saved_model import SavedModel
from lenet.text import shown
from lenet.trained import network_path

ROUNDS, SECONDS = 7, 3
PROGRAM = ROOT / "benchmarks" / "show_probabilities.mjs"
REACH = "| to reach | ≤ 2 000 000 | 0 | ≤ 1e-5 | ≥ 20 |"

# A pen that goes round and round, an event for each picture of the screen; an update is a new answer.
DRAW = f"""(async () => {{
  document.querySelector('#clear').click();
  const pad = document.querySelector('#pad'), box = pad.getBoundingClientRect();
  let updates = 0;
  const watch = new MutationObserver(() => updates++);
  pad.setPointerCapture = () => {{}};
  const send = (type, x, y) => pad.dispatchEvent(new PointerEvent(type,
    {{pointerId: 1, button: 0, clientX: box.x + x * box.width, clientY: box.y + y * box.height, bubbles: true}}));
  send('pointerdown', .75, .5);
  watch.observe(document.querySelector('#verdict'), {{childList: true}});
  const begin = performance.now();
  let now = begin;
  while (now - begin < {1000 * SECONDS}) {{
    const angle = (now - begin) / 300;
    send('pointermove', .5 + .25 * Math.cos(angle), .5 + .3 * Math.sin(angle));
    now = await new Promise(requestAnimationFrame).then(() => performance.now());
  }}
  send('pointerup', .5, .5);
  return 1000 * updates / (now - begin);
}})()"""


@dataclass(frozen=True)
class Measured:
    """What was found of one page; speeds are updates in a second."""

    name: str
    size: int
    images: int
    other_classes: int
    difference: float
    speeds: list[float]


def main(argv: list[str] | None = None) -> int:
    """Measure the pages and print a table, or make the pictures of the guide."""
    arguments = parse_arguments(argv)
    if arguments.screenshots is not None:
        from benchmarks.show_pictures import write_pictures

        write_pictures(arguments.screenshots, arguments.networks, arguments.data_dir)
        return 0
    if shutil.which("node") is None:
        sys.exit("benchmarks.show: needs node, Node.js 20 or newer")
    found = [measure(network, arguments.data_dir) for network in arguments.networks]
    print(table(found))
    print(f"\n{describe_machine()}")
    return 0


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.show", description=__doc__)
    parser.add_argument(
        "networks",
        nargs="*",
        default=["mnist", "mnist-1998"],
        metavar="RUN",
        help="runs, or networks that come with lenet (default: mnist mnist-1998)",
    )
    parser.add_argument("--data_dir", metavar="DIR", type=Path, help="see lenet-train")
    parser.add_argument(
        "--screenshots",
        metavar="DIR",
        type=Path,
        help="write the pictures of docs/show.md instead; epochs are those of the first RUN",
    )
    return parser.parse_args(argv)


def measure(network: str, data_dir: Path | None) -> Measured:
    """Write the page of a network and measure it."""
    data = [] if data_dir is None else ["--data_dir", str(data_dir)]
    with tempfile.TemporaryDirectory() as folder:
        page, judged = Path(folder) / "show.html", Path(folder) / "predictions.csv"
        with contextlib.redirect_stdout(io.StringIO()):
            failed = show([network, "--out", str(page), *data])
            failed = failed or evaluate([network, "--predictions", str(judged), *data])
        if failed:
            sys.exit(f"benchmarks.show: {network}: see above")
        with judged.open(newline="") as lines:
            predicted = [row["predicted"] for row in csv.DictReader(lines)]
        model = SavedModel.load(network_path(network), select_backend("c", 1).mode)
        images = np.asarray(learnt_dataset(model.attributes, data_dir=data_dir).test.images)
        here, there = probabilities_of(page, images), model.probabilities(images)
        classes = [shown(model.class_names[k]) for k in here.argmax(axis=1)]
        return Measured(
            name=network,
            size=page.stat().st_size,
            images=len(images),
            other_classes=sum(a != b for a, b in zip(classes, predicted, strict=True)),
            difference=float(np.abs(here - there).max()),
            speeds=speeds_of(page),
        )


def probabilities_of(page: Path, images: np.ndarray) -> np.ndarray:
    """Return what the page's program computes under Node, shape (n, classes)."""
    given, out = page.with_name("images"), page.with_name("probabilities")
    given.write_bytes(np.ascontiguousarray(images).tobytes())
    subprocess.run(["node", PROGRAM, page, given, out], check=True)
    return np.frombuffer(out.read_bytes(), "<f4").reshape(len(images), -1)


def speeds_of(page: Path) -> list[float]:
    """Return updates in a second while somebody draws, round by round; none without Chromium."""
    from tests.show import chromium

    if chromium.BROWSER is None:
        return []
    with tempfile.TemporaryDirectory() as folder, chromium.Browser(Path(folder)) as browser:
        opened = browser.open(page)
        # The page has looked at its training pictures, and is at rest.
        opened.wait_for("document.querySelector('#hide-map').hasAttribute('data-done')")
        opened.wait_for(
            "document.querySelector('#near').hidden || document.querySelector('#near-list li') !== null"
        )
        opened.evaluate(DRAW)
        return [opened.evaluate(DRAW) for _ in range(ROUNDS)]


def table(found: list[Measured]) -> str:
    """Return what was found as a table of Markdown."""
    lines = [
        "| page | bytes | test images of another class than in `lenet evaluate` | largest difference of probabilities "
        f"| updates in a second, median of {ROUNDS} |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for one in found:
        speed = "no Chromium"
        if one.speeds:
            low, middle, high = min(one.speeds), statistics.median(one.speeds), max(one.speeds)
            speed = f"{middle:.0f} ({low:.0f} to {high:.0f})"
        size = f"{one.size:,}".replace(",", " ")
        images = f"{one.images:,}".replace(",", " ")
        lines.append(
            f"| {shown(one.name)} | {size} | {one.other_classes} of {images} | {one.difference:.1e} | {speed} |"
        )
    return "\n".join([*lines, REACH])


if __name__ == "__main__":
    sys.exit(main())
