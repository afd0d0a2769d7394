"""Groups of rows as pandas made them before version 3."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd

__all__ = ["behave_as_before"]

STATISTICS = ("count", "max", "mean", "median", "min", "prod", "std", "sum", "var")


def by_one(group: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``groupby`` whose groups by a list of one column have plain labels."""

    @wraps(group)
    def method(self: Any, by: Any = None, *arguments: Any, **options: Any) -> Any:
        options.pop("squeeze", None)
        if isinstance(by, list) and len(by) == 1 and isinstance(by[0], str | pd.Series):
            (by,) = by
        return group(self, by, *arguments, **options)

    return method


def of_levels(statistic: Callable[..., Any]) -> Callable[..., Any]:
    """Return a statistic that takes the level whose values belong together."""

    @wraps(statistic)
    def method(self: Any, *arguments: Any, level: Any = None, **options: Any) -> Any:
        if options.get("axis", 0) is None:
            options["axis"] = 0  # NumPy's functions say so: a number for each column
        if level is None:
            return statistic(self, *arguments, **options)
        groups = self.groupby(level=level, sort=False)
        return getattr(groups, statistic.__name__)(*arguments, **options)

    return method


def of_columns(choose: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``groups["a", "b"]``: some columns of groups."""

    @wraps(choose)
    def method(self: Any, key: Any) -> Any:
        return choose(self, list(key) if isinstance(key, tuple) and len(key) > 1 else key)

    return method


def with_what_groups(apply: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``groups.apply`` whose function gets the grouping columns, too."""

    @wraps(apply)
    def method(self: Any, func: Any, *arguments: Any, **options: Any) -> Any:
        if not callable(func):
            return apply(self, func, *arguments, **options)
        options.pop("include_groups", None)
        return self._python_apply_general(
            lambda group: func(group, *arguments, **options), self._selected_obj
        )

    return method


def behave_as_before() -> None:
    """Let groups be made, chosen from and computed with as they were."""
    groups: Any = pd.core.groupby.DataFrameGroupBy
    groups.__getitem__ = of_columns(groups.__getitem__)
    if int(pd.__version__.partition(".")[0]) >= 3:
        groups.apply = with_what_groups(groups.apply)
    for holder in (pd.DataFrame, pd.Series):
        kind: Any = holder
        kind.groupby = by_one(kind.groupby)
        for name in STATISTICS:
            setattr(kind, name, of_levels(getattr(kind, name)))
    if not hasattr(pd, "groupby"):
        pd.groupby = lambda data, *arguments, **options: data.groupby(*arguments, **options)
