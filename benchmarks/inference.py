"""Prediction against PyTorch's: `python -m benchmarks.inference`.

From images as bytes to the probability of each class and the most probable class, for the network of
`lenet.Lenet5` (--lwidth 16 31 64 128). PyTorch runs in inference mode: eager, compiled and compiled
with frozen weights, channels first and last; its fastest mode counts. All must return the same, to
1e-4 of its size. Then they take turns, each in a process of its own.

A ratio says how many times as long as ours the other takes.
"""

import sys

from benchmarks.comparison import OURS, Result, parse_arguments, run
from benchmarks.network import IMAGES, Problem
from benchmarks.timing import table


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(argv, __doc__, ("torch",), IMAGES, ["cifar10"], (1, 32, 500))
    cases = [(Problem(images, n),) for images in arguments.shapes for n in arguments.batches]
    print(latency_table(run(arguments, "predictions", cases)))
    return 0


def latency_table(results: list[Result]) -> str:
    """Return one line for each problem, side and mode; the fastest mode of a side is marked."""
    header = ["images", "batch", "threads", "side", "mode", "ms", "images/s", "ratio", "fastest"]
    rows = []
    for result in results:
        (problem,), ours = result.case, result.best(OURS)
        for timing in result.timings:
            row = result.labels(timing)
            row += [f"{1e3 * timing.seconds:.3f}", f"{problem.batch / timing.seconds:.0f}"]
            is_best = timing is result.best(timing.side)
            rows.append([*row, f"{timing.ratio_to(ours):.2f}", "yes" if is_best else ""])
    return table(header, rows)


if __name__ == "__main__":
    sys.exit(main())
