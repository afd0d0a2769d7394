"""Functions of Python that mean something else in Python 3.

`map`, `filter` and `zip` make lists, `sorted`, `max` and `min` compare things of any types, `round` rounds halves away from zero, `math.floor`
and `math.ceil` return floats, and floats have twelve digits as text.
"""

import builtins
import io
import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import wraps
from itertools import zip_longest
from typing import Any

import numpy as np

from lenet.theano_compat.python2.bytes import FUNCTIONS
from lenet.theano_compat.python2.data import Data
from lenet.theano_compat.python2.files import open_python2
from lenet.theano_compat.python2.integers import instance, subclass
from lenet.theano_compat.python2.order import in_order
from lenet.theano_compat.python2.text_arguments import OF_PATTERNS

__all__ = ["NAMES", "File", "call_function", "put_in"]

EXACT = Context(prec=1100)  # more digits than a float has


def mapped(function: Any, *values: Any) -> list[Any]:
    """Return ``map(function, *values)``; missing values are None."""
    if function is None:
        return list(values[0]) if len(values) == 1 else list(zip_longest(*values))
    function = OLD.get(id(function), function)
    if len(values) == 1:
        return list(map(function, values[0]))
    return [function(*each) for each in zip_longest(*values)]


def filtered(function: Any, values: Any) -> Any:
    """Return ``filter(function, values)``, text of text and a tuple of a tuple."""
    kept = list(filter(function, values))
    if isinstance(values, str):
        return "".join(kept)
    return tuple(kept) if isinstance(values, tuple) else kept


def zipped(*values: Any) -> list[Any]:
    """Return ``zip(*values)``."""
    return list(zip(*values, strict=False))


def as_text(value: Any = "", *others: Any) -> str:
    """Return ``str(value)``."""
    if not is_float(value) or others:
        return str(value, *others)
    text = f"{float(value):.12g}"
    return text if not text.lstrip("-").isdigit() else f"{text}.0"


def is_float(value: Any) -> bool:
    """Return whether a value is a float, or one in an array without axes.

    NumPy 1.13 wrote such an array as Python does a float of 64 bits.
    """
    return type(value) is float or (
        isinstance(value, np.ndarray) and not value.ndim and value.dtype.kind == "f"
    )


class ShortFloat(float):
    """Float with twelve digits as text, for ``"%s" % 0.1``."""

    def __str__(self) -> str:
        """Return the text."""
        return as_text(float(self))


def short(value: Any) -> Any:
    """Return a float that has twelve digits as text, the text of bytes, or a value."""
    if type(value) is Data:
        return str(value)
    return ShortFloat(value) if is_float(value) else value


def put_in(values: Any) -> Any:
    """Return what is put into a text by ``%``, whose floats have twelve digits."""
    if type(values) is tuple:
        return tuple(map(short, values))
    if type(values) is dict:
        return {key: short(value) for key, value in values.items()}
    return short(values)


def printed(*values: Any, **options: Any) -> None:
    """Print values; after one that ends its line, no blank is written."""
    texts = [short(value) if is_float(value) else value for value in values]
    if "sep" not in options and any(map(ends_line, texts[:-1])):
        texts = [
            "".join(f"{text}{'' if ends_line(text) else ' '}" for text in texts[:-1]),
            texts[-1],
        ]
        options["sep"] = ""
    if options.get("end") == " " and texts and ends_line(texts[-1]):
        options["end"] = ""
    print(*texts, **options)


def ends_line(value: Any) -> bool:
    """Return whether a value is text that ends its line."""
    return isinstance(value, str) and value[-1:] == "\n"


def rounded(number: Any, ndigits: int = 0) -> Any:
    """Return a number rounded to some digits as a float, halves away from zero.

    What cannot be made a float, such as a symbol, is left to its own method.
    """
    try:
        value = float(number)
    except (TypeError, ValueError):
        return round(number, ndigits) if ndigits else round(number)
    if not math.isfinite(value):
        return value
    digit = Decimal(1).scaleb(-int(ndigits))
    return float(Decimal(value).quantize(digit, ROUND_HALF_UP, EXACT))


def as_float(function: Callable[[Any], int]) -> Callable[[Any], float]:
    """Return `math.floor` or `math.ceil` with a float for its result."""

    @wraps(function)
    def whole(value: Any) -> float:
        number = float(value)
        return float(function(number)) if math.isfinite(number) else number

    return whole


def encoded(kind: type) -> Callable[..., Any]:
    """Return `bytes` or `bytearray` of text, too: a byte a letter."""

    def of_text(value: Any = b"", *arguments: Any) -> Any:
        if isinstance(value, str) and not arguments:
            return value if kind is bytes else kind(value, "latin1")
        return kind(value, *arguments)

    return of_text


NEW: dict[Callable[..., Any], Callable[..., Any]] = {
    builtins.bytes: encoded(bytes),
    builtins.bytearray: encoded(bytearray),
    builtins.filter: filtered,
    builtins.isinstance: instance,
    builtins.issubclass: subclass,
    builtins.map: mapped,
    builtins.max: in_order(max),
    builtins.min: in_order(min),
    builtins.print: printed,
    builtins.round: rounded,
    builtins.sorted: in_order(sorted),
    builtins.str: as_text,
    builtins.zip: zipped,
    math.ceil: as_float(math.ceil),
    math.floor: as_float(math.floor),
    **FUNCTIONS,
    **OF_PATTERNS,
}
OLD = {id(function): old for function, old in NEW.items()}  # not all that is called has a hash
NAMES = {function.__name__ for function in NEW}


def call_function(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call what a program names `map`, `round` ...: if it is Python's, as in Python 2."""
    return OLD.get(id(function), function)(*arguments, **options)


class FileType(type):
    """Metaclass of `File`."""

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        """Open a file."""
        return open_python2(*arguments, **options)

    def __instancecheck__(cls, instance: object) -> bool:
        """Return whether something is an open file."""
        return isinstance(instance, io.IOBase)


class File(metaclass=FileType):
    """Python 2's `file`, which opens files, and which they are instances of."""
