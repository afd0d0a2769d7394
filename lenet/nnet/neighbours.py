"""Windows of images as rows of a matrix, as in ``theano.tensor.nnet.neighbours``."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.geometry import integers
from lenet.nnet.ops.neighbours import Neighbours, SumOfNeighbours

MODES = ("valid", "half", "full", "ignore_borders", "wrap_centered")


def images2neibs(
    ten4: Any, neib_shape: Any, neib_step: Any = None, mode: str = "valid"
) -> TensorVariable:
    """Return the windows of images as rows of a matrix.

    Parameters
    ----------
    ten4 : tensor_like, shape (batch, channels, rows, columns)
    neib_shape : pair of int
        Size of the windows in (rows, columns).
    neib_step : pair of int, optional
        Step from one window to the next; by default the size of the window.
    mode : {'valid', 'ignore_borders', 'half', 'full', 'wrap_centered'}
        Windows lie inside the image and must cover it completely (valid) or need not
        (ignore_borders). Half and full are valid windows of an image padded with zeros, by half the
        window or by one less than the window on each side. With wrap_centered, windows are centred on
        every step-th pixel and continue at the opposite border.

    Returns
    -------
    TensorVariable, shape (batch * channels * windows down * windows across, window rows * columns)
        One row for each window, in the order of the axes.

    Raises
    ------
    ValueError
        For an argument out of its range or images that do not fit; when the graph runs, if their sizes
        are not known before.
    NotImplementedError
        For a window or a step that is not known before the graph runs, and for another mode.
    TypeError
        If `ten4` does not have four axes.

    Notes
    -----
    As in Theano 1.0, but with a gradient in every mode and for any step.
    """
    images = pt.as_tensor_variable(ten4)
    if images.type.ndim != 4:
        raise TypeError(f"ten4 has {images.type.ndim} axes, expected 4")
    if mode not in MODES:
        raise NotImplementedError(f"invalid mode {mode!r}: expected one of {', '.join(MODES)}")
    window = integers("neib_shape", neib_shape, 2)
    step = window if neib_step is None else integers("neib_step", neib_step, 2)
    widths = {"half": [n // 2 for n in window], "full": [n - 1 for n in window]}.get(mode, [0, 0])
    if mode == "wrap_centered":
        if any(n % 2 == 0 for n in window):
            raise ValueError(f"invalid neib_shape {window}: wrap_centered needs odd numbers")
        images = wrapped(images, window)
    whole = mode not in ("ignore_borders", "wrap_centered")
    return Neighbours(window, step, tuple((width, width) for width in widths), whole)(images)


def neibs2images(
    neibs: Any, neib_shape: Any, original_shape: Sequence, mode: str = "valid"
) -> TensorVariable:
    """Assemble images from windows that do not overlap: inverse of `images2neibs`.

    Parameters
    ----------
    neibs : tensor_like, shape (windows, window rows * columns)
        A result of `images2neibs` without `neib_step`.
    neib_shape : pair of int
        Size of the windows in (rows, columns).
    original_shape : sequence of four int or symbolic integers, or symbolic vector
        Shape of the images.
    mode : {'valid', 'ignore_borders'}
        That of `images2neibs`; ignored borders become zero.

    Returns
    -------
    TensorVariable, shape `original_shape`

    Raises
    ------
    ValueError
        For shapes that do not fit; when the graph runs, if they are not known before.
    NotImplementedError
        For another mode, and for a window that is not known before the graph runs.

    Notes
    -----
    As in Theano 1.0. In JAX, sizes must be numbers or those of arrays.
    """
    if mode not in ("valid", "ignore_borders"):
        raise NotImplementedError(f"invalid mode {mode!r}: expected 'valid' or 'ignore_borders'")
    window = integers("neib_shape", neib_shape, 2)
    if not isinstance(original_shape, Variable) and len(original_shape) != 4:
        raise ValueError(f"invalid original_shape {original_shape}: expected 4 sizes")
    sizes = [original_shape[axis] for axis in range(4)]
    return SumOfNeighbours(window, window, ((0, 0), (0, 0)), mode == "valid")(neibs, *sizes)


def wrapped(images: TensorVariable, window: Sequence[int]) -> TensorVariable:
    """Pad images periodically, by half the window on every side."""
    for axis, n in zip((2, 3), window, strict=True):
        half, before = n // 2, (slice(None),) * axis
        if half:
            last, first = (
                images[(*before, slice(-half, None))],
                images[(*before, slice(None, half))],
            )
            images = pt.concatenate([last, images, first], axis=axis)
    return images
