"""Integers that a type cannot hold: a TypeError, as Theano raised.

NumPy 2 raises an OverflowError, where it wrapped around before.
"""

from typing import Any

from pytensor.tensor.type import TensorType

from lenet.theano_compat.scalar_results import plain

_original = TensorType.filter


def filter_value(
    self: TensorType, data: Any, strict: bool = False, allow_downcast: bool | None = None
) -> Any:
    """Return a value of this type.

    Raises
    ------
    TypeError
        If it is none and cannot become one.
    """
    try:
        # A number that a function has returned has rules of its own, which are no graph's.
        return _original(self, plain(data), strict, allow_downcast)
    except OverflowError as error:
        raise TypeError(
            f"{self} cannot store the value {str(data)[:80]}: {error}; pass allow_input_downcast=True to "
            "theano.function to let it wrap around"
        ) from error


def refuse() -> None:
    """Let PyTensor's types raise a TypeError; doing it again changes nothing."""
    TensorType.filter = filter_value


def leave() -> None:
    """Take back `refuse`."""
    TensorType.filter = _original
