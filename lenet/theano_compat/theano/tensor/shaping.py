"""Shaping functions of ``theano.tensor.basic`` that PyTensor calls otherwise."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

__all__ = [
    "Flatten",
    "Tile",
    "Tri",
    "choose",
    "flatten",
    "is_flat",
    "join_",
    "reshape",
    "split",
    "stack",
    "tile",
]

join_ = pt.join


def reshape(x: Any, newshape: Any, ndim: int | None = None) -> TensorVariable:
    """Reshape `x`.

    `ndim` is the number of axes, if it is not plain from `newshape`.
    """
    return pt.reshape(x, newshape, ndim=ndim)


def flatten(x: Any, ndim: int | None = None, outdim: int | None = None) -> TensorVariable:
    """Flatten the last axes of `x` into one, so that `ndim` are left.

    `outdim` is an older name of `ndim`.
    """
    return pt.flatten(x, one_of(ndim, outdim))


def is_flat(var: Any, ndim: int | None = None, outdim: int | None = None) -> bool:
    """Return whether a variable has `ndim` axes; `outdim` is an older name."""
    return var.ndim == one_of(ndim, outdim)


def one_of(ndim: int | None, outdim: int | None) -> int:
    """Return the number of axes, given under one of its two names or not at all.

    Raises
    ------
    ValueError
        If it is given under both.
    """
    if ndim is not None and outdim is not None:
        raise ValueError(f"give ndim or its old name outdim, not both: {ndim} and {outdim}")
    given = outdim if ndim is None else ndim
    return 1 if given is None else given


def tile(x: Any, reps: Any, ndim: int | None = None) -> TensorVariable:
    """Return `x` repeated along its axes.

    Parameters
    ----------
    x : tensor_like
    reps : int, sequence of int, or symbolic vector
    ndim : int, optional
        Number of axes of the result; needed for a symbolic vector of unknown length.

    Raises
    ------
    ValueError
        If `reps` has more than `ndim` entries.
    """
    if ndim is None:
        return pt.tile(x, reps)
    if isinstance(reps, Variable) and reps.ndim == 1:
        # Theano took a vector of unknown length to have one entry for each axis of the result.
        reps = [reps[axis] for axis in range(ndim)]
    elif not isinstance(reps, Sequence):
        reps = [reps]
    if len(reps) > ndim:
        raise ValueError(f"tile: reps has {len(reps)} entries, expected at most ndim={ndim}")
    return pt.tile(x, [1] * (ndim - len(reps)) + list(reps))


def split(x: Any, splits_size: Any, n_splits: int, axis: int = 0) -> list[TensorVariable]:
    """Return `x` cut along an axis into `n_splits` parts of the sizes `splits_size`."""
    return pt.split(x, splits_size, n_splits=n_splits, axis=axis)


def stack(*tensors: Any, **keywords: Any) -> TensorVariable:
    """Return arrays side by side along a new axis.

    Parameters
    ----------
    *tensors : list of tensor_like, and int
        The arrays, and the place of the new axis; or the arrays one by one, as in Theano before 0.7.
    **keywords
        ``tensors`` and ``axis``.

    Raises
    ------
    TypeError
        If no array is given, or an unknown keyword.
    """
    unknown = keywords.keys() - {"tensors", "axis"}
    if unknown or not (tensors or "tensors" in keywords):
        raise TypeError(f"stack: expected tensors and an axis, not {tensors} and {keywords}")
    if "tensors" in keywords:
        return pt.stack(keywords["tensors"], *tensors, axis=keywords.get("axis", 0))
    first, *others = tensors
    if isinstance(first, list | tuple):
        return pt.stack(first, *others, **keywords)
    if others or not isinstance(first, Variable) or first.ndim == 0:
        return pt.stack(tensors, **keywords)
    return pt.stack([first[i] for i in range(pt.get_vector_length(first))], **keywords)


def choose(a: Any, choices: Any, out: None = None, mode: str = "raise") -> TensorVariable:
    """Return the elements of the arrays `choices` that the numbers `a` choose.

    Raises
    ------
    NotImplementedError
        If `out` is given, which Theano did not have either.
    """
    if out is not None:
        raise NotImplementedError("choose: give no `out`; the result is a new array")
    return pt.choose(a, choices, mode)


class Tile:
    """Repeats an array of `ndim` axes along them."""

    def __init__(self, ndim: int) -> None:
        self.ndim = ndim

    def __call__(self, x: Any, reps: Any) -> TensorVariable:
        """Return `x` repeated `reps` times, a number for each axis."""
        return tile(x, reps, self.ndim)


class Tri:
    """Makes matrices of ones at and below a diagonal, and zeros above."""

    def __init__(self, dtype: str | None = None) -> None:
        self.dtype = dtype

    def __call__(self, N: Any, M: Any, k: Any) -> TensorVariable:
        """Return a matrix of `N` rows and `M` columns; `k` is the number of the diagonal."""
        return pt.tri(N, M, k, dtype=self.dtype)


class Flatten:
    """Makes the last axes of an array one, so that `outdim` are left."""

    def __init__(self, outdim: int = 1) -> None:
        self.outdim = outdim

    def __call__(self, x: Any) -> TensorVariable:
        """Return `x` with `outdim` axes."""
        return pt.flatten(x, self.outdim)
