"""Numbers of chance as Python 2's `random` gave them."""

import random

from lenet.theano_compat.old_names import random_functions

EXACT = 1 << 53  # a float has no more whole numbers


def below(self: random.Random, n: int) -> int:
    """Return an integer below another: with a seed, that of Python 2.

    `choice`, `randint`, `sample`, `shuffle` and their like draw by it; Python 3 draws it by bits.
    """
    return int(self.random() * n) if n < EXACT else self.getrandbits(n.bit_length()) % n


def draw_as_before() -> None:
    """Let `random` draw as in Python 2; doing it again changes nothing."""
    random_functions.behave_as_before()
    random.Random._randbelow = below  # type: ignore[attr-defined]
