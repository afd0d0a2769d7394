"""Arithmetic functions of ``theano.tensor.basic`` that differ from PyTensor's.

PyTensor names, calls or means them otherwise.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable
from pytensor.tensor.basic import get_underlying_scalar_constant_value
from pytensor.tensor.exceptions import NotScalarConstantError
from pytensor.tensor.math import _conj, makeKeepDims, mod_check
from pytensor.tensor.type import discrete_dtypes
from pytensor.tensor.variable import TensorVariable

__all__ = [
    "Mean",
    "abs_",
    "argtopk",
    "check_and_normalize_axes",
    "chi2sf",
    "complex_from_polar",
    "conj",
    "conjugate",
    "div_proxy",
    "extract_constant",
    "get_scalar_constant_value",
    "inv",
    "isinf_",
    "isnan_",
    "makeKeepDims",
    "max_and_argmax",
    "mean",
    "mod_check",
    "numpy_scalar",
    "sgn",
    "topk",
    "topk_and_argtopk",
]

abs_ = pt.abs
inv = pt.reciprocal
isinf_ = pt.isinf
isnan_ = pt.isnan
sgn = pt.sign
conj = conjugate = _conj  # PyTensor's function gives a real number itself


def div_proxy(x: Any, y: Any) -> TensorVariable:
    """Divide, as Python 2 did: integers by integers give integers."""
    x, y = pt.as_tensor_variable(x), pt.as_tensor_variable(y)
    whole = x.dtype in discrete_dtypes and y.dtype in discrete_dtypes
    return pt.int_div(x, y) if whole else pt.true_div(x, y)


def mean(
    input: Any,
    axis: Any = None,
    dtype: Any = None,
    op: bool = False,
    keepdims: bool = False,
    acc_dtype: Any = None,
) -> TensorVariable:
    """Return the mean over axes.

    `op` chose another way to compute it and makes no difference here.
    """
    return pt.mean(input, axis, dtype, keepdims, acc_dtype)


class Mean:
    """Takes the mean over an axis, or over all, in float64."""

    def __init__(self, axis: int | None = None) -> None:
        self.axis = axis

    def __call__(self, x: Any) -> TensorVariable:
        """Return the mean of `x`."""
        return pt.mean(x, self.axis, "float64")


def chi2sf(x: Any, k: Any) -> TensorVariable:
    """Survival function of the chi-squared distribution of `k` degrees of freedom.

    It is the probability that such a variable exceeds `x`.
    """
    return pt.gammaincc(pt.as_tensor_variable(k) / 2, pt.as_tensor_variable(x) / 2)


def max_and_argmax(
    a: Any, axis: Any = None, keepdims: bool = False
) -> tuple[TensorVariable, TensorVariable]:
    """Return the largest elements along axes, and where they are.

    Parameters
    ----------
    a : tensor_like
    axis : int, sequence of int, or symbolic constant, optional
        By default all axes; one that comes twice counts once.
    keepdims : bool
        Whether the axes stay, with a length of 1.
    """
    a = pt.as_tensor_variable(a)
    if isinstance(axis, Constant) and axis.data is None:
        axis = None
    axes = sorted(set(check_and_normalize_axes(a, axis))) or None
    return pt.max_and_argmax(a, axis=axes, keepdims=keepdims)


def complex_from_polar(abs: Any, angle: Any) -> TensorVariable:
    """Return complex numbers of an absolute value and an angle."""
    return pt.complex(abs * pt.cos(angle), abs * pt.sin(angle))


def topk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> TensorVariable:
    """Return the `kth` largest elements along an axis; the smallest, if negative.

    A negative `kth` gives the ``-kth`` smallest.

    They come in ascending order; Theano promised none.
    """
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[0]


def argtopk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> TensorVariable:
    """Return where the elements are that `topk` returns."""
    return topk_and_argtopk(x, kth, axis, sorted, idx_dtype)[1]


def topk_and_argtopk(
    x: Any, kth: Any, axis: int | None = -1, sorted: bool = True, idx_dtype: Any = "int64"
) -> tuple[TensorVariable, TensorVariable]:
    """Return what `topk` and `argtopk` return."""
    x, kth = pt.as_tensor_variable(x), pt.as_tensor_variable(kth)
    if axis is None:
        x, axis = x.flatten(), 0
    axis = axis % x.ndim
    length = x.shape[axis]
    largest = kth > 0
    chosen = slice(pt.switch(largest, length - kth, 0), pt.switch(largest, length, -kth))
    places = (slice(None),) * axis + (chosen,)
    return pt.sort(x, axis)[places], pt.argsort(x, axis)[places].astype(idx_dtype)


def get_scalar_constant_value(
    orig_v: Any,
    elemwise: bool = True,
    only_process_constants: bool = False,
    max_recur: int = 10,
) -> np.ndarray:
    """Return the number that a variable always is, or that all of its elements are.

    Raises
    ------
    NotScalarConstantError
        If it is not the same always.
    """
    return get_underlying_scalar_constant_value(
        orig_v,
        elemwise=elemwise,
        only_process_constants=only_process_constants,
        max_recur=max_recur,
    )


def extract_constant(
    x: Any, elemwise: bool = True, only_process_constants: bool = False
) -> np.ndarray | Variable:
    """Return the constant value of a variable, or the variable if it is not constant."""
    try:
        return get_scalar_constant_value(x, elemwise, only_process_constants)
    except NotScalarConstantError:
        return x


def constant_or_none(x: Any) -> Any:
    """Return the number that an expression always is, or None if it is not constant."""
    value = extract_constant(x)
    return None if isinstance(value, Variable) else value


def numpy_scalar(data: Any) -> np.generic:
    """Return the only element of an array.

    Raises
    ------
    NotScalarConstantError
        If it has not exactly one.
    """
    data = np.asarray(data)
    if data.size != 1:
        raise NotScalarConstantError(f"an array of shape {data.shape} has not one element")
    return data.reshape(())[()]


def check_and_normalize_axes(x: TensorVariable, axis: Any) -> list[int]:
    """Return axes as a list of numbers from 0 on; an empty one if `axis` is None.

    Raises
    ------
    ValueError
        If `x` has no such axis.
    """
    if axis is None:
        return []
    if isinstance(axis, Variable):
        axis = get_scalar_constant_value(axis)
    axes = [int(each) for each in (axis if isinstance(axis, Sequence) else [axis])]
    if any(not -x.ndim <= each < x.ndim for each in axes):
        raise ValueError(f"axes {axes} given for {x}, which has {x.ndim} axes")
    return [each % x.ndim for each in axes]
