"""Shape functions and normalised arguments of convolution and pooling."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Constant, Variable
from pytensor.tensor.basic import get_underlying_scalar_constant_value
from pytensor.tensor.exceptions import NotScalarConstantError
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.ops.expected_shape import Declarations, ExpectedShape

Pads = tuple[tuple[int, int], ...]
BORDER_MODES = (
    "'valid', 'full', 'half', an integer, a tuple of integers or a tuple of (low, high) pairs"
)


def normalise_border_mode(border_mode: Any, spatial: int) -> str | Pads:
    """Return a border mode as ``'half'``, ``'full'`` or (low, high) pairs of padding.

    There is one pair for each spatial axis. ``'half'`` and ``'full'`` remain names, because their padding
    depends on the filters.

    Raises
    ------
    ValueError
        For anything that is not a border mode of Theano's ``conv2d``.
    """
    if isinstance(border_mode, str) and border_mode in ("half", "full"):
        return border_mode
    if isinstance(border_mode, str) and border_mode == "valid":
        border_mode = 0
    entries = list(border_mode) if np.iterable(border_mode) else [border_mode] * spatial
    try:
        pairs = [e if np.iterable(e) else (e, e) for e in entries]
        pads = tuple((int(low), int(high)) for low, high in pairs)
        exact = all(low == int(low) and high == int(high) for low, high in pairs)
    except (TypeError, ValueError):
        exact = False
    if not exact or len(pads) != spatial or min(min(pair) for pair in pads) < 0:
        raise ValueError(
            f"invalid border_mode {border_mode!r}: expected {BORDER_MODES}, none of them negative"
        )
    return pads


def known(name: str, value: Any) -> Any:
    """Return `value`, or the number in a symbolic constant."""
    if isinstance(value, Constant):
        return value.data
    if isinstance(value, Variable):
        raise NotImplementedError(
            f"{name}={value} is symbolic: expected integers that are known before the graph runs"
        )
    return value


def integers(name: str, value: Any, count: int, least: int = 1) -> tuple[int, ...]:
    """Return `value` as `count` integers; a single integer stands for all of them.

    Raises
    ------
    ValueError
        If there are more or fewer, or one is below `least`.
    NotImplementedError
        If the value is symbolic and not a constant.
    """
    value = known(name, value)
    entries = tuple(known(name, v) for v in value) if np.iterable(value) else (value,) * count
    try:
        exact = all(e == int(e) and e >= least for e in entries)
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact or len(entries) != count:
        raise ValueError(f"invalid {name} {value!r}: expected {count} integers of at least {least}")
    return tuple(int(e) for e in entries)


def resolve_pads(border_mode: str | Pads, kernel: Sequence, dilation: Sequence[int]) -> tuple:
    """Return the (low, high) padding of each spatial axis; `kernel` may be symbolic."""
    if not isinstance(border_mode, str):
        return border_mode
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    widths = [span // 2 if border_mode == "half" else span - 1 for span in spans]
    return tuple((width, width) for width in widths)


def conv_output_shape(
    image: Sequence,
    kernel: Sequence,
    border_mode: str | Pads,
    subsample: Sequence[int],
    filter_dilation: Sequence[int],
) -> tuple:
    """Spatial output shape of a convolution.

    Parameters
    ----------
    image, kernel : sequence of int, None or symbolic integer
        Spatial sizes; None where a size is not known.
    border_mode, subsample, filter_dilation
        As normalised by `Conv`.

    Returns
    -------
    tuple
        One size for each axis, None where it cannot be known.
    """
    # Only a named border mode depends on the filters, and on each axis separately.
    pads = border_mode
    if isinstance(pads, str):
        pads = tuple(
            (0, 0) if k is None else resolve_pads(border_mode, [k], [d])[0]
            for k, d in zip(kernel, filter_dilation, strict=True)
        )

    def size(n: Any, k: Any, pad: tuple, step: int, dilation: int) -> Any:
        if n is None or k is None:
            return None
        return (n + sum(pad) - ((k - 1) * dilation + 1)) // step + 1

    return tuple(map(size, image, kernel, pads, subsample, filter_dilation))


def pool_output_shape(
    image: Sequence,
    ws: Sequence[int],
    ignore_border: bool,
    stride: Sequence[int],
    pad: Sequence[int],
) -> tuple:
    """Spatial output shape of pooling.

    Parameters
    ----------
    image : sequence of int, None or symbolic integer
        Spatial sizes; None where a size is not known.
    ws, ignore_border, stride, pad
        As normalised by `PoolOp`.

    Returns
    -------
    tuple
        One size for each axis, None where it cannot be known. It is below one for an image that is
        smaller than the window.

    Notes
    -----
    Without `ignore_border`, Theano's rule is that every window starts inside the image, and that
    where windows overlap (stride < ws) only the first one to reach the border is cut by it.
    """

    def size(n: Any, window: int, step: int, padding: int) -> Any:
        if n is None:
            return None
        if ignore_border:
            return (n + 2 * padding - window) // step + 1
        if step >= window:
            return (n - 1) // step + 1
        beyond = (n - 1 - window + step) // step
        return (pt.maximum(beyond, 0) if isinstance(beyond, TensorVariable) else max(beyond, 0)) + 1

    return tuple(map(size, image, ws, stride, pad))


def as_size(size: Any) -> TensorVariable:
    """Return a size as an int64 scalar."""
    size = pt.as_tensor_variable(size)
    if size.type.ndim or "int" not in size.type.dtype:
        raise TypeError(f"invalid size {size}: expected one integer, got {size.type}")
    if isinstance(size, Constant):  # a cast would hide its value from `static_size`
        return pt.constant(size.data, dtype="int64")
    return size.astype("int64")


def static_size(size: TensorVariable) -> int | None:
    """Return the value of a size known before the graph runs, else None."""
    value = get_underlying_scalar_constant_value(size, raise_not_constant=False)
    return None if isinstance(value, Variable) else int(value)


def spatial_shape(tensor: TensorVariable, first: int = 2) -> list:
    """Return the sizes of the axes from `first` on: integers if known, else symbolic."""
    known = tensor.type.shape
    return [
        tensor.shape[axis] if known[axis] is None else known[axis]
        for axis in range(first, tensor.type.ndim)
    ]


def with_shape(tensor: TensorVariable, shape: Sequence | None) -> TensorVariable:
    """Declare the shape of `tensor`; a conflict is an error when the graph runs.

    Unless `Declarations` says that shapes may be wrong: then they only decide what is compiled first.

    Raises
    ------
    ValueError
        If the shape has another number of axes.
    NotScalarConstantError
        If a length is symbolic, as in Theano.
    """
    if shape is None:
        return tensor
    if isinstance(shape, Constant):
        shape = shape.data.tolist()
    if len(shape) != tensor.type.ndim:
        raise ValueError(
            f"shape {tuple(shape)} given for {tensor}, which has {tensor.type.ndim} axes"
        )
    known = tuple(s.data if isinstance(s, Constant) else s for s in shape)
    if symbolic := [s for s in known if isinstance(s, Variable)]:
        raise NotScalarConstantError(
            f"shape {tuple(shape)} given for {tensor}: the length {symbolic[0]} is not known before the graph "
            "runs, expected an integer or None"
        )
    sizes = tuple(None if s is None else int(s) for s in known)
    if Declarations.may_be_wrong():
        return ExpectedShape(sizes)(tensor)
    return pt.specify_shape(tensor, sizes)


def warn_deprecated(old: str, new: str, stacklevel: int = 3) -> None:
    """Warn, on the line of the user's call, that an argument has a new name."""
    warnings.warn(f"{old} is deprecated, use {new}", DeprecationWarning, stacklevel=stacklevel)
