"""Numbers of chance as Python 2's `random` gave them."""

import math
import random
from collections.abc import Callable
from functools import wraps
from typing import Any

from lenet.theano_compat.old_names import random_functions

MASK = (1 << 64) - 1
EXACT = 1 << 53  # a float has no more whole numbers


def below(self: random.Random, n: int) -> int:
    """Return an integer below another: with a seed, that of Python 2.

    `choice`, `randint`, `sample`, `shuffle` and their like draw by it; Python 3 draws it by bits.
    """
    return int(self.random() * n) if n < EXACT else self.getrandbits(n.bit_length()) % n


def hashed(value: Any) -> int:
    """Return the hash that a text or a float had, of 64 bits, with no sign."""
    if isinstance(value, str):
        value = value.encode("latin1", "replace")
    if isinstance(value, bytes):
        number = value[0] << 7 if value else 0
        for letter in value:
            number = (1000003 * number ^ letter) & MASK
        return number ^ len(value)
    fraction, exponent = math.frexp(value)
    high, low = divmod(fraction * 2**31, 1)
    if fraction < 0 and low:
        high, low = high + 1, low - 1
    return (int(high) + int(low * 2**31) + (exponent << 15)) & MASK


def with_hashes(seed: Callable[..., None]) -> Callable[..., None]:
    """Return ``seed`` of numbers of chance that takes text and floats by their hashes."""

    @wraps(seed)
    def seeded(self: Any, a: Any = None, *arguments: Any) -> None:
        if isinstance(a, str | bytes) or (isinstance(a, float) and not a.is_integer()):
            a = hashed(a)
        seed(self, a, *arguments)

    return seeded


def draw_as_before() -> None:
    """Let `random` draw as in Python 2; doing it again changes nothing."""
    random_functions.behave_as_before()
    random.Random.seed = with_hashes(random_functions.seed_by_any)  # type: ignore[method-assign]
    random.seed = random._inst.seed
    random.Random._randbelow = below  # type: ignore[attr-defined]
