"""Convolutions of old programs, here and in Theano: `python -m benchmarks.theano_shapes --theano PYTHON`.

Convolutions as in the programs of docs/theano-programs.md, with their gradients by filters and by images, with
sizes that are told when compiling and that are not, on Theano 1.0.5 (PYTHON is an interpreter that has it, as Python
3.7 with numpy < 1.20) and on `lenet.theano_compat`, in turn. Prints milliseconds, and the median over the turns of the
ratio of ours to Theano's: what is above 1 is slower here. Theano needs a BLAS, which THEANO_FLAGS tells it, such as
`openmp=True,gcc.cxxflags=-O3 -march=native,blas.ldflags=-lopenblas`.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.theano_sides import OURS, THEANO, answer_of, commands
from benchmarks.timing import show_progress, table

HEADER = ("convolution", "computed", "sizes", f"{OURS}: ms", f"{THEANO}: ms", "ratio")
SECONDS = 3600


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--theano", metavar="PYTHON", required=True)
    parser.add_argument("--names", nargs="+", default=[], metavar="NAME", help="some convolutions")
    parser.add_argument("--turns", type=int, default=7, metavar="N")
    parser.add_argument("--calls", type=int, default=7, metavar="N", help="in each turn")
    arguments = parser.parse_args(argv)
    turns: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(arguments.turns):
            for side, command in commands(arguments.theano).items():
                show_progress(f"turn {turn + 1} of {arguments.turns}: {side}")
                words = [str(arguments.calls), *arguments.names]
                answer = answer_of(command, "shapes.py", words, Path(folder, side), SECONDS)
                if isinstance(answer, str):
                    sys.exit(f"{side}: {answer}")
                turns.setdefault(side, []).append(answer)
    show_progress("")
    print(f"{describe_machine()}\n")
    print(table(HEADER, rows(turns)))
    return 0


def rows(turns: dict[str, list[dict[str, Any]]]) -> list[list[str]]:
    """Return the cells below `HEADER`, the slowest beside Theano first."""
    cells: list[tuple[float, list[str]]] = []
    for key in turns[OURS][0]:
        ours, theirs = ([turn[key] for turn in turns[side]] for side in (OURS, THEANO))
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        medians = [f"{1e3 * statistics.median(side):.2f}" for side in (ours, theirs)]
        cells.append((ratio, [*key.split("|"), *medians, f"{ratio:.2f}"]))
    return [row for _, row in sorted(cells, reverse=True)]


if __name__ == "__main__":
    sys.exit(main())
