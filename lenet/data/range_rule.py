"""Rule by which deep values become bytes: measured, named or learnt."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EACH = "each"

Ranges = Mapping[str, tuple[float, float]]
"""Values that become 0 and 255, by the name of the type of number."""


@dataclass(frozen=True)
class Rule:
    """Rule by which values of more than 8 bits become bytes.

    Attributes
    ----------
    by_type : bool
        By the type of number or picture by picture, as earlier versions did.
    named : tuple of two float, optional
        The values that the user calls black and white.
    learnt : mapping, optional
        The ranges that a network has learnt.
    spans : mapping
        Between which values nearly all training pixels of each type of number were.
    levels : tuple of two float, optional
        The darkest and lightest bytes of what it has learnt, but for a thousandth each: where the ends of
        types of number come that it has not learnt.
    by_channel : bool
        Whether each channel has a range of its own, as those of fluorescence.
    channel_levels : sequence of tuple of two float
        The levels of each channel, then.
    """

    by_type: bool = False
    named: tuple[float, float] | None = None
    learnt: Ranges | None = None
    spans: Ranges = field(default_factory=dict)
    levels: tuple[float, float] = (0.0, 255.0)
    by_channel: bool = False
    channel_levels: Sequence[tuple[float, float]] = ()

    def levels_of(self, plane: slice) -> tuple[float, float]:
        """Return the levels of one channel, or of all of them."""
        if plane.start is None or not self.channel_levels:
            return self.levels
        return self.channel_levels[plane.start]


def rule_of(ends: Sequence[Any] | None, bits: int | None) -> Rule:
    """Return the rule that the flags --range and --bits name.

    Parameters
    ----------
    ends : sequence of two numbers or texts, or of the text ``each``, or None
    bits : int or None

    Raises
    ------
    ValueError
        If they are no range.
    """
    if ends is None:
        return Rule() if bits is None else Rule(named=(0.0, float((1 << bits) - 1)))
    given = " ".join(map(str, ends))
    if bits is not None:
        raise ValueError(f"--range {given} does not go with --bits {bits}: choose one of them")
    if list(ends) == [EACH]:
        return Rule(by_type=True)
    try:
        low, high = pair(ends)
        if low < high:
            return Rule(named=(low, high))
    except ValueError:
        pass
    raise ValueError(f"--range {given}: expected two numbers, the lower first, or {EACH}")


def pair(ends: Sequence[Any]) -> tuple[float, float]:
    """Return two numbers, the first of which is lower, or as low.

    Raises
    ------
    ValueError
    """
    low, high = (float(end) for end in ends)
    if not (math.isfinite(high - low) and low <= high):
        raise ValueError(f"{low} and {high} are no range")
    return low, high
