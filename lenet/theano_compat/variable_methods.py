"""Methods of Theano's variables that differ from PyTensor's, added to its class.

``Variable(type)``
    Needs no owner.
``bool(x)``
    Is true, but for comparisons: programs write ``if not W`` of an argument that may be None. PyTensor
    refuses.
``x[:, None]``
    Of a column, is a column: with None in an index, axes after it that are known to be one long are gone.
``repr(x)``
    Has the test value of `x`, if ``theano.config.print_test_value`` is set.
``x.reshape(shape, ndim)``
    Takes the number of axes without its name, and the shape by it.
``x.choose(choices, out, mode)``
    Takes an `out`, which has to be None.
``x.get_scalar_constant_value()``
    Is gone.
``x.zeros_like(y)``, ``x.ones_like(y)``
    Take something with a type of numbers, such as a variable, for that type, as NumPy 1 did.
``x.trace()``
    Warns that a function it calls is deprecated.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from pytensor.graph.basic import Variable
from pytensor.tensor.basic import ones_like, zeros_like
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.math import ge, gt, le, lt
from pytensor.tensor.variable import TensorVariable, _tensor_py_operators

from lenet.theano_compat.theano.configdefaults import config
from lenet.theano_compat.theano.tensor.arithmetic import get_scalar_constant_value
from lenet.theano_compat.theano.tensor.nlinalg import trace
from lenet.theano_compat.theano.tensor.shaping import choose, reshaped

COMPARISONS = {operation.scalar_op for operation in (lt, le, gt, ge)}


def is_not_comparison(x: TensorVariable) -> bool:
    """Return True, if `x` does not compare its arguments.

    Raises
    ------
    TypeError
        If it does: ``a < b < c`` and ``if a < b`` do not mean what they seem to.
    """
    operation = x.owner.op if x.owner is not None else None
    if isinstance(operation, Elemwise) and operation.scalar_op in COMPARISONS:
        raise TypeError(
            f"{x} is not known before the graph runs, so it is neither true nor false: use "
            "theano.tensor.switch, theano.ifelse.ifelse or theano.tensor.and_"
        )
    return True


_item = _tensor_py_operators.__getitem__


def item(x: TensorVariable, index: Any) -> TensorVariable:
    """Return a part of a tensor.

    With None in the index, and no ellipsis, the axes that it does not reach are gone if all are known to be one long,
    but only in a program's index, not in PyTensor's or ours.
    """
    parts = index if isinstance(index, tuple) else (index,)
    if any(part is None for part in parts) and all(map(is_plain, parts)):
        reached = sum(part is not None for part in parts)
        rest = x.type.broadcastable[reached:]
        if rest and all(rest) and is_of_program(sys._getframe(1)):
            x = x.dimshuffle(*range(reached))
    return _item(x, index)


def is_of_program(frame: FrameType) -> bool:
    """Return whether the code of a frame is neither PyTensor's nor ours."""
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    return package not in ("pytensor", "lenet")


def is_plain(part: Any) -> bool:
    """Return whether a part of an index is None, a slice, or one number."""
    return part is None or isinstance(part, slice | int) or getattr(part, "ndim", 1) == 0


def with_test_value(x: TensorVariable) -> str:
    """Return a variable's text, and its test value if that is to be printed."""
    text = Variable.__repr__(x)
    if config.print_test_value and hasattr(x.tag, "test_value"):
        text += f"\n{x.tag.test_value!r}"
    return text


def like(function: Callable[..., TensorVariable]) -> Callable[..., TensorVariable]:
    """Return a method that makes a tensor of a shape, of another tensor's type, too."""

    def method(model: TensorVariable, dtype: Any = None) -> TensorVariable:
        return function(model, dtype=dtype.dtype if isinstance(dtype, Variable) else dtype)

    return method


METHODS: dict[str, Callable[..., Any]] = {
    "__bool__": is_not_comparison,
    "__getitem__": item,
    "__repr__": with_test_value,
    "choose": choose,
    "get_scalar_constant_value": get_scalar_constant_value,
    "ones_like": like(ones_like),
    "reshape": reshaped,
    "trace": trace,
    "zeros_like": like(zeros_like),
}

_originals: dict[str, Any] = {}
_own_defaults = Variable.__init__.__defaults__


def add() -> None:
    """Put the methods onto PyTensor's class; doing it again changes nothing."""
    for name, method in METHODS.items():
        _originals.setdefault(name, vars(_tensor_py_operators).get(name))
        setattr(_tensor_py_operators, name, method)
        method.__annotations__ = {}  # Theano's had none, and programs write methods after these.
    Variable.__init__.__defaults__ = (None, None, None)  # of owner, index and name


def remove() -> None:
    """Take back `add`."""
    for name, original in _originals.items():
        if original is None:
            delattr(_tensor_py_operators, name)
        else:
            setattr(_tensor_py_operators, name, original)
    _originals.clear()
    Variable.__init__.__defaults__ = _own_defaults
