"""A training step against those of other libraries: `python -m benchmarks.train_step`.

The network of `lenet.Lenet5` (--lwidth 16 31 64 128), from bytes to updated parameters, momentum and L2
penalty included, on random images and labels. Ours is the function that `lenet-train` runs; each other
library has its fastest known forms, the fastest of which counts. All start from the same weights and
must have the same costs and errors for five steps, to 1e-4 of their size. Then they take turns, each
in a process of its own.

`of peak` is the step's share of this machine's fastest float32 matrix product with as many threads:
additions and multiplications of convolutions and matrix products, as if none were saved, by time.
A ratio says how many times as long as ours the other takes.
"""

import sys

from benchmarks.comparison import OURS, Result, parse_arguments, run
from benchmarks.network import IMAGES, Problem
from benchmarks.timing import Timing, table

PEERS = ("torch", "tensorflow", "jax")


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(argv, __doc__, PEERS, IMAGES, list(IMAGES), (32, 128, 500))
    cases = [(Problem(images, n),) for images in arguments.shapes for n in arguments.batches]
    results = run(arguments, "train_steps", cases, calls=5)
    print(best_table(results), end="\n\n")
    print(every_mode_table(results))
    return 0


def best_table(results: list[Result]) -> str:
    """Return one line for each problem: ours, and each peer's fastest mode."""
    peers = results[0].peers()
    header = ["images", "batch", "threads", f"{OURS} ms", "images/s", "of peak"]
    for peer in peers:
        header += [f"{peer} ms", "ratio"]
    rows = []
    for result in results:
        (problem,), ours = result.case, result.best(OURS)
        row = [problem.images, f"{problem.batch}", f"{result.threads}", f"{1e3 * ours.seconds:.2f}"]
        row += [f"{problem.batch / ours.seconds:.0f}", f"{speed(result, ours) / result.peak:.0%}"]
        for other in map(result.best, peers):
            row += [f"{1e3 * other.seconds:.2f}", f"{other.ratio_to(ours):.2f}"]
        rows.append(row)
    return table(header, rows)


def every_mode_table(results: list[Result]) -> str:
    """Return one line for each problem, side and mode."""
    header = ["images", "batch", "threads", "side", "mode", "ms", "GF/s", "of peak", "ratio"]
    rows = []
    for result in results:
        ours = result.best(OURS)
        for timing in result.timings:
            flops = speed(result, timing)
            row = result.labels(timing)
            row += [
                f"{1e3 * timing.seconds:.2f}",
                f"{flops / 1e9:.0f}",
                f"{flops / result.peak:.0%}",
            ]
            rows.append([*row, f"{timing.ratio_to(ours):.2f}"])
    return table(header, rows)


def speed(result: Result, timing: Timing) -> float:
    """Return the flop/s of a step."""
    (problem,) = result.case
    return problem.step_flops() / timing.seconds


if __name__ == "__main__":
    sys.exit(main())
