"""What the folds of a cross-validation gain as one network: `python -m benchmarks.ensemble`.

Trains the folds of MNIST's and of CIFAR-10's training images, for each seed, and evaluates them on the test images: each fold
alone, and all together, as `lenet evaluate RUNS --dataset mnist` does. With `--image_dir` and `--test_dir`, one's own
photographs likewise. Prints both errors, mean and range over the seeds, and the gain in percentage points. Further flags
go to all trainings. Runs that are there are not trained again.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine, train_command
from benchmarks.timing import show_progress, table
from lenet import load_dataset
from lenet.data.dataset import joined_splits

SEEDS = (1, 2, 3)
EPOCHS = {"mnist": 20, "cifar10": 50, "folder": 60}
HEADER = ("data", "a fold alone: mean %", "range %", "all folds: mean %", "range %", "gain")


def main(argv: Sequence[str] | None = None) -> int:
    arguments, flags = parse_arguments(argv)
    rows = []
    for name in arguments.datasets:
        alone, together = [], []
        for seed in arguments.seeds:
            show_progress(f"{name}, seed {seed}")
            run = train(name, seed, arguments, flags)
            test = tested(name, arguments)
            folds = sorted(run.glob("fold-*"))
            alone.append(statistics.mean(error_of(fold, test) for fold in folds))
            together.append(error_of(run, test))
        gain = statistics.mean(alone) - statistics.mean(together)
        rows.append([name, *summary(alone), *summary(together), f"{gain:+.2f}"])
    show_progress("")
    print(f"{describe_machine()}\n")
    print(table(HEADER, rows))
    return 0


def parse_arguments(argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return the arguments, and the flags of all trainings."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--datasets", nargs="+", choices=EPOCHS, metavar="NAME")
    parser.add_argument("--image_dir", nargs="+", metavar="DIR", help="photographs to learn")
    parser.add_argument("--test_dir", nargs="+", metavar="DIR", help="others of the same classes")
    parser.add_argument("--data_dir", metavar="DIR", help="see lenet-train")
    parser.add_argument("--folds", type=int, default=5, metavar="K")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="N")
    parser.add_argument("--out_dir", type=Path, default=Path("build", "ensemble"), metavar="DIR")
    arguments, flags = parser.parse_known_args(argv)
    if arguments.datasets is None:
        arguments.datasets = [n for n in EPOCHS if n != "folder" or arguments.image_dir]
    if "folder" in arguments.datasets and not (arguments.image_dir and arguments.test_dir):
        parser.error("--datasets folder needs --image_dir and --test_dir")
    return arguments, flags


def train(name: str, seed: int, arguments: argparse.Namespace, flags: Sequence[str]) -> Path:
    """Train all folds, unless that has been done, and return the folder of the runs."""
    run = arguments.out_dir / f"{name}-{seed}"
    if (run / "folds.csv").exists():
        return run
    if name == "folder":
        words = ["--dataset", "folder", "--image_dir", *arguments.image_dir]
    else:
        words = ["--dataset", str(training_images(name, arguments))]
    words += [f"--folds={arguments.folds}", f"--seed={seed}", f"--out_dir={run}", "--quiet"]
    process = train_command([*words, f"--nepochs={EPOCHS[name]}", *flags])
    if process.wait():
        sys.exit(process.returncode)
    return run


def training_images(name: str, arguments: argparse.Namespace) -> Path:
    """Return a file of all images of a data set but those for testing."""
    path = arguments.out_dir.resolve() / f"{name}.npz"
    if not path.exists():
        arguments.out_dir.mkdir(parents=True, exist_ok=True)
        dataset = load_dataset(name, arguments.data_dir)
        images, labels = joined_splits(dataset.train, dataset.valid)
        np.savez(path, X=images, y=labels, class_names=np.array(dataset.class_names))
    return path


def tested(name: str, arguments: argparse.Namespace) -> list[str]:
    """Return the flags of `lenet evaluate` for the images to test on."""
    if name == "folder":
        return ["--image_dir", *arguments.test_dir]
    where = [f"--data_dir={arguments.data_dir}"] if arguments.data_dir else []
    return ["--dataset", name, "--part", "test", *where]


def error_of(model: Path, test: Sequence[str]) -> float:
    """Return the error of a network, or of all folds together, in percent."""
    words = [sys.executable, "-m", "lenet", "evaluate", str(model), *test, "--json"]
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE)
    if done.returncode:
        sys.exit(done.returncode)
    return 100 * json.loads(done.stdout)["error"]


def summary(found: Sequence[float]) -> tuple[str, str]:
    """Return the mean of some errors, and their range."""
    return f"{statistics.mean(found):.2f}", f"{min(found):.2f} to {max(found):.2f}"


if __name__ == "__main__":
    sys.exit(main())
