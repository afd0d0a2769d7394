"""Sizes that are plain from a graph, or plainly not known, without rewriting it.

PyTensor copies and rewrites the graph of each size that is given to an array of zeros or ones, or to one that is repeated, to see
whether it is a number: some ten milliseconds each, most of which say that a batch may be of any size. Here the lengths of
inputs, of what is made of them element by element, repeated, reshaped, turned around, joined, convolved or pooled, and
products of these are looked up.
"""

from typing import Any

from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.scalar.basic import Add, Cast, Mul
from pytensor.tensor.basic import Alloc, Join, MakeVector
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.shape import Reshape, Shape, Shape_i, SpecifyShape
from pytensor.tensor.subtensor import IncSubtensor, Subtensor, get_idx_list
from pytensor.tensor.type import integer_dtypes

from lenet.nnet.ops.conv import Conv
from lenet.nnet.ops.expected_shape import ExpectedShape
from lenet.nnet.ops.pool import MaxPoolGrad, Pool

# Data may contradict what is expected, and only the lengths that a type tells are specified.
SHAPED_AS_FIRST = (ExpectedShape, SpecifyShape, IncSubtensor, MaxPoolGrad)


class NotPlainError(Exception):
    """A size is neither plain nor plainly unknown."""


def plain_size(size: Variable) -> int | None:
    """Return the number that a scalar is, or None if it depends on inputs.

    Parameters
    ----------
    size : scalar variable of integers

    Raises
    ------
    NotPlainError
        If that takes a rewriting of the graph, or the graph is deeper than Python's stack.
    """
    try:
        return Search().size(size)
    except RecursionError as error:
        raise NotPlainError from error


def index_of(node: Any) -> int:
    """Return the constant number that a vector is indexed by.

    Raises
    ------
    NotPlainError
        If it is indexed otherwise.
    """
    indices = get_idx_list(node.inputs, node.op.idx_list)
    index = indices[0] if len(indices) == 1 else None
    if isinstance(index, Constant):
        index = index.data
    if index is None or isinstance(index, slice | Variable) or node.inputs[0].type.ndim != 1:
        raise NotPlainError
    return int(index)


class Search:
    """Search for a number, which looks at each part of a graph once.

    A network whose branches are added has more ways back than nodes.
    """

    def __init__(self) -> None:
        self.found: dict[tuple[Variable, int | None], int | None] = {}

    def size(self, size: Variable) -> int | None:
        """Return the number that a scalar is, or None if it depends on inputs."""
        if size.type.dtype not in integer_dtypes:
            raise NotPlainError  # whose products have digits, which a cast leaves out
        if isinstance(size, Constant):
            return int(size.data)
        if size.owner is None:
            return None
        if (size, None) not in self.found:
            self.found[size, None] = self.computed_size(size.owner)
        return self.found[size, None]

    def computed_size(self, node: Apply) -> int | None:
        """Return the number that a node computes, or None if it depends on inputs."""
        op, inputs = node.op, node.inputs
        if isinstance(op, Shape_i):
            return self.length(inputs[0], op.i)
        if isinstance(op, Subtensor):
            return self.entry(inputs[0], index_of(node))
        if isinstance(op, Elemwise) and isinstance(op.scalar_op, Add | Cast | Mul):
            sizes = [self.size(each) for each in inputs]
            known = [each for each in sizes if each is not None]
            if len(inputs) > 2 or 0 in known:
                raise NotPlainError
            if len(known) < len(sizes):
                return None
            if isinstance(op.scalar_op, Cast):
                return known[0]
            return known[0] * known[1] if isinstance(op.scalar_op, Mul) else known[0] + known[1]
        raise NotPlainError

    def entry(self, vector: Variable, place: int) -> int | None:
        """Return an entry of a shape, or None if it depends on inputs."""
        if isinstance(vector, Constant):
            return int(vector.data[place])
        if vector.owner is not None and isinstance(vector.owner.op, Shape):
            (x,) = vector.owner.inputs
            return self.length(x, place % x.type.ndim)
        if vector.owner is not None and isinstance(vector.owner.op, MakeVector):
            return self.size(vector.owner.inputs[place])
        raise NotPlainError

    def length(self, x: Variable, axis: int) -> int | None:
        """Return the length along an axis, or None if it depends on inputs."""
        length = x.type.shape[axis]
        if length is not None or x.owner is None:
            return length
        if (x, axis) not in self.found:
            self.found[x, axis] = self.computed_length(x.owner, axis)
        return self.found[x, axis]

    def computed_length(self, node: Apply, axis: int) -> int | None:
        """Return the length of what a node computes, or None if it depends on inputs."""
        op, inputs = node.op, node.inputs
        if isinstance(op, DimShuffle) and op.new_order[axis] != "x":
            return self.length(inputs[0], op.new_order[axis])
        if isinstance(op, SHAPED_AS_FIRST):
            return self.length(inputs[0], axis)
        if isinstance(op, Join) and isinstance(inputs[0], Constant):
            lengths = [self.length(each, axis) for each in inputs[1:]]
            known = [each for each in lengths if each is not None]
            if axis == inputs[0].data % node.outputs[0].type.ndim:
                return sum(known) if len(known) == len(lengths) else None
            return known[0] if known else None
        if isinstance(op, Alloc):
            return self.size(inputs[1 + axis])
        if isinstance(op, Reshape):
            size = self.entry(inputs[1], axis)
            if size is None or size >= 0:  # -1 stands for what is left
                return size
        if isinstance(op, Elemwise):
            lengths = [self.length(each, axis) for each in inputs]
            several = {each for each in lengths if each is not None} - {1}
            if len(several) <= 1:
                return several.pop() if several else (None if None in lengths else 1)
        if isinstance(op, Conv | Pool):
            shapes: list[list[int | None]] = [[None] * each.type.ndim for each in inputs]
            for which, other in axes_that_decide(op, axis):
                shapes[which][other] = self.length(inputs[which], other)
            return op.infer_output_shape(node, [tuple(each) for each in shapes])[axis]
        raise NotPlainError


def axes_that_decide(op: Conv | Pool, axis: int) -> list[tuple[int, int]]:
    """Return the arguments, and their axes, whose lengths decide that of the result."""
    if isinstance(op, Pool) or axis == 0:
        return [(0, axis)]
    return [(1, 0)] if axis == 1 else [(0, axis), (1, axis)]
