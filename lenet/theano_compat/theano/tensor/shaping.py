"""Shaping functions of ``theano.tensor.basic`` that PyTensor calls otherwise."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.raise_op import Assert
from pytensor.tensor import basic
from pytensor.tensor.shape import SpecifyShape as PyTensorSpecifyShape
from pytensor.tensor.type import discrete_dtypes
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.old_constructor import OldConstructor

__all__ = [
    "AllocDiag",
    "Flatten",
    "Join",
    "PermuteRowElements",
    "SpecifyShape",
    "Tile",
    "Tri",
    "choose",
    "flatten",
    "is_flat",
    "join_",
    "ones",
    "reshape",
    "specify_shape",
    "split",
    "stack",
    "tile",
    "zeros",
]

join_ = basic.Join()


class AllocDiag(metaclass=OldConstructor):
    """Makes matrices whose diagonal is a vector, and zeros else."""

    original = basic.AllocDiag

    @staticmethod
    def build(offset: int = 0, axis1: int = 0, axis2: int = 1) -> basic.AllocDiag:
        """Return the Op; `offset` is the number of the diagonal."""
        return basic.AllocDiag(offset=offset, axis1=axis1, axis2=axis2)


class Join(metaclass=OldConstructor):
    """Puts arrays one behind the other along an axis."""

    original = basic.Join

    @staticmethod
    def build(view: int = -1) -> basic.Join:
        """Return the Op; `view`, by which arrays are not copied, makes no difference."""
        return basic.Join()


class PermuteRowElements(metaclass=OldConstructor):
    """The operation of `permute_row_elements`."""

    original = basic.PermuteRowElements

    @staticmethod
    def build() -> Callable[..., TensorVariable]:
        """Return the function."""
        return pt.basic.permute_row_elements


class SpecifyShape(metaclass=OldConstructor):
    """The operation of `specify_shape`."""

    original = PyTensorSpecifyShape

    @staticmethod
    def build() -> Callable[..., TensorVariable]:
        """Return the function."""
        return specify_shape


def specify_shape(x: Any, shape: Any) -> TensorVariable:
    """Return `x`, of which is known that it has a shape.

    Parameters
    ----------
    x : tensor_like
    shape : sequence of int, or symbolic vector

    Raises
    ------
    AssertionError
        If it has another number of axes; of a symbolic vector, when the graph runs, as for other lengths.
    """
    x = pt.as_tensor_variable(x)
    if isinstance(shape, Variable) and shape.ndim == 1:
        has_all = pt.eq(shape.shape[0], x.ndim)
        shape = Assert(f"specify_shape: the shape has other than {x.ndim} entries")(shape, has_all)
        shape = [shape[axis] for axis in range(x.ndim)]
    shape = shape if isinstance(shape, Sequence) else [shape]
    if len(shape) != x.ndim:
        raise AssertionError(f"specify_shape: {x} has {x.ndim} axes, but the shape is {shape}")
    return pt.specify_shape(x, shape)


def reshape(x: Any, newshape: Any, ndim: int | None = None) -> TensorVariable:
    """Reshape `x`.

    `ndim` is the number of axes, if it is not plain from `newshape`.
    """
    return pt.reshape(x, newshape, ndim=ndim)


def reshaped(self: TensorVariable, shape: Any, ndim: int | None = None) -> TensorVariable:
    """Return a variable in another shape, by the name that its method gives it."""
    return reshape(self, shape, ndim)


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
        If `reps` has more than `ndim` entries, of a vector when the graph runs (an AssertionError); if it is of floats;
        or if `ndim` is smaller than the number of axes of `x`.
    """
    x = pt.as_tensor_variable(x)
    if ndim is not None and ndim < x.ndim:
        raise ValueError(f"tile: {x} has {x.ndim} axes, more than ndim={ndim}")
    entries = reps if isinstance(reps, list | tuple) else [reps]
    kinds = [pt.as_tensor_variable(each).type for each in entries]
    if any(kind.dtype not in discrete_dtypes or kind.ndim > 1 for kind in kinds):
        raise ValueError(f"tile: reps is {reps}, expected integers or a vector of them")
    if ndim is None:
        if isinstance(reps, Variable) and reps.ndim == 1 and reps.type.shape == (None,):
            raise ValueError(f"tile: the length of reps={reps} is not known: give ndim")
        return pt.tile(x, reps)
    if isinstance(reps, Variable) and reps.ndim == 1:
        given = Assert(f"tile: reps has more entries than ndim={ndim}")(
            reps.shape[0], reps.shape[0] <= ndim
        )
        first = ndim - given
        reps = [
            pt.switch(axis < first, 1, reps[pt.maximum(axis - first, 0)]) for axis in range(ndim)
        ]
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
    warnings.warn(
        "stack: pass the arrays in a list, as one argument", DeprecationWarning, stacklevel=2
    )
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


def zeros(shape: Any, dtype: Any = None) -> TensorVariable:
    """Return an array of zeros; a single length may be an array without axes."""
    return pt.zeros(lengths(shape), dtype)


def ones(shape: Any, dtype: Any = None) -> TensorVariable:
    """Return an array of ones; a single length may be an array without axes."""
    return pt.ones(lengths(shape), dtype)


def lengths(shape: Any) -> Any:
    """Return a shape, as a list if it is an array without axes, a saved number."""
    return [shape] if isinstance(shape, np.ndarray) and not shape.ndim else shape
