"""Columns that are parts of their frame, as in pandas before version 3.

What was written into a column, `frame["a"][0] = x` or `frame["a"].fillna(0, inplace=True)`, was in the frame as well, and numbers were places of
an axis that has other labels. Today both are without effect, or write elsewhere. Arrays of values could be written to.
"""

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd
from pandas.core.indexing import _LocationIndexer

__all__ = ["behave_as_before"]

OF_NUMBERS = ("integer", "mixed-integer", "floating", "complex")  # labels that numbers may be
COLUMN_OF = "_column_of"


def are_places(index: Any, key: Any) -> bool:
    """Return whether a key of a series has places, since no label is a number."""
    if isinstance(key, list):
        numbers = all(isinstance(each, int | np.integer) for each in key) and len(key) > 0
    elif isinstance(key, np.ndarray):
        numbers = key.dtype.kind in "iu"
    else:
        numbers = isinstance(key, int | np.integer)
    first = key[0] if isinstance(key, list) and key else key
    if not numbers or isinstance(first, bool):
        return False
    labels = index.levels[0] if isinstance(index, pd.MultiIndex) else index
    labels = getattr(labels, "categories", labels)
    return labels.inferred_type not in OF_NUMBERS and not (np.isscalar(key) and key in labels)


def written_through(series: Any) -> None:
    """Give the frame of a column what has been written into the column."""
    frame, name = vars(series).get(COLUMN_OF, (None, None))
    if frame is not None and series.index.equals(frame.index):
        frame[name] = series


def then_written(write: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of series that writes into the frame of a column, too."""

    @wraps(write)
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        result = write(self, *arguments, **options)
        if isinstance(self, pd.Series):
            written_through(self)
        return result

    return method


def by_place(get: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``Series.__getitem__`` that takes places."""

    @wraps(get)
    def method(self: Any, key: Any) -> Any:
        return self.iloc[key] if are_places(self.index, key) else get(self, key)

    return method


def set_by_place(write: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``Series.__setitem__`` that takes places."""

    @wraps(write)
    def method(self: Any, key: Any, value: Any) -> None:
        if are_places(self.index, key):
            self.iloc[key] = value
        else:
            write(self, key, value)

    return method


def with_its_frame(get: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``DataFrame.__getitem__`` whose columns know their frame."""

    @wraps(get)
    def method(self: Any, key: Any) -> Any:
        found = get(self, key)
        if isinstance(found, pd.Series) and found.index.is_(self.index):
            # Not as `found._column_of =`: pandas would look among the labels.
            vars(found)[COLUMN_OF] = (self, key)
        return found

    return method


def written_to(write: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``loc.__setitem__`` that writes into the frame of a column, too."""

    @wraps(write)
    def method(self: Any, key: Any, value: Any) -> None:
        write(self, key, value)
        if isinstance(self.obj, pd.Series):
            written_through(self.obj)

    return method


def writable(get: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method whose array can be written to; one that could not is copied."""

    @wraps(get)
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        array = get(self, *arguments, **options)
        if isinstance(array, np.ndarray) and not array.flags.writeable:
            return array.copy()
        return array

    return method


def behave_as_before() -> None:
    """Let columns be parts of their frame, numbers places, and arrays writable.

    Text is held as Python's objects, as their type says, in the place of a type of its own.
    """
    frame: Any = pd.DataFrame
    series: Any = pd.Series
    indexer: Any = _LocationIndexer
    for holder in (frame, series, pd.Index):
        kind: Any = holder
        kind.values = property(writable(holder.values.fget))
        for name in ("to_numpy", "__array__"):
            setattr(kind, name, writable(getattr(holder, name)))
    series.__getitem__ = by_place(series.__getitem__)
    series.__setitem__ = then_written(set_by_place(series.__setitem__))
    if int(pd.__version__.partition(".")[0]) >= 3:
        series._update_inplace = then_written(series._update_inplace)
        frame.__getitem__ = with_its_frame(frame.__getitem__)
        indexer.__setitem__ = written_to(indexer.__setitem__)
        # What is warned of, a write into a column that the frame does not get, is no longer so.
        warnings.filterwarnings("ignore", category=pd.errors.ChainedAssignmentError)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas 4 will not have the option
            pd.set_option("future.infer_string", False)
