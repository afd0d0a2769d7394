"""Theano's ``theano.sandbox.cuda.fftconv``: convolutions, without an FFT."""

from collections.abc import Sequence
from typing import Any

from pytensor.tensor.variable import TensorVariable

from lenet import nnet
from lenet.theano_compat.gpu_names import gpu_names

__all__ = ["conv2d_fft", "conv3d_fft"]

__getattr__ = gpu_names(__name__)


def conv2d_fft(
    input: Any,
    filters: Any,
    image_shape: Sequence | None = None,
    filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    pad_last_dim: bool = False,
) -> TensorVariable:
    """Convolve images with filters; `pad_last_dim` makes no difference."""
    return nnet.conv2d(input, filters, image_shape, filter_shape, border_mode)


def conv3d_fft(
    input: Any,
    filters: Any,
    image_shape: Sequence | None = None,
    filter_shape: Sequence | None = None,
    border_mode: Any = "valid",
    pad_last_dim: bool = False,
) -> TensorVariable:
    """Convolve volumes with filters; `pad_last_dim` makes no difference."""
    return nnet.conv3d(input, filters, image_shape, filter_shape, border_mode)
