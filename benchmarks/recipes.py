"""Our recipes, and PyTorch with the same: `python -m benchmarks.recipes NAME`.

cifar10-augmented  the documented recipe with crops and mirror images, 10 epochs
cifar10-best       `--recipe best` for CIFAR-10
digits             `--recipe best` for a few digits, for a try

Each side trains once for each seed, which gives both the same first weights and batches; see
`benchmarks.peers.torch_training`. What counts is the mean test error of the models with the lowest
validation error. `s a run` is the median time from the command to its end, and `CPU s` what its threads
have worked meanwhile, on which other work of the machine has less influence. Further flags go to both
sides, such as `--nepochs 1`. Exits as `lenet-train` does if a training fails.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.accuracy import EXPERIMENTS
from benchmarks.comparison import PEER_MEMORY
from benchmarks.machine import describe_machine, train_command
from benchmarks.results import RESULTS, SEEDS, train
from benchmarks.timing import table
from benchmarks.workers import is_installed

RECIPES = {
    "cifar10-augmented": shlex.join(EXPERIMENTS["cifar10-augmented"][0]),
    "cifar10-best": RESULTS["cifar10-best"].flags,
    "digits": "--dataset digits --recipe best --nepochs 5",
}
HEADER = ("side", "mean %", "seeds", "s a run", "CPU s")


@dataclass(frozen=True)
class Training:
    """What one training has brought: its test error in percent, its seconds and those of its threads."""

    error: float
    seconds: float
    cpu_seconds: float


def main(argv: list[str] | None = None) -> int:
    arguments, flags = parse_arguments(argv)
    flags = [*shlex.split(RECIPES[arguments.name]), *flags]
    done: dict[str, list[Training]] = {side: [] for side in arguments.sides}
    for seed in arguments.seeds:
        for side, trainings in done.items():
            trainings.append(trained(side, [*flags, f"--seed={seed}"]))
            print(f"{side}, seed {seed}: {trainings[-1].error:.2f} %", flush=True)
    print(f"\n{describe_machine()}")
    if "torch" in done:
        print(f"PyTorch {version('torch')}")
    print(f"`lenet-train {shlex.join(flags)}`, seeds {', '.join(map(str, arguments.seeds))}\n")
    print(table(HEADER, [row(side, trainings) for side, trainings in done.items()]))
    return 0


def parse_arguments(argv: list[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return the arguments, and the flags for both sides."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="N")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=list(SIDES))
    arguments, flags = parser.parse_known_args(argv)
    if "torch" in arguments.sides and not is_installed("torch"):
        parser.error("PyTorch is missing: pip install -e .[bench], or choose --sides lenet")
    return arguments, flags


def trained(side: str, flags: list[str]) -> Training:
    """Run one training of a side."""
    before = cpu_seconds()
    error, seconds = train(flags, SIDES[side])
    return Training(error, seconds, cpu_seconds() - before)


def cpu_seconds() -> float:
    """Return how long all processes that have been started and waited for have computed."""
    times = os.times()
    return times.children_user + times.children_system


def torch_command(flags: list[str], **options: object) -> subprocess.Popen:
    """Start PyTorch's side, as `train_command` starts ours."""
    command = [sys.executable, "-m", "benchmarks.peers.torch_training", *flags]
    return subprocess.Popen(command, env=os.environ | PEER_MEMORY, **options)


def row(side: str, trainings: list[Training]) -> list[str]:
    """Return the cells below `HEADER`."""
    return [
        side,
        f"{statistics.mean(t.error for t in trainings):.3f}",
        ", ".join(f"{t.error:.2f}" for t in trainings),
        f"{statistics.median(t.seconds for t in trainings):.0f}",
        f"{statistics.median(t.cpu_seconds for t in trainings):.0f}",
    ]


SIDES = {"lenet": train_command, "torch": torch_command}


if __name__ == "__main__":
    sys.exit(main())
