"""Compile times of known networks, here and in Theano: `python -m benchmarks.theano_ladder`.

GoogLeNet, residual networks, VGG-19, DenseNet, U-Net, a loop of 200 steps and a chain of 1 000 layers, written in
Theano's API (benchmarks/in_theano/graphs.py): what the training function takes to compile, in processor seconds, those
of the C++ compiler included, first with an empty folder of compiled modules and then with a full one. `--theano
PYTHON` names an interpreter that has Theano 1.0.5, as Python 3.7 with numpy < 1.20.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.theano_sides import OURS, THEANO, Answer, answer_of, commands
from benchmarks.timing import show_progress, table

NETWORKS = (
    *("googlenet", "resnet50", "resnet152", "vgg19", "densenet", "unet"),
    *("scan200", "chain1000"),
)
STATES = ("cold", "warm")
HEADER = (
    "network",
    *(f"{side}, {state}: s" for state in STATES for side in (OURS, THEANO)),
    "ratio, cold",
    "ratio, warm",
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS, metavar="NAME")
    parser.add_argument("--theano", metavar="PYTHON", help="interpreter that has Theano 1.0.5")
    parser.add_argument(
        "--timeout", type=float, default=900, metavar="S", help="seconds for each (%(default)s)"
    )
    arguments = parser.parse_args(argv)
    rows = []
    for name in arguments.networks:
        answers: dict[tuple[str, str], Answer] = {}
        for side, command in commands(arguments.theano).items():
            with tempfile.TemporaryDirectory() as folder:
                for state in STATES:
                    show_progress(f"{name}: {side}, {state}")
                    answers[side, state] = answer_of(
                        command, "graphs.py", [name], Path(folder), arguments.timeout
                    )
        rows.append([name, *cells_of(answers)])
    show_progress("")
    print(f"{describe_machine()}\n")
    print(table(HEADER, rows))
    return 0


def cells_of(answers: dict[tuple[str, str], Answer]) -> list[str]:
    """Return the cells of a network: seconds to compile, and the ratios of ours to Theano's."""
    cells, ratios = [], []
    for state in STATES:
        ours, theirs = (answers.get((side, state), "") for side in (OURS, THEANO))
        cells += [
            answer if isinstance(answer, str) else f"{answer['compile']:.1f}"
            for answer in (ours, theirs)
        ]
        both = not isinstance(ours, str) and not isinstance(theirs, str)
        ratios.append(f"{ours['compile'] / theirs['compile']:.2f}" if both else "")
    return cells + ratios


if __name__ == "__main__":
    sys.exit(main())
