"""Theano's classes of operations that graphs have under other classes here.

Programs look for them in graphs and compiled functions: ``isinstance(node.op, theano.tensor.nnet.corr.CorrMM)``.
"""

from typing import Any

__all__ = ["Recognising", "is_of"]


def is_of(instance: object, kinds: tuple[type, ...]) -> bool:
    """Return whether something is of some classes, alone or for many matrices.

    PyTensor's linear algebra is within a `Blockwise` operation until a function is compiled.
    """
    return isinstance(instance, kinds) or isinstance(getattr(instance, "core_op", None), kinds)


class Recognising(type):
    """Metaclass by which ``isinstance`` knows what stands for a class of Theano's.

    These are of the classes `operations` in the body of the class, and have as many spatial axes as `axes`, if that is there.
    """

    def __instancecheck__(cls, instance: Any) -> bool:
        """Return whether something is an instance, or an operation that stands for one."""
        if super().__instancecheck__(instance):
            return True
        axes = getattr(instance, "spatial", 2)
        own = vars(cls)  # a class below asks for its own instances
        return is_of(instance, own.get("operations", ())) and axes == own.get("axes", axes)
