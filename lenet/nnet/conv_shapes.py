"""Output shapes of convolutions, as in ``theano.tensor.nnet.abstract_conv``."""

from collections.abc import Sequence
from typing import Any

from lenet.nnet.geometry import conv_output_shape, normalise_border_mode


def get_conv_shape_1axis(
    image_shape: Any, kernel_shape: Any, border_mode: Any, subsample: Any, dilation: Any = 1
) -> Any:
    """Output size of a convolution along one axis.

    Parameters
    ----------
    image_shape, kernel_shape : int, symbolic integer or None
        Sizes along this axis.
    border_mode : {'valid', 'full', 'half'}, int or pair of int
        See `conv2d`; a pair is the padding before and after the image.
    subsample, dilation : int or None

    Returns
    -------
    int, symbolic integer or None
        None where one of the arguments is.

    Raises
    ------
    ValueError
        For anything that is not a border mode.
    """
    if any(size is None for size in (image_shape, kernel_shape, border_mode, subsample, dilation)):
        return None
    pads = normalise_border_mode(
        border_mode if isinstance(border_mode, str) else (border_mode,), spatial=1
    )
    (size,) = conv_output_shape([image_shape], [kernel_shape], pads, [subsample], [dilation])
    return size


def get_conv_output_shape(
    image_shape: Sequence,
    kernel_shape: Sequence,
    border_mode: Any,
    subsample: Sequence,
    filter_dilation: Sequence | None = None,
) -> tuple:
    """Output shape of a convolution.

    Parameters
    ----------
    image_shape : sequence of int, symbolic integer or None
        (batch, channels, rows, columns), or with depth before the rows.
    kernel_shape : sequence of int, symbolic integer or None
        Of the filters of `conv2d` or `conv3d`; those of an unshared convolution have more axes.
    border_mode, subsample, filter_dilation
        See `conv2d`; the dilation is 1 if it is not given.

    Returns
    -------
    tuple
        (batch, maps, output rows, output columns), None where a size is not known.

    Raises
    ------
    ValueError
        For anything that is not a border mode.
    """
    spatial = len(subsample)
    modes = border_mode if isinstance(border_mode, tuple | list) else [border_mode] * spatial
    output = map(
        get_conv_shape_1axis,
        image_shape[2:],
        kernel_shape[-spatial:],
        modes,
        subsample,
        [1] * spatial if filter_dilation is None else filter_dilation,
    )
    return (image_shape[0], kernel_shape[0], *output)
