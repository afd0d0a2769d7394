"""Whether every plain command learns: `python -m benchmarks.plain [--only TEXT]`.

Trains once for each value of each flag that decides what a network is and how it learns, with no flag beside
it: on the first 10 000 images of MNIST for 5 epochs, on scikit-learn's digits for 20, and, where `--image_dir`
names folders, on one's own images for 30. Prints the test error of the best epoch and a verdict: `chance` if it
is hardly better than guessing, `slow` if it is more than three times that of the best update rule on these images.
Exits with 1 if an error is that of chance, but where nothing else can be.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import describe_machine, train_command
from benchmarks.timing import show_progress, table
from lenet.data.statistics import NORMALISATIONS
from lenet.optim.schedules import SCHEDULES
from lenet.runs.reader import Run
from lenet.training.choices import (
    ACTIVATIONS,
    INITIALISERS,
    POOLINGS,
    SCORE_LOSSES,
    UPDATES,
)

DATASETS = {
    "mnist": "--dataset mnist --num_examples 10000 --nepochs 5",
    "digits": "--dataset digits --nepochs 20",
    "folder": "--dataset folder --nepochs 30",
}
HEADER = ("flags", *(f"{name} %" for name in DATASETS), "verdict")
OF_1998 = "--model lenet5-1998"
CHANCE = {"mnist": 85.0, "digits": 85.0, "folder": 70.0}  # percent; the folder has four classes
SLOW = 3.0
# Equal weights stay equal. +-2.4 / fan_in, meant for few inputs and a steep tanh, fades in four layers of ReLU, which
# weights for the logistic function overcharge; seven layers of that, or of softmax, let nothing through.
HOPELESS = (
    *(f"--initialiser {name}" for name in ("zeros", "lecun_uniform", "glorot_sigmoid")),
    *(f"{OF_1998} --activation {name}" for name in ("sigmoid", "softmax")),
    f"{OF_1998} --initialiser zeros",
)


def plain_flags() -> list[str]:
    """Return the flags of each row, most of them one."""
    own = OF_1998
    return [
        "",
        *(f"--update {name}" for name in UPDATES),
        *(f"--schedule {name}" for name in SCHEDULES),
        *(f"--update adam --schedule {name}" for name in SCHEDULES),
        "--warmup 1",
        *(f"--loss {name}" for name in SCORE_LOSSES),
        *("--label_smoothing 0.1", "--l1_pen 0.0001", "--class_weights balanced"),
        *(f"--activation {name}" for name in ACTIVATIONS),
        *(f"--pooling {name}" for name in POOLINGS),
        *(f"--initialiser {name}" for name in (*INITIALISERS, "normal:0.05")),
        *(f"--normalize {name}" for name in NORMALISATIONS),
        *("--batch_norm", "--dropout 0.5", "--batch_norm --dropout 0.5", "--data_augm"),
        *("--lwidth 32 64 128 256", "--batch_size 50", "--batch_size 500"),
        *("--model mlp", "--model mlp --activation relu", "--model mlp --update adam"),
        *("--model mlp --hidden 300 100", "--model mlp --batch_norm"),
        *("--model logistic", "--model logistic --update adam"),
        own,
        *(f"{own} --update {name}" for name in UPDATES),
        *(f"{own} --activation {name}" for name in ACTIVATIONS),
        *(f"{own} --pooling {name}" for name in POOLINGS),
        *(f"{own} --initialiser {name}" for name in INITIALISERS),
        *(f"{own} --output softmax", f"{own} --connections full", f"{own} --loss map"),
        *(f"{own} --loss cross_entropy", f"{own} --batch_norm", f"{own} --data_augm"),
        *("--recipe best", "--recipe table", "--recipe mlp", "--recipe logistic"),
        "--recipe lenet5-1998",
    ]


@dataclass(frozen=True)
class Row:
    """What a command has reached.

    Attributes
    ----------
    flags : str
    errors : dict of str to float
        Test error in percent by data set; NaN if training failed.
    """

    flags: str
    errors: dict[str, float]

    def verdict(self, best: dict[str, float]) -> str:
        """Return where it has not learnt, or slowly, compared with the best update rule."""
        found = []
        for name, error in self.errors.items():
            if not error < CHANCE[name]:
                by_nature = ", by nature" if self.flags in HOPELESS else ""
                found.append(f"{name}: {'failed' if error != error else f'chance{by_nature}'}")
            elif error > SLOW * best[name]:
                found.append(f"{name}: slow")
        return "; ".join(found)

    @property
    def falls_short(self) -> bool:
        """Whether it has not learnt what can be learnt."""
        learnt = all(error < CHANCE[name] for name, error in self.errors.items())
        return self.flags not in HOPELESS and not learnt


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    common = ["--threads=1"]
    if arguments.data_dir:
        common.append(f"--data_dir={arguments.data_dir}")
    flags = [each for each in plain_flags() if arguments.only in each]
    jobs = [(each, name) for each in flags for name in arguments.datasets]
    errors: dict[tuple[str, str], float] = {}
    started = time.perf_counter()

    def run(job: tuple[str, str]) -> None:
        each, name = job
        folders = ["--image_dir", *arguments.image_dir] if name == "folder" else []
        errors[job] = test_error([*DATASETS[name].split(), *folders, *each.split(), *common])
        show_progress(f"{len(errors)} of {len(jobs)}")

    with ThreadPoolExecutor(arguments.at_once) as pool:
        list(pool.map(run, jobs))
    rows = [Row(each, {name: errors[each, name] for name in arguments.datasets}) for each in flags]
    rules = [row for row in rows if row.flags in {f"--update {name}" for name in UPDATES}] or rows
    best = {name: min(row.errors[name] for row in rules) for name in arguments.datasets}
    cells = [
        [
            f"`{row.flags}`" if row.flags else "(none)",
            *(f"{row.errors[name]:.2f}" for name in arguments.datasets),
            row.verdict(best),
        ]
        for row in rows
    ]
    print(f"{describe_machine()}, {time.perf_counter() - started:.0f} s\n")
    print(table(["flags", *(f"{name} %" for name in arguments.datasets), "verdict"], cells))
    return int(any(row.falls_short for row in rows))


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments, the data sets among them known."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose flags have it")
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, metavar="NAME")
    parser.add_argument("--image_dir", nargs="+", default=[], metavar="DIR", help="see lenet-train")
    parser.add_argument("--data_dir", metavar="DIR", help="see lenet-train")
    parser.add_argument("--at_once", type=int, default=2, metavar="N", help="trainings at once")
    arguments = parser.parse_args(argv)
    if arguments.datasets is None:
        arguments.datasets = ["mnist", "digits", *(["folder"] if arguments.image_dir else [])]
    return arguments


def test_error(flags: list[str]) -> float:
    """Run one training and return the test error of its best epoch in percent; NaN if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        out_dir = Path(folder, "run")
        process = train_command(
            [*flags, f"--out_dir={out_dir}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        _, complaint = process.communicate()
        if process.returncode:
            sys.stderr.buffer.write(complaint)
            return float("nan")
        return 100 * Run.load(out_dir).test_error


if __name__ == "__main__":
    sys.exit(main())
