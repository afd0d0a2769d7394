"""Tables that pandas reads and writes, with the options that it had."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd

from lenet.theano_compat.old_names.pandas_dates import in_nanoseconds

__all__ = ["behave_as_before"]

WITHOUT_EFFECT = ("infer_datetime_format", "mangle_dupe_cols", "tupleize_cols", "verbose")
RENAMED = {"skip_footer": "skipfooter", "line_terminator": "lineterminator", "cols": "columns"}


def read_csv(read: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that reads a table, and knows the options that are gone."""

    @wraps(read)
    def table(*arguments: Any, squeeze: bool = False, **options: Any) -> Any:
        options = renamed(options)
        for name in WITHOUT_EFFECT:
            options.pop(name, None)
        said = options.pop("warn_bad_lines", True)
        if not options.pop("error_bad_lines", True):
            options["on_bad_lines"] = "warn" if said else "skip"
        if options.pop("delim_whitespace", False):
            options["sep"] = r"\s+"
        prefix = options.pop("prefix", None)
        data = dates_read(read, *arguments, **options)
        if prefix is not None and options.get("header", "infer") is None:
            data.columns = [f"{prefix}{name}" for name in data.columns]
        return data.iloc[:, 0] if squeeze and data.shape[1] == 1 else data

    return table


def renamed(options: dict[str, Any]) -> dict[str, Any]:
    """Return options under the names of today."""
    return {RENAMED.get(name, name): value for name, value in options.items()}


def dates_read(
    read: Callable[..., Any],
    *arguments: Any,
    parse_dates: Any = None,
    date_parser: Any = None,
    index_col: Any = None,
    **options: Any,
) -> Any:
    """Read a table whose dates a function parses, or are made of several columns.

    Both are gone from pandas 3, which does not count in nanoseconds.
    """
    if parse_dates is None or parse_dates is False:
        return read(*arguments, index_col=index_col, **options)
    groups = groups_of_columns(parse_dates)
    if date_parser is None and not groups:
        options |= {"parse_dates": parse_dates, "index_col": index_col}
        return with_nanoseconds(read(*arguments, **options))
    data = read(*arguments, **options)
    parse = date_parser or (lambda *parts: pd.to_datetime(" ".join(map(str, parts))))
    if not groups:
        alone = listed(index_col if parse_dates is True else parse_dates)
        groups = [(name, [name]) for name in (column_of(data, each) for each in alone)]
    for place, (name, parts) in enumerate(groups):
        names = [column_of(data, each) for each in parts]
        dates = [parse(*row) for row in zip(*(data[each] for each in names), strict=True)]
        if names == [name]:
            data[name] = dates
        else:
            data = data.drop(columns=names)
            data.insert(place, name or "_".join(map(str, names)), dates)
    labels = [column_of(data, each) for each in listed(index_col)]
    if labels:
        data = data.set_index(labels if isinstance(index_col, list) else labels[0])
    return with_nanoseconds(data)


def listed(value: Any) -> list[Any]:
    """Return a list as it is, something else in a list, and nothing as an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None or value is False else [value]


def groups_of_columns(parse_dates: Any) -> list[tuple[Any, list[Any]]]:
    """Return the columns that make one date each, and its name if it has one."""
    if isinstance(parse_dates, dict):
        return [*parse_dates.items()]
    if isinstance(parse_dates, list) and all(isinstance(each, list) for each in parse_dates):
        return [(None, each) for each in parse_dates]
    return []


def column_of(data: Any, column: Any) -> Any:
    """Return the name of a column that its number, or its name, tells."""
    return data.columns[column] if column not in data.columns else column


def with_nanoseconds(data: Any) -> Any:
    """Return a table, or what reads its parts, whose dates are counted in nanoseconds."""
    if not hasattr(data, "dtypes"):
        read = data.read
        data.read = lambda *arguments, **options: with_nanoseconds(read(*arguments, **options))
        return data
    for place, kind in enumerate(data.dtypes):
        if kind.kind == "M":
            data.isetitem(place, in_nanoseconds(data.iloc[:, place]))
    data.index = in_nanoseconds(data.index)
    return data


def written(write: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that writes a table, and knows the names that options had."""

    @wraps(write)
    def method(*arguments: Any, **options: Any) -> Any:
        return write(*arguments, **renamed(options))

    return method


def behave_as_before() -> None:
    """Let tables be read and written with the options that there were."""
    for name in ("read_csv", "read_table"):
        setattr(pd, name, read_csv(getattr(pd, name)))
    for holder in (pd.DataFrame, pd.Series):
        kind: Any = holder
        kind.to_csv = written(kind.to_csv)
    if not hasattr(pd.io.json, "json_normalize"):
        pd.io.json.json_normalize = pd.json_normalize
