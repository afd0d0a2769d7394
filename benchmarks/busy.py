"""A training step beside busy programs: `python -m benchmarks.busy`.

The step of `benchmarks.train_step` on CIFAR-10, on two CPUs: by default, with one thread, and with the
spinning of OpenMP's own defaults, where a thread that waits holds its CPU for milliseconds before it
sleeps. Each is a process of its own, and they take turns: on a quiet machine, and beside one and two
neighbours, started and ended here, that never rest on the same CPUs.

A time is the mean step of a turn, and of these the median. A ratio is the median of those of each turn:
how many times as long a step takes as with one thread, or as with that spinning. More ways to run it are
measured with --spincounts: rounds for which a thread of GCC's OpenMP spins.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from benchmarks.comparison import OURS, positive
from benchmarks.machine import describe_machine
from benchmarks.network import Problem
from benchmarks.timing import PAUSE_SECONDS, Timing, check_equal, show_progress, table
from benchmarks.workers import Side, environment, use_cpus

CPUS = 2
NEIGHBOURS = (0, 1, 2)
DEFAULT, ONE, SPINNING = "default", "one thread", "spinning"
Way = tuple[int, dict[str, str]]
"""Threads and environment variables of a way to run the step."""

WAYS: dict[str, Way] = {
    DEFAULT: (CPUS, {}),
    ONE: (1, {}),
    SPINNING: (CPUS, {"GOMP_SPINCOUNT": "300000", "KMP_BLOCKTIME": "200"}),  # the runtimes' own
}
# It ends with its parent, however that ends.
NEIGHBOUR = """
import os, sys
while os.getppid() == int(sys.argv[1]):
    for _ in range(100_000):
        pass
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--batches", nargs="+", type=positive, default=[32, 128, 500], metavar="N")
    add("--repeats", type=positive, default=15, metavar="N", help="turns of each (default: 15)")
    add("--spincounts", nargs="+", type=positive, default=[], metavar="N", help="see above")
    add("--seconds", type=float, default=0.5, help="length of a turn (default: 0.5)")
    arguments = parser.parse_args(argv)
    ways = dict(WAYS)
    for rounds in arguments.spincounts:
        ways[f"spincount {rounds}"] = (CPUS, {"GOMP_SPINCOUNT": f"{rounds}"})
    print(describe_machine(), flush=True)
    use_cpus(CPUS)
    rows = []
    with environment({}):
        for name in ("OMP_WAIT_POLICY", *WAYS[SPINNING][1]):
            os.environ.pop(name, None)
        for batch in arguments.batches:
            problem = Problem("cifar10", batch)
            rows += measure(problem, ways, arguments.repeats, arguments.seconds)
    print(busy_table(rows))
    return 0


def measure(
    problem: Problem, ways: dict[str, Way], repeats: int, seconds: float
) -> list[tuple[Problem, int, dict[str, Timing]]]:
    """Return the timings of each way to run a step, beside each number of neighbours."""
    with ExitStack() as stack:
        sides = {}
        for way, (threads, variables) in ways.items():
            sides[way] = stack.enter_context(closing(Side(OURS, threads, CPUS, **variables)))
            show_progress(f"batch {problem.batch}: {way} gets ready")
            (mode,) = sides[way].prepare("train_steps", problem)
        results = [sides[way].fingerprints(mode, 5) for way in ways]
        for way, result in zip(ways, results, strict=True):
            check_equal(way, result, results[0], tolerance=0)  # threads do not change a bit
        rows = []
        for count in NEIGHBOURS:
            turns: dict[str, list[float]] = {way: [] for way in ways}
            with neighbours(count):
                for turn in range(repeats):
                    for way, side in sides.items():
                        show_progress(f"batch {problem.batch}, neighbours {count}: turn {turn + 1}")
                        time.sleep(PAUSE_SECONDS)
                        turns[way].append(side.mean_turn(mode, seconds))
            timings = {way: Timing(way, mode, tuple(found)) for way, found in turns.items()}
            rows.append((problem, count, timings))
        show_progress("")
    return rows


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Run so many processes that never rest, and end them."""
    command = [sys.executable, "-c", NEIGHBOUR, f"{os.getpid()}"]
    with ExitStack() as stack:
        for _ in range(count):
            process = stack.enter_context(subprocess.Popen(command))  # which waits at its end
            stack.callback(process.kill)
        yield


def busy_table(rows: Sequence[tuple[Problem, int, dict[str, Timing]]]) -> str:
    """Return one line for each batch, number of neighbours and way."""
    header = ["batch", "neighbours", "way", "ms", f"to {ONE}", f"to {SPINNING}"]
    lines = []
    for problem, count, timings in rows:
        for way, timing in timings.items():
            line = [f"{problem.batch}", f"{count}", way, f"{1e3 * timing.seconds:.2f}"]
            ratios = (timing.ratio_to(timings[other]) for other in (ONE, SPINNING))
            lines.append([*line, *(f"{ratio:.3f}" for ratio in ratios)])
    return table(header, lines)


if __name__ == "__main__":
    sys.exit(main())
