"""Functions of pandas that are gone, or give something else today."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["behave_as_before", "give"]

STATISTICS = ("count", "max", "mean", "median", "min", "std", "sum", "var")
OF_WINDOWS = ("apply", "corr", "cov", "quantile")  # which take a function, another series, a share
# What statistics with exponential weights were called: ``ewma``.
EXPONENTIAL = {"a": "mean", "std": "std", "var": "var"}


def give(holder: Any, **names: Any) -> None:
    """Give a class or module what it does not have."""
    for name, value in names.items():
        if not hasattr(holder, name):
            setattr(holder, name, value)


def rolling(name: str) -> Callable[..., Any]:
    """Return the function that takes a statistic of each `window` values in turn."""

    def of_windows(
        arg: Any, *rest: Any, min_periods: int | None = None, center: bool = False, **options: Any
    ) -> Any:
        data = arg if hasattr(arg, "rolling") else pd.Series(arg)
        # Another series comes before the size of windows, a function or a share after it.
        numbers = [each for each in rest if isinstance(each, int)]
        others = [each for each in rest if not isinstance(each, int)]
        window = options.pop("window", None) or numbers.pop(0)
        windows = data.rolling(window, numbers[0] if numbers else min_periods, center=center)
        found = getattr(windows, name)(*others, **options)
        return found if data is arg else found.to_numpy()

    return of_windows


def weighted(name: str) -> Callable[..., Any]:
    """Return the function that takes a statistic with weights that fall exponentially."""

    def of_weights(arg: Any, *arguments: Any, **options: Any) -> Any:
        return getattr(pd.Series(arg).ewm(*arguments, **options), name)()

    return of_weights


def expanding(name: str) -> Callable[..., Any]:
    """Return the function that takes a statistic of all values so far."""

    def so_far(arg: Any, min_periods: int = 1) -> Any:
        return getattr(pd.Series(arg).expanding(min_periods), name)()

    return so_far


def of_small_numbers(dummies: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that gives zeros and ones, which can be subtracted."""

    @wraps(dummies)
    def function(*arguments: Any, **options: Any) -> Any:
        return dummies(*arguments, **{"dtype": np.uint8, **options})

    return function


def of_any_list(unique: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes lists, too."""

    @wraps(unique)
    def function(values: Any) -> Any:
        if isinstance(values, list | tuple):
            values = pd.Series(values).to_numpy()
        return unique(values)

    return function


def of_values(count: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``value_counts`` whose result has the name of what is counted."""

    @wraps(count)
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        return count(self, *arguments, **options).rename(self.name).rename_axis(None)

    return method


def behave_as_before() -> None:
    """Give pandas its functions of windows, and others."""
    pd.get_dummies = of_small_numbers(pd.get_dummies)
    series: Any = pd.Series
    series.value_counts = of_values(series.value_counts)
    pd.unique = of_any_list(pd.unique)
    give(
        pd,
        **dict.fromkeys(("Float64Index", "Int64Index", "UInt64Index"), pd.Index),
        value_counts=lambda values, **options: pd.Series(values).value_counts(**options),
        **{f"ewm{short}": weighted(name) for short, name in EXPONENTIAL.items()},
        **{f"expanding_{name}": expanding(name) for name in STATISTICS},
        datetime=datetime,
        TimeSeries=pd.Series,
        np=np,
        scatter_matrix=pd.plotting.scatter_matrix,
        **{f"rolling_{name}": rolling(name) for name in (*STATISTICS, *OF_WINDOWS)},
    )
