"""Small functions and classes that NumPy has dropped."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

import numpy as np

MAXDIMS = 32
NINF = -np.inf
parsed = np.fromstring
sorting = np.argsort


def fromstring(
    string: Any, dtype: Any = float, count: int = -1, *, sep: str = "", **options: Any
) -> np.ndarray:
    """Return an array of text, or a copy of the bytes of another."""
    if sep:
        return parsed(string, dtype, count, sep=sep, **options)
    data = string.encode("latin1") if isinstance(string, str) else string
    return np.frombuffer(data, dtype, count).copy()


def argsort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, **options: Any
) -> Any:
    """Return the order that sorts an array, and keeps that of equal numbers.

    So did NumPy before 1.25, in short rows.
    """
    if kind is None and not options and isinstance(a, np.ndarray | list | tuple):
        kind = "stable"
    return sorting(a, axis, kind, order, **options)


def of_any_iterable(stack: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return a function that joins arrays, which may come from a generator."""

    @wraps(stack)
    def joined(*arguments: Any, **options: Any) -> np.ndarray:
        if arguments and isinstance(arguments[0], Iterator):
            arguments = (list(arguments[0]), *arguments[1:])
        return stack(*arguments, **options)

    return joined


def of_whole_floats(spaced: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return ``numpy.linspace`` or its like that takes a float for a number of values."""

    @wraps(spaced)
    def with_number(start: Any, stop: Any, num: Any = 50, *arguments: Any, **options: Any) -> Any:
        return spaced(start, stop, int(num), *arguments, **options)

    return with_number


def behave_as_before() -> None:
    """Let functions take what they took.

    That is bytes for ``numpy.fromstring``, generators for ``vstack`` and its like, floats as numbers of values for
    ``linspace``; and ``argsort`` keeps the order of equal numbers.
    """
    np.fromstring = fromstring  # type: ignore[assignment]
    np.argsort = argsort  # type: ignore[assignment]
    for name in ("column_stack", "dstack", "hstack", "stack", "vstack"):
        setattr(np, name, of_any_iterable(getattr(np, name)))
    for name in ("geomspace", "linspace", "logspace"):
        setattr(np, name, of_whole_floats(getattr(np, name)))


class Casts:
    """The former ``numpy.cast``: ``numpy.cast["float32"](x)``."""

    def __getitem__(self, dtype: Any) -> Any:
        return lambda value: np.asarray(value).astype(dtype)


cast = Casts()


def asfarray(array: Any, dtype: Any = np.float64) -> np.ndarray:
    """Return an array of a floating-point type, float64 in place of any other."""
    return np.asarray(array, dtype if np.issubdtype(dtype, np.inexact) else np.float64)


def find_common_type(array_types: Sequence[Any], scalar_types: Sequence[Any]) -> Any:
    """Return the type of arrays and scalars together.

    Scalars count only if they are of a higher kind, such as floating point among integers.
    """
    arrays, scalars = (
        np.result_type(*map(np.dtype, types)) if len(types) else None
        for types in (array_types, scalar_types)
    )
    if arrays is None or scalars is None:
        return scalars if arrays is None else arrays
    kinds = "buifc"
    if kinds.find(scalars.kind) <= kinds.find(arrays.kind):
        return arrays
    return np.result_type(scalars, arrays)


def asscalar(array: np.ndarray) -> Any:
    """Return the one element of an array as a Python number."""
    return array.item()


def msort(array: Any) -> np.ndarray:
    """Return an array sorted along its first axis."""
    return np.sort(array, axis=0)


def sctype2char(dtype: Any) -> str:
    """Return the character of a type."""
    return np.dtype(dtype).char


class MachAr:
    """Properties of float64, as ``numpy.MachAr()`` told them."""

    def __init__(self) -> None:
        told = np.finfo(np.float64)
        self.eps, self.epsneg = told.eps, told.epsneg
        self.tiny = self.xmin = told.tiny
        self.huge = self.xmax = told.max
        self.precision, self.resolution = told.precision, told.resolution


class Tester:
    """Stand-in for ``numpy.testing.Tester``.

    Libraries make their ``test`` of it when they are imported.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        pass

    def test(self, *arguments: Any, **options: Any) -> None:
        """Say that there are no tests of this kind any more.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(
            "NumPy's nose tests are gone: run the library's tests with pytest"
        )

    bench = test
