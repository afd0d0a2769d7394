"""Networks in words, such as ``conv relu pool:2 dense``.

What the shapes of the arrays say is not said again: how many maps and units there are, and how large filters.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from lenet.text import did_you_mean, shown

FUNCTIONS = ("relu", "leaky_relu", "elu", "sigmoid", "tanh", "squash", "softmax")
WORDS = ("conv", "pool", "avgpool", "bn", "dropout", "flatten", "dense", *FUNCTIONS)
PATTERN = re.compile(r"(?P<kind>\w+)(:(?P<first>[\w.]+)?(/(?P<step>[1-9][0-9]{0,3}))?)?", re.ASCII)
PADDINGS = ("valid", "same", "full")
EXAMPLE = "conv relu pool:2 conv relu pool:2 dense relu dense"


class Word(NamedTuple):
    """A layer in words: its kind, what comes after the colon, and its step."""

    kind: str
    first: str
    step: int | None

    @property
    def text(self) -> str:
        """The word as it is typed."""
        more = self.first + (f"/{self.step}" if self.step else "")
        return f"{self.kind}:{more}" if more else self.kind


def parse(texts: Sequence[str]) -> list[Word]:
    """Return the layers that words name.

    Raises
    ------
    ValueError
        If one is none.
    """
    return [word for text in texts for each in text.split() for word in [parse_word(each)]]


def parse_word(text: str) -> Word:
    """Return the layer that a word names."""
    match = PATTERN.fullmatch(text)
    if match is None or match["kind"] not in WORDS:
        kind = text.partition(":")[0]
        raise ValueError(f"{shown(text)}: {did_you_mean(shown(kind), WORDS)}")
    kind, first = match["kind"], match["first"] or ""
    is_number = re.fullmatch("[0-9]{1,4}", first) is not None
    wanted = kind
    if kind == "conv":
        fits = is_number or first in ("", *PADDINGS)
        wanted = f"conv:PADDING/STRIDE, with {', '.join(PADDINGS)} or a number of pixels"
    elif kind in ("pool", "avgpool"):
        fits = not first or (is_number and int(first) > 0)
        wanted = f"{kind}:WINDOW/STRIDE"
    elif kind in ("leaky_relu", "dropout"):
        fits = re.fullmatch(r"([0-9]{0,2}\.?[0-9]{1,9})?", first) is not None and not match["step"]
        wanted = f"{kind}:{'SLOPE' if kind == 'leaky_relu' else 'SHARE'}, such as {kind}:0.3"
    else:
        fits = ":" not in text
    if not fits:
        raise ValueError(f"{shown(text)}: expected {wanted}")
    return Word(kind, first, int(match["step"]) if match["step"] else None)
