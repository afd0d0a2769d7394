"""Ranges from a constant as indices, whose rewriting fails in PyTensor.

PyTensor 3.0.7 makes them slices, by ``int`` of an array of one element, which NumPy 2.4 refuses. The graph is right without it,
but each such index writes a traceback.
"""

from typing import Any

from pytensor.tensor.rewriting import subtensor
from pytensor.tensor.variable import TensorConstant

# Not PyTensor's public interface: another version may do without.
_original = getattr(subtensor, "_eager_scalar", None)


def scalar(variable: Any) -> Any:
    """Return the integer of a constant, else a scalar variable."""
    if isinstance(variable, TensorConstant):
        return int(variable.data.item())
    assert _original is not None
    return _original(variable)


def accept() -> None:
    """Let PyTensor take them; doing it again changes nothing."""
    if _original is not None:
        subtensor._eager_scalar = scalar


def refuse() -> None:
    """Take back `accept`."""
    if _original is not None:
        subtensor._eager_scalar = _original
