"""Default updates of shared variables, as Theano took them.

PyTensor refuses one of which more of the shape is known than of the variable, although it takes the
same expression as an update. It is met by ``running_mean.default_update = x.mean(0)``.
"""

from typing import Any

from pytensor.graph.basic import Variable
from pytensor.tensor.type import TensorType

_original = TensorType.filter_variable


def filter_variable(self: TensorType, other: Any, allow_convert: bool = True) -> Variable:
    """Return a variable of this type, or of one that is contained in it."""
    if isinstance(other, Variable) and self.is_super(other.type):
        return other
    return _original(self, other, allow_convert)


def accept() -> None:
    """Let PyTensor accept them; doing it again changes nothing."""
    TensorType.filter_variable = filter_variable


def refuse() -> None:
    """Take back `accept`."""
    TensorType.filter_variable = _original
