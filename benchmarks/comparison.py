"""What the commands that compare us with other libraries share: arguments, sides, results."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine
from benchmarks.timing import TURN_SECONDS, Timing, compare, fastest, show_progress, timed_turn
from benchmarks.workers import Side, is_installed

OURS = "lenet"
PRODUCT_SIZES = (384, 768, 1536)
# Where the C library is glibc, freed memory stays with the process, which otherwise may ask the system
# for the pages of every large result anew. It makes PyTorch faster; ours runs as users have it.
PEER_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**32)}


@dataclass(frozen=True)
class Result:
    """The timings of all sides and modes in one case.

    Attributes
    ----------
    case : tuple
        Arguments of what was measured.
    threads : int
    peak : float
        Flop/s of the fastest matrix product with as many threads.
    timings : list of Timing
        Ours first.
    """

    case: tuple
    threads: int
    peak: float
    timings: list[Timing]

    def peers(self) -> list[str]:
        """Return the names of the other sides."""
        return list(dict.fromkeys(t.side for t in self.timings if t.side != OURS))

    def labels(self, timing: Timing) -> list[str]:
        """Return how a table names a timing: images, batch, threads, side and mode."""
        (problem,) = self.case
        return [
            problem.images,
            f"{problem.batch}",
            f"{self.threads}",
            timing.side,
            timing.mode,
        ]

    def best(self, side: str) -> Timing:
        """Return the timing of a side's fastest mode."""
        return fastest([timing for timing in self.timings if timing.side == side])


def parse_arguments(
    argv: Sequence[str] | None,
    description: str,
    peers: Sequence[str],
    shapes: Iterable[str],
    default_shapes: Sequence[str],
    default_batches: Sequence[int],
) -> argparse.Namespace:
    """Return the arguments that all comparisons have."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def add(name: str, default: Sequence, text: str, nargs: str = "+", **options: Any) -> None:
        shown = " ".join(map(str, default))
        parser.add_argument(
            name, nargs=nargs, default=default, help=f"{text} (default: {shown})", **options
        )

    add("--shapes", default_shapes, "what to measure", choices=list(shapes))
    add("--batches", default_batches, "images in a batch", type=positive, metavar="N")
    add("--threads", (1, 2), "threads of each side, measured apart", type=positive, metavar="N")
    add("--peers", peers, "what to compare with, if it is installed", nargs="*", choices=peers)
    parser.add_argument(
        "--repeats",
        type=positive,
        default=9,
        metavar="N",
        help=f"turns of each side, each of {TURN_SECONDS:g} s or one call (default: 9)",
    )
    return parser.parse_args(argv)


def positive(text: str) -> int:
    """Return an argument that is a positive integer."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a positive integer, got {text!r}")
    return int(text)


def run(
    arguments: argparse.Namespace, what: str, cases: Sequence[tuple], calls: int = 1
) -> list[Result]:
    """Print machine, versions and peaks, and return the results of all cases.

    Parameters
    ----------
    arguments : argparse.Namespace
        See `parse_arguments`.
    what : str
        Function of the sides' modules that prepares the calls.
    cases : sequence of tuple
        Its arguments.
    calls : int
        How many successive results must agree.
    """
    print(describe_machine())
    present = [peer for peer in arguments.peers if is_installed(peer)]
    results: list[Result] = []
    for threads in arguments.threads:
        sides = [Side(OURS, threads), *(Side(peer, threads, **PEER_MEMORY) for peer in present)]
        try:
            if not results:
                versions = [f"{side.name} {side.version()}" for side in sides]
                missing = [
                    f"{peer} is not installed" for peer in arguments.peers if peer not in present
                ]
                print(", ".join(versions + missing), flush=True)
            peak = product_peak(threads)
            print(f"matrix product, threads {threads}: {peak / 1e9:.0f} GF/s", flush=True)
            for case in cases:
                timings = compare(sides, arguments.repeats, calls, what, *case)
                results.append(Result(case, threads, peak, timings))
        finally:
            show_progress("")
            for side in sides:
                side.close()
    print()
    return results


def product_peak(threads: int) -> float:
    """Return the flop/s of the fastest square float32 matrix product.

    NumPy's BLAS does it, also with the kernels for AVX-512, which it overlooks on processors that are
    newer than itself.
    """
    kernels = [{}]
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and "avx512bw" in cpuinfo.read_text():
        kernels.append({"OPENBLAS_CORETYPE": "SkylakeX"})
    best = 0.0
    for variables in kernels:
        side = Side("numpy", threads, **variables)
        for mode in side.prepare("products", PRODUCT_SIZES) * 3:
            show_progress(f"product of {mode} x {mode} matrices, {variables}")
            best = max(best, 2 * int(mode) ** 3 / timed_turn(side, mode))
        side.close()
    show_progress("")
    return best
