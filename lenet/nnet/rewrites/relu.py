"""Rewrites of rectifiers, in all common spellings, and of their gradients.

Recognised are ``0.5 * (x + abs(x))`` (Theano's own), ``maximum(x, 0)``, ``switch(x > 0, x, 0)`` and ``x
* (x > 0)``, with arguments in any order, and their gradients by `pytensor.grad`. They differ in the
slope at zero: 1/2, 1 (but 0 for ``maximum(0, x)``), 0 and 0. Each becomes a single scalar Op.
"""

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter
from pytensor.scalar import Cast
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.ops.relu import ScalarRelu, relu_grad_op, relu_op
from lenet.nnet.rewrites.matching import (
    constant_value,
    operands,
    other_operand,
    register_kernels,
)

NAME = "lenet_relu"
# Slope at zero if the gradient passes where a comparison of x with zero is true, or where it is false.
SLOPE_WHERE_TRUE = {pt.gt: 0.0, pt.ge: 1.0}
SLOPE_WHERE_FALSE = {pt.le: 0.0, pt.lt: 1.0}


def is_zero(variable: Variable) -> bool:
    """Return whether a variable is filled with zeros, as far as the graph tells."""
    match operands(variable, pt.second):
        case [_, value]:
            return constant_value(value) == 0
    return constant_value(variable) == 0


def positive_part(condition: Variable, slopes: dict) -> tuple[Variable, float] | None:
    """Return `x` and the slope at zero, if a condition compares `x` with zero."""
    if condition.owner is not None and isinstance(condition.owner.op, Elemwise):
        if isinstance(condition.owner.op.scalar_op, Cast):
            return positive_part(condition.owner.inputs[0], slopes)
        if condition.owner.op in slopes and is_zero(condition.owner.inputs[1]):
            return condition.owner.inputs[0], slopes[condition.owner.op]
    return None


def half_of(variable: Variable) -> Variable | None:
    """Return `x` if the variable is ``0.5 * x``."""
    match operands(variable, pt.mul):
        case [a, b]:
            return b if constant_value(a) == 0.5 else a if constant_value(b) == 0.5 else None
    return None


def maximum_gate(gate: Variable) -> tuple[Variable, float] | None:
    """Return `x` and the slope at zero, if a factor is the gradient of ``maximum``.

    The factor is ``eq(y, x)`` for ``y = maximum(x, 0)`` and, for ``y = maximum(0, x)``, ``1 - eq(y,
    0)`` or, in later versions of PyTensor, ``1 - ge(0, x)``.
    """
    match operands(gate, pt.eq):
        case [y, other] if relu_operands(y) == [other]:
            return other, 1.0
    match operands(gate, pt.sub):
        case [one, equal] if constant_value(one) == 1:
            match operands(equal, pt.eq):
                case [y, zero] if relu_operands(y) and is_zero(zero):
                    return relu_operands(y)[0], 0.0
            match operands(equal, pt.ge):
                case [zero, x] if is_zero(zero):
                    return x, 0.0
    return None


def gated(node: Apply) -> tuple[Variable, Variable, float] | None:
    """Return `x`, the gradient and the slope at zero, if a node is a ReLU gradient.

    Such a node passes the gradient where `x` is positive.
    """
    if node.op == pt.switch:
        condition, then, other = node.inputs
        for slopes, passed, stopped in (
            (SLOPE_WHERE_TRUE, then, other),
            (SLOPE_WHERE_FALSE, other, then),
        ):
            if is_zero(stopped) and (found := positive_part(condition, slopes)):
                return found[0], passed, found[1]
    elif node.op == pt.mul and len(node.inputs) == 2:
        for gate, passed in (node.inputs, node.inputs[::-1]):
            if found := positive_part(gate, SLOPE_WHERE_TRUE):
                return found[0], passed, found[1]
            if found := maximum_gate(gate):
                return found[0], passed, found[1]
    elif node.op == pt.add and len(node.inputs) == 2:
        for half, signed in (node.inputs, node.inputs[::-1]):
            gradient, sign = half_of(half), other_operand(signed, pt.mul, half)
            if gradient is not None and sign is not None:
                for x in operands(sign, pt.sign):
                    return x, gradient, 0.5
    return None


def relu_operands(variable: Variable) -> list[Variable]:
    """Return ``[x]`` if the variable is our scalar Op of `x`, else an empty list."""
    node = variable.owner
    is_relu = (
        node is not None
        and isinstance(node.op, Elemwise)
        and isinstance(node.op.scalar_op, ScalarRelu)
    )
    return node.inputs if is_relu else []


def rectified(node: Apply) -> tuple[Variable, float] | None:
    """Return `x` and the slope at zero, if a node rectifies `x`."""
    if node.op == pt.maximum:
        for x, floor, slope in ((*node.inputs, 1.0), (*node.inputs[::-1], 0.0)):
            if is_zero(floor):
                return x, slope
    if node.op == pt.mul and (doubled := half_of(node.outputs[0])) is not None:
        for x in operands(doubled, pt.add):
            other = other_operand(doubled, pt.add, x)
            if other is not None and operands(other, pt.abs) == [x]:
                return x, 0.5
    match gated(node):
        case [x, passed, slope] if passed is x:
            return x, slope
    return None


@node_rewriter([pt.mul, pt.maximum, pt.switch])
def scalar_relu(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a rectifier by one Op."""
    (old,) = node.outputs
    match rectified(node):
        case [x, slope] if x.type == old.type and x.type.dtype in ("float32", "float64"):
            new = relu_op(slope)(x)
            copy_stack_trace(old, new)
            return [new]
    return None


@node_rewriter([pt.mul, pt.switch, pt.add])
def scalar_relu_grad(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the gradient of a rectifier by one Op."""
    (old,) = node.outputs
    match gated(node):
        case [x, gradient, slope] if (
            x.type.dtype == gradient.type.dtype == old.type.dtype in ("float32", "float64")
            and x.type.ndim == gradient.type.ndim
        ):
            new = relu_grad_op(slope)(x, gradient)
            copy_stack_trace(old, new)
            return [new]
    return None


@node_rewriter([Elemwise])
def without_zeros(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Remove the zeros that a comparison adds to a gradient.

    A cast is removed too, if the zeros had another precision.
    """
    (old, *_), added = node.outputs, node
    if isinstance(node.op.scalar_op, Cast) and node.inputs[0].owner is not None:
        added = node.inputs[0].owner
    if added.op != pt.add:
        return None
    rest = [term for term in added.inputs if not is_zero(term)]
    if len(rest) == 1 < len(added.inputs) and rest[0].type == old.type:
        return rest
    return None


def register_relu_rewrites() -> None:
    """Register the rewrites of this module, all under the name ``lenet_relu``."""
    rewriters = {
        "lenet_scalar_relu": dfs_rewriter(scalar_relu),
        "lenet_scalar_relu_grad": dfs_rewriter(scalar_relu_grad, without_zeros),
    }
    # Before PyTensor's canonicalisation replaces the user's spelling.
    register_kernels(NAME, rewriters, position=0.03, can_be_shared=True)
