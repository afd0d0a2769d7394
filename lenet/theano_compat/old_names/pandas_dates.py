"""Dates, times and frequencies as pandas took and gave them before version 3.

Months were "M", hours "H"; dates were counted in nanoseconds, now in the unit that their text needs.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd

__all__ = ["behave_as_before", "in_nanoseconds"]

# The letters of frequencies, and what they are today.
LETTERS = {
    **{"M": "ME", "BM": "BME", "CBM": "CBME", "SM": "SME", "Q": "QE", "BQ": "BQE"},
    **{"A": "YE", "Y": "YE", "BA": "BYE", "BY": "BYE", "AS": "YS", "BAS": "BYS"},
    **{"BH": "bh", "CBH": "cbh", "H": "h", "T": "min", "S": "s", "L": "ms", "U": "us", "N": "ns"},
}
FREQUENCY = re.compile(r"(-?\d*\.?\d*)([A-Z]{1,3})(-[A-Z]{3})?")
LENGTH = re.compile(r"(?:timedelta64|<?m8)\[(W|D|h|m|s|ms|us|ns)\]")


def frequency(value: Any) -> Any:
    """Return a frequency as it is written today; anything else as it is."""
    found = FREQUENCY.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[2] not in LETTERS:
        return value
    return f"{found[1]}{LETTERS[found[2]]}{found[3] or ''}"


def of_frequencies(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes frequencies as they were written."""

    @wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        if options.get("freq") is not None:
            options["freq"] = frequency(options["freq"])
        return function(*map(frequency, arguments), **options)

    return called


def resample(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``resample`` that takes statistics (`how`) and fills gaps."""

    @wraps(make)
    def method(
        self: Any,
        rule: Any,
        how: Any = None,
        axis: int = 0,
        fill_method: Any = None,
        **options: Any,
    ) -> Any:
        spans = make(self.T if axis else self, frequency(rule), **options)
        if how is None and fill_method is None:
            return spans
        found = spans.agg(how or "mean")
        if fill_method is not None:
            found = found.ffill() if fill_method in ("ffill", "pad") else found.bfill()
        return found.T if axis else found

    return method


def in_nanoseconds(dates: Any) -> Any:
    """Return dates and times that are counted in nanoseconds, as all were."""
    if isinstance(dates, pd.Series):
        return dates.dt.as_unit("ns") if dates.dtype.kind in "mM" else dates
    return dates.as_unit("ns") if hasattr(dates, "as_unit") else dates


def counted_in_nanoseconds(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that gives dates in nanoseconds."""

    @wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        return in_nanoseconds(function(*arguments, **options))

    return called


def to_datetime(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes texts of several forms for dates."""

    @wraps(convert)
    def called(*arguments: Any, **options: Any) -> Any:
        options.pop("infer_datetime_format", None)
        try:
            return convert(*arguments, **options)
        except ValueError:
            if options.get("format") is not None or options.get("unit") is not None:
                raise
            return convert(*arguments, **{**options, "format": "mixed"})

    return called


def astype(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that gives spans of time as numbers of days, hours, ..."""

    @wraps(convert)
    def method(self: Any, dtype: Any, *arguments: Any, **options: Any) -> Any:
        unit = LENGTH.fullmatch(dtype) if isinstance(dtype, str) else None
        if unit is not None and unit[1] != "ns" and getattr(self.dtype, "kind", None) == "m":
            # Whole ones, rounded down, as numbers with gaps.
            return (self // pd.Timedelta(1, unit[1])).astype("float64")
        dtype = "datetime64[ns]" if isinstance(dtype, str) and dtype == "datetime64" else dtype
        return convert(self, dtype, *arguments, **options)

    return method


def dates_index(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``DatetimeIndex.__new__`` that takes a first and a last date."""

    @wraps(make)
    def new(cls: Any, *arguments: Any, **options: Any) -> Any:
        if options.keys() & {"start", "end", "periods"}:
            return pd.date_range(**options)
        return of_frequencies(make)(cls, *arguments, **options)

    return new


def behave_as_before() -> None:
    """Let pandas take frequencies and give dates as it did."""
    holders: tuple[Any, ...] = (pd.DataFrame, pd.Series)
    dates: Any = pd.DatetimeIndex
    for holder in holders:
        holder.resample = resample(holder.resample)
        for name in ("asfreq", "shift"):
            setattr(holder, name, of_frequencies(getattr(holder, name)))
    for holder in (pd.Series, pd.TimedeltaIndex):
        kind: Any = holder
        kind.astype = astype(kind.astype)
    for holder in (dates, pd.Series.dt, pd.TimedeltaIndex, pd.Timestamp, pd.Timedelta):
        for name in ("ceil", "floor", "round"):
            if hasattr(holder, name):
                setattr(holder, name, of_frequencies(getattr(holder, name)))
    dates.__new__ = dates_index(dates.__new__)
    for name in ("bdate_range", "date_range", "timedelta_range"):
        setattr(pd, name, counted_in_nanoseconds(of_frequencies(getattr(pd, name))))
    pd.to_datetime = counted_in_nanoseconds(to_datetime(pd.to_datetime))
    spans: Any = pd.core.resample.TimeGrouper
    spans.__init__ = of_frequencies(spans.__init__)
    if not hasattr(pd, "TimeGrouper"):
        # By its name, as the first argument of `Grouper` is another.
        pd.TimeGrouper = lambda freq, **options: pd.Grouper(freq=freq, **options)
    properties: Any = pd.core.indexes.accessors.DatetimeProperties
    for holder in (dates, properties):
        if not hasattr(holder, "weekday_name"):
            holder.weekday_name = property(lambda self: self.day_name())
        if not hasattr(holder, "weekofyear"):
            holder.week = holder.weekofyear = property(week)


def week(dates: Any) -> Any:
    """Return the numbers of the weeks of the year."""
    weeks = dates.isocalendar()["week"].astype("int64")
    return pd.Index(weeks.array) if isinstance(dates, pd.Index) else weeks
