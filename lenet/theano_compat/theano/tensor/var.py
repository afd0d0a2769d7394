"""Theano's ``theano.tensor.var``: the classes of variables.

What their methods took or did otherwise is in `lenet.theano_compat.variable_methods`.
"""

from typing import Any

import pytensor.tensor.variable
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.graph.utils import MetaType
from pytensor.tensor.variable import TensorConstant, TensorConstantSignature, _tensor_py_operators

from lenet.theano_compat.forwarding import forward

__all__ = [
    "AsTensorError",
    "TensorConstant",
    "TensorConstantSignature",
    "TensorVariable",
    "_tensor_py_operators",
]

# PyTensor raises the class that Theano derived its own from.
AsTensorError = TypeError

__getattr__ = forward(__name__, "pytensor.tensor.variable")

ORIGINAL = pytensor.tensor.variable.TensorVariable


def variable(type: Any, owner: Any = None, index: Any = None, name: Any = None) -> Any:
    """Return a variable of PyTensor's class; Theano's needed no owner."""
    return ORIGINAL(type, owner, index, name)


class NeitherConstantNorShared(MetaType, type):
    """Metaclass of `TensorVariable`, which says what is one."""

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        """Return a variable: one of PyTensor's class, but for classes that are derived."""
        if cls is not TensorVariable:
            return super().__call__(*arguments, **keywords)
        return variable(*arguments, **keywords)

    def __instancecheck__(cls, instance: object) -> bool:
        """Return whether something is such a variable."""
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass: type) -> bool:
        """Return whether a class is one of such variables."""
        # Not by `issubclass`, which asks the classes that are derived from PyTensor's, as this one.
        bases = subclass.__mro__
        if cls is not TensorVariable:
            return cls in bases
        return ORIGINAL in bases and Constant not in bases and SharedVariable not in bases

    def __eq__(cls, other: object) -> bool:
        """Return whether two are the same class, as PyTensor's own is."""
        return cls is other or (cls is TensorVariable and other is ORIGINAL)

    def __hash__(cls) -> int:
        return hash(ORIGINAL) if cls is TensorVariable else type.__hash__(cls)


class TensorVariable(ORIGINAL, metaclass=NeitherConstantNorShared):  # type: ignore[misc,valid-type]
    """Class of the variables that are inputs or results of operations.

    PyTensor's own class is that of constants and shared variables, too; programs find inputs by it.
    Other libraries derive classes from it, such as PyMC3's random variables.
    """

    def __init__(self, type: Any, owner: Any = None, index: Any = None, name: Any = None) -> None:
        ORIGINAL.__init__(self, type, owner, index, name)

    def __new__(cls, *arguments: Any, **keywords: Any) -> Any:
        """Return an empty variable of PyTensor's class, which is what pickles ask for."""
        return object.__new__(ORIGINAL if cls is TensorVariable else cls)
