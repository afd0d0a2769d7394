"""Slices: methods that Python 3 does not call."""

import sys
from collections.abc import Callable
from typing import Any

__all__ = ["ITEMS", "with_slices"]

NAMES = {
    "__getslice__": "__getitem__",
    "__setslice__": "__setitem__",
    "__delslice__": "__delitem__",
}


def with_slices(kind: type) -> type:
    """Let a class be asked for slices by its own methods."""
    for part, item in NAMES.items():
        if part in vars(kind):
            setattr(kind, item, by_slice(vars(kind)[part], getattr(kind, item, None)))
    return kind


def by_slice(part: Callable[..., Any], item: Callable[..., Any] | None) -> Callable[..., Any]:
    """Return the method of an item that leaves a slice without a step to another."""

    def method(self: Any, index: Any, *value: Any) -> Any:
        if item is not None and not (isinstance(index, slice) and index.step is None):
            return item(self, index, *value)
        bounds = (
            (0 if index.start is None else index.start),
            (sys.maxsize if index.stop is None else index.stop),
        )
        return part(self, *(each + len(self) if each < 0 else each for each in bounds), *value)

    return method


def of_items(name: str) -> Callable[..., Any]:
    """Return what stands for a method that is called with a beginning and an end."""

    def method(thing: Any, *arguments: Any) -> Any:
        n_values = name == "__setitem__"
        *first, start, stop = arguments[: len(arguments) - n_values]
        return getattr(thing, name)(*first, slice(start, stop), *arguments[len(first) + 2 :])

    return method


ITEMS = {part: of_items(item) for part, item in NAMES.items()}
