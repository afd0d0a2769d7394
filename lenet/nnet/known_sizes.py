"""Sizes that are plain from a graph, or plainly not known, without rewriting it.

PyTensor copies and rewrites the graph of each size that is given to an array of zeros or ones, or to one that is repeated, to see
whether it is a number: some ten milliseconds each, most of which say that a batch may be of any size. Here the lengths of
inputs, of what is made of them element by element, repeated, reshaped or turned around, and products of these are looked up.
"""

from typing import Any

from pytensor.graph.basic import Constant, Variable
from pytensor.scalar.basic import Add, Cast, Mul
from pytensor.tensor.basic import Alloc, MakeVector
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.shape import Reshape, Shape, Shape_i
from pytensor.tensor.subtensor import Subtensor, get_idx_list
from pytensor.tensor.type import integer_dtypes

MOST_STEPS = 50


class NotPlainError(Exception):
    """A size is neither plain nor plainly unknown."""


def plain_size(size: Variable, steps: int = MOST_STEPS) -> int | None:
    """Return the number that a scalar is, or None if it depends on inputs.

    Parameters
    ----------
    size : scalar variable of integers
    steps : int
        How far back to look.

    Raises
    ------
    NotPlainError
        If that takes a rewriting of the graph.
    """
    if size.type.dtype not in integer_dtypes:
        raise NotPlainError  # whose products have digits, which a cast leaves out
    if isinstance(size, Constant):
        return int(size.data)
    node = size.owner
    if node is None:
        return None
    if steps == 0:
        raise NotPlainError
    op, inputs = node.op, node.inputs
    if isinstance(op, Shape_i):
        return plain_length(inputs[0], op.i, steps - 1)
    if isinstance(op, Subtensor):
        return plain_entry(inputs[0], index_of(node), steps - 1)
    if isinstance(op, Elemwise) and isinstance(op.scalar_op, Add | Cast | Mul):
        sizes = [plain_size(each, steps - 1) for each in inputs]
        known = [each for each in sizes if each is not None]
        if len(inputs) > 2 or 0 in known:
            raise NotPlainError
        if len(known) < len(sizes):
            return None
        if isinstance(op.scalar_op, Cast):
            return known[0]
        return known[0] * known[1] if isinstance(op.scalar_op, Mul) else known[0] + known[1]
    raise NotPlainError


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


def plain_entry(vector: Variable, place: int, steps: int) -> int | None:
    """Return an entry of a shape, or None if it depends on inputs."""
    if isinstance(vector, Constant):
        return int(vector.data[place])
    if vector.owner is not None and isinstance(vector.owner.op, Shape):
        (x,) = vector.owner.inputs
        return plain_length(x, place % x.type.ndim, steps)
    if vector.owner is not None and isinstance(vector.owner.op, MakeVector):
        return plain_size(vector.owner.inputs[place], steps)
    raise NotPlainError


def plain_length(x: Variable, axis: int, steps: int) -> int | None:
    """Return the length along an axis, or None if it depends on inputs."""
    length = x.type.shape[axis]
    if length is not None or x.owner is None:
        return length
    if steps == 0:
        raise NotPlainError
    op, inputs = x.owner.op, x.owner.inputs
    if isinstance(op, DimShuffle) and op.new_order[axis] != "x":
        return plain_length(inputs[0], op.new_order[axis], steps - 1)
    if isinstance(op, Alloc):
        return plain_size(inputs[1 + axis], steps - 1)
    if isinstance(op, Reshape):
        size = plain_entry(inputs[1], axis, steps - 1)
        if size is None or size >= 0:  # -1 stands for what is left
            return size
    if isinstance(op, Elemwise):
        lengths = [plain_length(each, axis, steps - 1) for each in inputs]
        known = {each for each in lengths if each is not None} - {1}
        if len(known) <= 1:
            return known.pop() if known else (None if None in lengths else 1)
    raise NotPlainError
