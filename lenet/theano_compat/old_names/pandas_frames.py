"""Methods that frames and series of pandas have lost since its version 0.17."""

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any

import numpy as np
import pandas as pd

from lenet.theano_compat.old_names import (
    pandas_columns,
    pandas_dates,
    pandas_functions,
    pandas_groups,
    pandas_tables,
)
from lenet.theano_compat.old_names.pandas_functions import give
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


def written_by_position(self: Any, row: Any, column: Any, value: Any) -> Any:
    """Set one element of a frame, which is returned."""
    self.loc[row, column] = value
    return self


def numbers_alone(self: Any, convert_numeric: bool = False, **options: Any) -> Any:
    """Return data whose columns of objects have the types of what is in them."""
    if not convert_numeric:
        return self.infer_objects()
    if self.ndim == 1:
        return pd.to_numeric(self, errors="coerce")
    return self.apply(pd.to_numeric, errors="coerce")


def one_of(together: str) -> Callable[..., Any]:
    """Return an operator of indexes that takes them for sets, but for truth values."""
    plain = getattr(pd.Index, f"__{'and' if together == 'intersection' else 'or'}__")

    @wraps(plain)
    def method(self: Any, other: Any) -> Any:
        if isinstance(other, pd.Index) and self.dtype != bool:
            return getattr(self, together)(other)
        return plain(self, other)

    return method


def sort_index(sort: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``sort_index`` that takes a column's name, too."""

    @wraps(sort)
    def method(self: Any, *arguments: Any, by: Any = None, **options: Any) -> Any:
        if by is not None:
            return self.sort_values(by, *arguments, **options)
        return sort(self, *arguments, **options)

    return method


def levels_and_numbers(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``MultiIndex.__new__`` whose numbers of labels are `labels`."""

    @wraps(make)
    def new(cls: Any, *arguments: Any, **options: Any) -> Any:
        if "labels" in options:
            options["codes"] = options.pop("labels")
        return make(cls, *arguments, **options)

    return new


def let_columns_take_others() -> None:
    """Let a column of integers become one of floats when a float is written into it."""
    block: Any = pd.core.internals.blocks.Block
    change = block.coerce_to_target_dtype
    if "raise_on_upcast" in change.__code__.co_varnames:  # since pandas 3

        @wraps(change)
        def method(self: Any, other: Any, raise_on_upcast: bool = False) -> Any:
            return change(self, other, raise_on_upcast=False)

        block.coerce_to_target_dtype = method


def behave_as_before() -> None:
    """Give frames and series their old methods, and pandas its functions."""
    frame, series = pd.DataFrame, pd.Series
    for holder in (frame, series, pd):
        for name in dir(holder):
            function = getattr(holder, name)
            if isinstance(function, FunctionType) and name[0] != "_":
                setattr(holder, name, by_position(function))
    methods: dict[str, Any] = {
        "append": appended,
        "as_matrix": lambda self, columns=None: (
            self if columns is None else self[list(columns)]
        ).to_numpy(),
        "get_value": lambda self, *labels: self.at[labels],
        "get_values": lambda self: self.to_numpy(),
        "clip_lower": lambda self, threshold: self.clip(lower=threshold),
        "clip_upper": lambda self, threshold: self.clip(upper=threshold),
        "convert_objects": numbers_alone,
        "sortlevel": lambda self, level=0, axis=0, ascending=True: self.sort_index(
            level=level, axis=axis, ascending=ascending
        ),
        "to_dense": lambda self: self,
        "iteritems": lambda self: self.items(),
        "ix": property(Places),
        "mad": lambda self, axis=0: (self - self.mean(axis=axis)).abs().mean(axis=axis),
        "swapaxes": lambda self, axis1, axis2: self.T if axis1 != axis2 else self.copy(),
    }
    give(frame, **methods, from_csv=staticmethod(frame_of_file), sort=sorted_frame)
    give(
        frame,
        applymap=getattr(frame, "map", None),
        get_dtype_counts=lambda self: self.dtypes.astype(str).value_counts(),
        icol=lambda self, place: self.iloc[:, place],
        irow=lambda self, place: self.iloc[place],
        from_items=classmethod(lambda cls, items: cls(dict(items))),
        lookup=lambda self, rows, columns: pd.Series(
            [self.loc[place] for place in zip(rows, columns, strict=True)]
        ).to_numpy(),
        reindex_axis=lambda self, labels, axis=0: self.reindex(labels, axis=axis),
        set_value=written_by_position,
    )
    give(
        series,
        **methods,
        asobject=property(lambda self: self.astype(object).to_numpy()),
        compress=lambda self, condition: self[np.asarray(condition)],
        iget=lambda self, place: self.iloc[place],
        irow=lambda self, place: self.iloc[place],
        is_monotonic=series.is_monotonic_increasing,
        nonzero=lambda self: self.to_numpy().nonzero(),
        order=series.sort_values,
        ptp=lambda self: self.max() - self.min(),
        ravel=lambda self, order="C": self.to_numpy(),
        reshape=lambda self, *shape, **options: self.to_numpy().reshape(*shape, **options),
        valid=lambda self: self.dropna(),
    )
    labels: Any = pd.Index
    give(
        labels,
        contains=lambda self, key: key in self,
        get_duplicates=lambda self: [*self[self.duplicated()].unique()],
    )
    labels.__and__, labels.__or__ = one_of("intersection"), one_of("union")
    levels: Any = pd.MultiIndex
    levels.__new__ = levels_and_numbers(levels.__new__)
    give(levels, labels=levels.codes)
    for kind in (frame, series):
        kind.fillna = fillna(kind.fillna)
        kind.sort_index = sort_index(kind.sort_index)
    groups: Any = pd.core.groupby.DataFrameGroupBy
    for holder, others in ((frame, ("corr", "cov", "skew", "quantile")), (groups, ())):
        for name in ("mean", "median", "std", "var", *others):
            setattr(holder, name, of_numbers_alone(getattr(holder, name)))
    let_columns_take_others()
    for part in (
        pandas_columns,
        pandas_dates,
        pandas_functions,
        pandas_groups,
        pandas_tables,
    ):
        part.behave_as_before()
