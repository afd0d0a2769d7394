"""Default updates of shared variables, as Theano took them.

PyTensor refuses one of which more of the shape is known than of the variable, although it takes the
same expression as an update. It is met by ``running_mean.default_update = x.mean(0)``. In Theano, one could be deleted.
"""

from typing import Any

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.tensor.type import TensorType

_original = TensorType.filter_variable
_property = SharedVariable.default_update


def delete(variable: SharedVariable) -> None:
    """Let a shared variable have no default update."""
    variable._default_update = None


def filter_variable(self: TensorType, other: Any, allow_convert: bool = True) -> Variable:
    """Return a variable of this type, or of one that is contained in it."""
    if isinstance(other, Variable) and self.is_super(other.type):
        return other
    return _original(self, other, allow_convert)


def accept() -> None:
    """Let PyTensor accept them; doing it again changes nothing."""
    TensorType.filter_variable = filter_variable
    SharedVariable.default_update = _property.deleter(delete)


def refuse() -> None:
    """Take back `accept`."""
    TensorType.filter_variable = _original
    SharedVariable.default_update = _property
