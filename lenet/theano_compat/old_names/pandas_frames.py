"""Methods and functions that pandas has dropped since its version 0.17."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from types import FunctionType
from typing import Any

import numpy as np
import pandas as pd

from lenet.theano_compat.old_names import pandas_columns
from lenet.theano_compat.old_names.sklearn_functions import by_position

__all__ = ["behave_as_before"]


class Places:
    """Parts of a frame or series by labels, or by numbers of rows and columns: ``ix``.

    Numbers are labels of an axis of whole numbers, and places of another.
    """

    def __init__(self, data: Any) -> None:
        self.data = data

    def __getitem__(self, key: Any) -> Any:
        return self.data.loc[self.labels(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.data.loc[self.labels(key)] = value

    def labels(self, key: Any) -> Any:
        """Return a key whose places have become labels."""
        if isinstance(key, tuple):
            return tuple(map(by_label, self.data.axes, key))
        return by_label(self.data.axes[0], key)


def by_label(axis: Any, key: Any) -> Any:
    """Return the labels that numbers stand for, if those of the axis are none."""
    if pd.api.types.is_integer_dtype(axis.dtype):
        return key
    parts = [key.start, key.stop, key.step] if isinstance(key, slice) else np.atleast_1d(key)
    numbers = [part for part in parts if part is not None]
    if numbers and all(isinstance(part, int | np.integer) for part in numbers):
        return axis[key]
    return key


def appended(self: Any, other: Any, ignore_index: bool = False, **options: Any) -> Any:
    """Return a frame or series with the rows of others."""
    others = list(other) if isinstance(other, list | tuple) else [other]
    if self.ndim == 2:
        others = [
            pd.DataFrame([each]) if isinstance(each, dict | pd.Series) else each for each in others
        ]
    return pd.concat([self, *others], ignore_index=ignore_index)


def sorted_frame(
    self: Any, columns: Any = None, axis: int = 0, ascending: Any = True, inplace: bool = False
) -> Any:
    """Return a frame in the order of columns, or of its labels if none is named."""
    if columns is None:
        return self.sort_index(axis=axis, ascending=ascending, inplace=inplace)
    by = list(columns) if isinstance(columns, list | tuple) else [columns]
    return self.sort_values(by, ascending=ascending, inplace=inplace)


def frame_of_file(
    path: Any, header: int = 0, sep: str = ",", index_col: Any = 0, parse_dates: bool = True
) -> Any:
    """Return the frame of a file, whose first column has the labels."""
    return pd.read_csv(path, header=header, sep=sep, index_col=index_col, parse_dates=parse_dates)


def rolling(name: str) -> Callable[..., Any]:
    """Return the function that takes a statistic of each `window` values in turn."""

    def of_windows(arg: Any, window: int, min_periods: int | None = None, **options: Any) -> Any:
        data = arg if hasattr(arg, "rolling") else pd.Series(arg)
        found = getattr(data.rolling(window, min_periods, **options), name)()
        return found if data is arg else found.to_numpy()

    return of_windows


def fillna(fill: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that fills gaps by a value, or by a neighbour's (`method`)."""

    @wraps(fill)
    def filled(
        self: Any,
        value: Any = None,
        method: Any = None,
        axis: Any = None,
        inplace: bool = False,
        **options: Any,
    ) -> Any:
        if method is None:
            return fill(self, value, axis=axis, inplace=inplace, **options)
        from_before = self.ffill if method in ("ffill", "pad") else self.bfill
        return from_before(axis=axis, inplace=inplace, **options)

    return filled


def of_numbers_alone(statistic: Callable[..., Any]) -> Callable[..., Any]:
    """Return a statistic of columns that leaves columns of text out."""

    @wraps(statistic)
    def found(self: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return statistic(self, *arguments, **options)
        except (TypeError, ValueError):
            if "numeric_only" in options:
                raise
            return statistic(self, *arguments, **options, numeric_only=True)

    return found


def read_csv(read: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that reads a table, and knows the options that are gone."""

    @wraps(read)
    def table(*arguments: Any, squeeze: bool = False, **options: Any) -> Any:
        for name in ("infer_datetime_format", "mangle_dupe_cols", "tupleize_cols", "verbose"):
            options.pop(name, None)
        said = options.pop("warn_bad_lines", True)
        if not options.pop("error_bad_lines", True):
            options["on_bad_lines"] = "warn" if said else "skip"
        if options.pop("delim_whitespace", False):
            options["sep"] = r"\s+"
        data = read(*arguments, **options)
        return data.iloc[:, 0] if squeeze and data.shape[1] == 1 else data

    return table


def give(holder: Any, **names: Any) -> None:
    """Give a class or module what it does not have."""
    for name, value in names.items():
        if not hasattr(holder, name):
            setattr(holder, name, value)


def behave_as_before() -> None:
    """Give frames and series their old methods, and pandas its functions."""
    frame, series = pd.DataFrame, pd.Series
    for holder in (frame, series, pd):
        for name in dir(holder):
            function = getattr(holder, name)
            if isinstance(function, FunctionType) and function.__kwdefaults__ and name[0] != "_":
                setattr(holder, name, by_position(function))
    methods: dict[str, Any] = {
        "append": appended,
        "as_matrix": lambda self, columns=None: (
            self if columns is None else self[list(columns)]
        ).to_numpy(),
        "get_value": lambda self, *labels: self.at[labels],
        "get_values": lambda self: self.to_numpy(),
        "iteritems": lambda self: self.items(),
        "ix": property(Places),
        "mad": lambda self, axis=0: (self - self.mean(axis=axis)).abs().mean(axis=axis),
        "swapaxes": lambda self, axis1, axis2: self.T if axis1 != axis2 else self.copy(),
    }
    give(frame, **methods, from_csv=staticmethod(frame_of_file), sort=sorted_frame)
    give(frame, applymap=getattr(frame, "map", None))
    give(series, **methods, order=series.sort_values, is_monotonic=series.is_monotonic_increasing)
    for kind in (frame, series):
        kind.fillna = fillna(kind.fillna)
    groups: Any = pd.core.groupby.DataFrameGroupBy
    for holder, others in ((frame, ("corr", "cov", "skew", "quantile")), (groups, ())):
        for name in ("mean", "median", "std", "var", *others):
            setattr(holder, name, of_numbers_alone(getattr(holder, name)))
    for name in ("read_csv", "read_table"):
        setattr(pd, name, read_csv(getattr(pd, name)))
    names = ("count", "max", "mean", "median", "min", "std", "sum", "var")
    give(
        pd,
        datetime=datetime,
        TimeSeries=series,
        np=np,
        **{f"rolling_{name}": rolling(name) for name in names},
    )
    give(pd, scatter_matrix=pd.plotting.scatter_matrix)
    pandas_columns.behave_as_before()
