"""Pooling of the last axes of an array (`pool_2d`, `pool_3d`), as in Theano."""

import warnings
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.geometry import integers, warn_deprecated
from lenet.nnet.ops.pool import MaxPoolGrad, Pool
from lenet.nnet.ops.symbolic_pool import (
    SymbolicMaxPoolGrad,
    SymbolicPool,
    is_symbolic,
    symbolic_integers,
)


def pooled(
    spatial: int,
    input: Any,
    ws: Any,
    ignore_border: bool | None,
    stride: Any,
    pad: Any,
    mode: str,
    ds: Any,
    st: Any,
    padding: Any,
) -> TensorVariable:
    """Apply `Pool` or `SymbolicPool`, accepting Theano's old and new argument names."""
    ws = renamed("ds", ds, "ws", ws)
    stride = renamed("st", st, "stride", stride)
    pad = renamed("padding", padding, "pad", pad)
    if ws is None:
        raise ValueError(f"give the window as ws, {spatial} positive integers")
    if ignore_border is None:
        warnings.warn(
            "ignore_border is not given: windows that stick out of the image are kept, as with "
            "ignore_border=False; say which you want",
            UserWarning,
            stacklevel=3,
        )
        ignore_border = False
    pad = 0 if pad is None else pad
    if is_symbolic(ws) or is_symbolic(stride) or is_symbolic(pad):
        windows = symbolic_windows(spatial, ws, stride, pad)
        return SymbolicPool(spatial, ignore_border, mode)(input, windows)
    ws = integers("ws", ws, spatial)
    return Pool(ws, ignore_border, stride, pad, mode)(input)


def symbolic_windows(spatial: int, ws: Any, stride: Any, pad: Any) -> TensorVariable:
    """Return window, stride and padding as the last input of a `SymbolicPoolOp`."""
    window = symbolic_integers("ws", ws, spatial)
    step = window if stride is None else symbolic_integers("stride", stride, spatial)
    return pt.stack([window, step, symbolic_integers("pad", pad, spatial, least=0)])


def renamed(old_name: str, old: Any, new_name: str, new: Any) -> Any:
    """Return the value of an argument passed under its new or its old name."""
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"give {new_name} or its deprecated name {old_name}, not both")
    warn_deprecated(old_name, new_name, stacklevel=5)
    return old


def pool_2d(
    input: Any,
    ws: Any = None,
    ignore_border: bool | None = None,
    stride: Any = None,
    pad: Any = (0, 0),
    mode: str = "max",
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> TensorVariable:
    """Pooling over the last two axes of a tensor.

    Parameters
    ----------
    input : tensor_like, shape (..., rows, columns)
    ws : pair of int, or of symbolic integers, or symbolic vector
        Size of the window in (rows, columns).
    ignore_border : bool
        Whether windows that reach beyond the image are dropped. By default they are kept, with a
        warning.
    stride : as `ws`, optional
        Step from one window to the next; by default the size of the window.
    pad : as `ws`
        Padding on both sides of rows and columns; needs `ignore_border`.
    mode : {'max', 'sum', 'average_inc_pad', 'average_exc_pad', 'max_first'}
        Maximum and sum ignore the padding; an average includes or excludes it. `max_first` is a maximum
        whose gradient goes to one element of the window; see the notes.
    ds, st, padding
        Deprecated names of `ws`, `stride` and `pad`.

    Returns
    -------
    TensorVariable, shape (..., output rows, output columns)
        With ``ignore_border``, ``output = (image + 2 * pad - ws) // stride + 1``; without it, enough
        windows to reach the border.

    Raises
    ------
    ValueError
        For an argument out of its range, or an image smaller than the window; when the graph runs, if
        the sizes are not known before.
    NotImplementedError
        For padding without `ignore_border` or not smaller than the window.
    TypeError
        For an input with fewer axes, and in JAX for a window, stride or padding that is not known before
        the graph runs.

    Notes
    -----
    As ``theano.tensor.signal.pool.pool_2d`` of Theano 1.0. Where several elements of a window equal
    its maximum, each of them gets the whole gradient; with ``mode="max_first"`` only the first of them does,
    as in PyTorch.
    """
    pad = None if padding is not None and pad == (0, 0) else pad
    return pooled(2, input, ws, ignore_border, stride, pad, mode, ds, st, padding)


def pool_3d(
    input: Any,
    ws: Any = None,
    ignore_border: bool | None = None,
    stride: Any = None,
    pad: Any = (0, 0, 0),
    mode: str = "max",
    ds: Any = None,
    st: Any = None,
    padding: Any = None,
) -> TensorVariable:
    """Pooling over the last three axes of a tensor; see `pool_2d`.

    Parameters
    ----------
    input : tensor_like, shape (..., depth, rows, columns)
    ws, ignore_border, stride, pad, mode, ds, st, padding
        As in `pool_2d`, with one entry more.

    Returns
    -------
    TensorVariable, shape (..., output depth, output rows, output columns)

    Raises
    ------
    ValueError, NotImplementedError
        As `pool_2d`.

    Notes
    -----
    As ``theano.tensor.signal.pool.pool_3d`` of Theano 1.0.
    """
    pad = None if padding is not None and pad == (0, 0, 0) else pad
    return pooled(3, input, ws, ignore_border, stride, pad, mode, ds, st, padding)


def max_pool_2d_same_size(input: Any, patch_size: Any) -> TensorVariable:
    """Keep the maximum of each patch of an image, and set everything else to zero.

    Parameters
    ----------
    input : tensor_like, shape (..., rows, columns)
    patch_size : pair of int, or of symbolic integers, or symbolic vector
        Size of the patches, which do not overlap, in (rows, columns).

    Returns
    -------
    TensorVariable, shape of `input`
        Where several numbers of a patch equal its maximum, all of them stay. Everything beyond the last
        complete patch is zero.

    Raises
    ------
    ValueError, NotImplementedError
        As `pool_2d`.

    Notes
    -----
    As ``theano.tensor.signal.pool.max_pool_2d_same_size`` of Theano 1.0.
    """
    image = pt.as_tensor_variable(input)
    if is_symbolic(patch_size):
        windows = symbolic_windows(2, patch_size, None, 0)
        maximum = SymbolicPool(2, ignore_border=True)(image, windows)
        return SymbolicMaxPoolGrad(2, ignore_border=True)(image, maximum, maximum, windows)
    pool = Pool(integers("patch_size", patch_size, 2), ignore_border=True)
    maximum = pool(image)
    return pool.sibling(MaxPoolGrad)(image, maximum, maximum)
