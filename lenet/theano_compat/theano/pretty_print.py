"""Text of a graph as Theano's ``pp`` wrote it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from pytensor.graph.basic import Constant
from pytensor.printing import PPrinter, Printer, leaf_printer, pprint, special
from pytensor.tensor.elemwise import DimShuffle, DimShufflePrinter, Elemwise
from pytensor.tensor.math import Dot, Sum
from pytensor.tensor.type import TensorType

__all__ = ["theano_printer"]

Text = Callable[[Any], str]

# Operations of one element whose names were not today's in small letters.
OLD_NAMES = {"and": "and_", "or": "or_", "conjugate": "conj"}
KINDS = {
    (): "scalar",
    (False,): "vector",
    (False, False): "matrix",
    (True, False): "row",
    (False, True): "col",
}
# How PyTensor's `dot` drops axes of a product, and how it has made matrices of which factors before.
ROW, COLUMN = ("x", 0), (0, "x")
ADDED_BY_DOT: dict[tuple, dict[int, tuple]] = {
    ((1,),): {0: ROW},
    ((0,),): {1: COLUMN},
    ((), (1,)): {0: ROW, 1: COLUMN},
}
MAX_CONSTANT = 20  # characters of a constant that are shown whole


class Written(Printer):
    """Writes a variable by a function of it and of the text of other variables."""

    def __init__(self, write: Callable[[Any, Text], str]) -> None:
        self.write = write

    def process(self, output: Any, pstate: Any) -> str:
        """Return the text of a variable."""
        if output not in pstate.memo:
            pstate.memo[output] = self.write(
                output, lambda variable: pstate.pprinter.process(variable, pstate)
            )
        return pstate.memo[output]


def constant(variable: Any, _text: Text) -> str:
    """Return ``TensorConstant{2}``, ``TensorConstant{(3,) of 1.0}``."""
    if not isinstance(variable.type, TensorType):
        return f"Constant{{{variable.data}}}"
    data = np.asarray(variable.data)
    if data.ndim and data.size and (data == data.flat[0]).all():
        shown = f"{data.shape} of {data.flat[0]!s}"
    else:
        shown = str(data)
    if len(shown) > MAX_CONSTANT:
        shown = f"{shown[:10]}..{shown[-10:]}"
    return f"TensorConstant{{{shown}}}"


def unnamed(variable: Any, _text: Text) -> str:
    """Return ``<TensorType(float64, matrix)>``."""
    ones = variable.type.broadcastable
    kind = KINDS.get(ones) or (str(ones) if any(ones) else f"{len(ones)}D")
    return f"<TensorType({variable.type.dtype}, {kind})>"


def elementwise(variable: Any, text: Text) -> str:
    """Return ``sigmoid(x)``."""
    name = str(variable.owner.op.scalar_op)
    name = name.lower() if name.isidentifier() else name
    return f"{OLD_NAMES.get(name, name)}({', '.join(map(text, variable.owner.inputs))})"


def total(variable: Any, text: Text) -> str:
    """Return ``Sum{axis=[0], acc_dtype=float64}(x)``."""
    op, (summed,) = variable.owner.op, variable.owner.inputs
    axis = "" if op.axis is None else f"axis={list(op.axis)}, "
    return f"Sum{{{axis}acc_dtype={op.acc_dtype or variable.type.dtype}}}({text(summed)})"


def multiplied(variable: Any, text: Text) -> str:
    r"""Return ``(x \dot y)``."""
    left, right = variable.owner.inputs
    return product(left, right, text)


def product(left: Any, right: Any, text: Text) -> str:
    r"""Return ``(x \dot y)`` of two factors."""
    return f"({text(left)} {special['middle_dot']} {text(right)})"


def reordered(variable: Any, text: Text) -> str | None:
    r"""Return ``(x \dot y)`` of vectors, which PyTensor makes a row and a column."""
    inner, orders = variable, []
    while inner.owner and isinstance(inner.owner.op, DimShuffle):
        orders.append(tuple(inner.owner.op.new_order))
        inner = inner.owner.inputs[0]
    added = ADDED_BY_DOT.get(tuple(orders))
    if added is None or not (inner.owner and isinstance(inner.owner.op, Dot)):
        return None
    factors = list(inner.owner.inputs)
    for side, order in added.items():
        node = factors[side].owner
        if not (node and isinstance(node.op, DimShuffle) and tuple(node.op.new_order) == order):
            return None
        factors[side] = node.inputs[0]
    return product(factors[0], factors[1], text)


class Reordered(DimShufflePrinter):
    """Writes what has its axes in another order."""

    def process(self, r: Any, pstate: Any) -> str:
        """Return the text of a variable."""
        text = reordered(r, lambda variable: pstate.pprinter.process(variable, pstate))
        return super().process(r, pstate) if text is None else text


def theano_printer() -> PPrinter:
    """Return PyTensor's printer, which writes as Theano did where they differ."""
    printer = pprint.clone()
    printer.printers_dict.pop(Sum, None)
    for op in [each for each in printer.printers_dict if isinstance(each, Dot)]:
        del printer.printers_dict[op]
    printer.assign(Sum, Written(total))
    printer.assign(Dot, Written(multiplied))
    printer.assign(DimShuffle, Reordered())
    printer.assign(Elemwise, Written(elementwise))
    printer.assign(is_unnamed_tensor, Written(unnamed))
    printer.assign(lambda _state, each: isinstance(each, Constant), Written(constant))
    printer.assign(lambda _state, each: each.name is not None and each.owner is None, leaf_printer)
    return printer


def is_unnamed_tensor(_state: Any, variable: Any) -> bool:
    """Whether a variable is an input that has no name."""
    return (
        variable.owner is None and variable.name is None and isinstance(variable.type, TensorType)
    )
