"""Sides take turns: equal results first, then medians, ratios and tables."""

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.workers import Side

TURN_SECONDS = 0.1
PAUSE_SECONDS = 0.03  # until the threads of the side before have stopped spinning


@dataclass(frozen=True)
class Timing:
    """What a side has reached in one of its modes: seconds a call, the median of each turn."""

    side: str
    mode: str
    turns: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Median over the turns."""
        return statistics.median(self.turns)

    def ratio_to(self, other: "Timing") -> float:
        """Return how many times as long this takes as the other: the median over common turns.

        Both sides of a turn have met the same machine, however busy it was with other things.
        """
        pairs = zip(self.turns, other.turns, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def fastest(timings: Sequence[Timing]) -> Timing:
    """Return the timing with the lowest median."""
    return min(timings, key=lambda timing: timing.seconds)


def compare(sides: Sequence[Side], repeats: int, calls: int, what: str, *case: Any) -> list[Timing]:
    """Check that all sides and modes return the same, then time them in turn.

    Parameters
    ----------
    sides : sequence of Side
        The first is the one that the others must agree with.
    repeats : int
        Turns.
    calls : int
        How many successive results are compared.
    what : str
        Function of the sides' modules.
    *case
        Its arguments; the first has a `tolerance`, relative to the norm of an output.

    Raises
    ------
    SystemExit
        Naming who disagrees.
    """
    name = f"{what} {', '.join(map(str, case))}"
    modes = []
    for side in sides:
        show_progress(f"{name}: {side.name} gets ready")
        modes += [(side, mode) for mode in side.prepare(what, *case)]
    results = []
    for side, mode in modes:
        show_progress(f"{name}: results of {side.name} {mode}")
        results.append(side.fingerprints(mode, calls))
        check_equal(f"{side.name} {mode}, {name}", results[-1], results[0], case[0].tolerance)
    turns: dict[tuple[Side, str], list[float]] = {key: [] for key in modes}
    for turn in range(repeats):
        for side, mode in modes:
            show_progress(f"{name}: turn {turn + 1} of {repeats}, {side.name} {mode}")
            turns[side, mode].append(timed_turn(side, mode))
    show_progress("")
    return [Timing(side.name, mode, tuple(seconds)) for (side, mode), seconds in turns.items()]


def timed_turn(side: Side, mode: str) -> float:
    """Return the median duration of a call in one turn, while all other sides sleep."""
    time.sleep(PAUSE_SECONDS)
    return side.turn(mode, TURN_SECONDS)


def check_equal(who: str, found: list[list], expected: list[list], tolerance: float) -> None:
    """Exit unless the fingerprints of all outputs of all calls agree.

    Raises
    ------
    SystemExit
        Naming the first that does not.
    """
    for call, (theirs, ours) in enumerate(zip(found, expected, strict=True), 1):
        for output, ((other, _), (number, norm)) in enumerate(zip(theirs, ours, strict=True), 1):
            # Written so that what is not a number fails.
            if not abs(other - number) <= tolerance * norm:
                raise SystemExit(
                    f"{who}: output {output} of call {call} is {other:.7g}, expected {number:.7g}; "
                    "times of different results cannot be compared"
                )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an aligned Markdown table; columns of numbers are aligned to the right."""
    columns = list(zip(header, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    numeric = [all(cell.rstrip("%").replace(".", "").isdigit() for cell in c[1:]) for c in columns]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(cells, widths, numeric, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = [
        "-" * (width - is_number) + ":" * is_number
        for width, is_number in zip(widths, numeric, strict=True)
    ]
    return "\n".join([line(header), line(rule), *map(line, rows)])


def show_progress(text: str) -> None:
    """Replace the last line of a terminal; elsewhere show nothing."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)
