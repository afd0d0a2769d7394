"""Theano's ``theano.tensor.raw_random``: draws from `numpy.random.RandomState`."""

from typing import Any

import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from lenet.random_streams.numpy_draws import draw_permutations as permutation_helper
from lenet.random_streams.raw_random import (
    RandomFunction,
    RandomStateType,
    RandomStreamsBase,
    binomial,
    choice,
    multinomial,
    normal,
    permutation,
    poisson,
    random_integers,
    random_state_type,
    uniform,
)
from lenet.theano_compat.forwarding import forward

__all__ = [
    "RandomFunction",
    "RandomStateType",
    "RandomStreamsBase",
    "binomial",
    "choice",
    "multinomial",
    "normal",
    "permutation",
    "permutation_helper",
    "poisson",
    "random_integers",
    "random_state_type",
    "uniform",
]

__getattr__ = forward(__name__)


def _infer_ndim_bcast(
    ndim: int | None, shape: Any, *args: Any
) -> tuple[int, Variable, tuple[bool, ...]]:
    """Return number of axes, shape, and which axes have one element, of drawn numbers.

    Parameters
    ----------
    ndim : int or None
        Number of axes, where the shape does not tell it.
    shape : sequence of int and Variable, vector of Variable, or None
        -1 is the length that the arguments have there; None is their shape.
    args : Variable
        Parameters of a distribution, which are stretched to the shape.

    Raises
    ------
    TypeError
        If the shape is no vector of integers, or neither a shape nor arguments are given.
    ValueError
        If the number of axes contradicts the shape or the arguments, or nothing gives a length.
    """
    if shape is None and not args:
        raise TypeError("_infer_ndim_bcast needs a shape or arguments")
    if shape is None:
        drawn = sum(args[1:], start=args[0])
        ndim, lengths, ones = drawn.ndim, drawn.shape, drawn.type.broadcastable
    elif isinstance(shape, list | tuple):
        if ndim is not None and ndim != len(shape):
            raise ValueError(f"ndim should be equal to len(shape), but is {ndim} for {shape}")
        ndim = len(shape)
        known = [length_and_one(each, axis - ndim, args) for axis, each in enumerate(shape)]
        lengths = pt.stack([each for each, _ in known]) if known else pt.constant([], dtype="int64")
        ones = tuple(one for _, one in known)
    else:
        lengths = pt.as_tensor_variable(shape)
        if lengths.ndim != 1:
            raise TypeError(f"shape must be a vector or list of scalars, got {lengths!r}")
        ndim = pt.get_vector_length(lengths) if ndim is None else ndim
        ones = (False,) * ndim
    if lengths.dtype not in pt.type.integer_dtypes:
        raise TypeError(f"shape must be a vector or list of integers, got {lengths.dtype}")
    if any(each.ndim > ndim for each in args):
        raise ValueError(f"arguments have more axes than the {ndim} of the shape {shape}")
    return ndim, pt.cast(lengths, "int64"), tuple(ones)


def length_and_one(length: Any, axis: int, args: tuple[Any, ...]) -> tuple[Any, bool]:
    """Return the length of an axis, counted from the last, and whether it is one."""
    if isinstance(length, Variable):
        return length, False
    if length >= 0:
        return pt.constant(length, dtype="int64"), length == 1
    there = [each for each in args if each.ndim >= -axis]
    if length != -1 or not there:
        raise ValueError(f"length {length} of an axis: an argument should have that axis")
    for each in there:
        if not each.type.broadcastable[axis]:
            return each.shape[axis], False
    return pt.constant(1, dtype="int64"), True
