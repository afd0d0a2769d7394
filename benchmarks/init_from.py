"""Beginning with a trained network, and anew: `python -m benchmarks.init_from --image_dir DIR [DIR ...]`.

Two data sets are learnt with few images and with all of them, by the same network in four ways: with new weights, with those of a
trained network (``--init_from``), with these and two frozen layers, and with these and images that are normalised
by their own numbers. What counts is the test error of the epoch with the lowest validation error, as the mean over the seeds.

scikit-learn's digits begin with the network `mnist` that comes with lenet. The photographs in --image_dir, of the tutorial, are
enlarged images of four of the ten classes of CIFAR-10: a network that has learnt all of it has been told their classes, those of the test
images too. They begin with one that has learnt the six other classes, which is trained here first.
"""

import argparse
import shlex
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.results import SEEDS, train
from benchmarks.timing import table
from lenet import LenetClassifier
from lenet.data.dataset import Split
from lenet.input_pipeline import load_cifar10

HEADER = ("images", "training images", "flags", "mean %", "seeds")
PHOTOGRAPHED = ("airplane", "frog", "ship", "truck")
FEW = "--num_examples 100"
WAYS = (
    "",
    "--init_from {}",
    "--init_from {} --freeze conv1 conv2",
    "--init_from {} --normalize zscore",
)


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "six-classes.h5")
        cases = {"digits": ("--dataset digits --batch_norm --nepochs 20", "mnist")}
        if arguments.image_dir:
            save_network_of_others(source, arguments.data_dir)
            images = shlex.join(["--image_dir", *arguments.image_dir, f"--cache_dir={folder}"])
            cases["photographs"] = (f"{images} --nepochs 30", str(source))
        for name, (flags, network) in cases.items():
            for amount in (FEW, ""):
                for way in WAYS:
                    command = shlex.split(f"{flags} {amount} {way.format(network)}")
                    errors = [train([*command, f"--seed={seed}"])[0] for seed in arguments.seeds]
                    shown = way.format(Path(network).name)
                    rows.append(row(name, amount.split()[-1] if amount else "all", shown, errors))
                    print(" ".join(rows[-1]), flush=True)
    print(f"\n{describe_machine()}\n")
    print(table(HEADER, rows))
    return 0


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--image_dir", nargs="+", metavar="DIR", help="the photographs, if wanted")
    parser.add_argument("--data_dir", metavar="DIR", help="of CIFAR-10; see lenet-train")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="N")
    return parser.parse_args(argv)


def save_network_of_others(path: Path, data_dir: str | None) -> None:
    """Train a network, in a minute or two, on the classes of CIFAR-10 that are not photographed, and write its file."""
    dataset = load_cifar10(data_dir)
    of_others = [k for k, name in enumerate(dataset.class_names) if name not in PHOTOGRAPHED]
    train, valid, test = (
        part.take(np.isin(part.labels, of_others))
        for part in (dataset.train, dataset.valid, dataset.test)
    )
    names = [dataset.class_names[k] for k in of_others]
    classifier = LenetClassifier(
        nepochs=6,
        batch_norm=True,
        data_augm=True,
        ncrops=1,
        schedule="cosine",
        lr=0.05,
        batch_size=128,
        class_names=names,
        verbose=1,
    ).fit(*train, validation_data=valid)
    print(f"{', '.join(names)}: {error_of(classifier, test):.1f} % of the test images wrong")
    classifier.save(path)


def error_of(classifier: LenetClassifier, split: Split) -> float:
    """Return an error in percent."""
    return 100 * (1 - classifier.score(split.images, split.labels))


def row(name: str, amount: str, way: str, errors: list[float]) -> list[str]:
    """Return the cells below `HEADER`."""
    seeds = ", ".join(f"{error:.2f}" for error in errors)
    return [name, amount, f"`{way}`" if way else "", f"{statistics.mean(errors):.2f}", seeds]


if __name__ == "__main__":
    sys.exit(main())
