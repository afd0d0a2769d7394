"""Theano's ``theano.updates``: new values of shared variables."""

from collections import OrderedDict
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable

__all__ = ["OrderedUpdates"]


class OrderedUpdates(OrderedDict):
    """A dictionary from shared variables to their new values.

    Raises
    ------
    TypeError
        If a key is anything else.
    KeyError
        If two such dictionaries that are added have different values for a variable.
    """

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, SharedVariable):
            raise TypeError(f"OrderedUpdates: the key is {key!r}, expected a shared variable")
        super().__setitem__(key, value)

    def update(self, other: Any = None) -> None:  # type: ignore[override]
        """Take over the pairs of another dictionary, or a list of pairs."""
        for key, value in dict(other or {}).items():
            if key in self and self[key] is not value:
                raise KeyError(f"OrderedUpdates: {key} has two new values")
            self[key] = value

    def __add__(self, other: Any) -> "OrderedUpdates":
        result = OrderedUpdates()
        result.update(self)
        result.update(other)
        return result

    def __radd__(self, other: Any) -> "OrderedUpdates":
        return OrderedUpdates(other) + self
