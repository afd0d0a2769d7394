"""Theano's ``theano.sandbox.cuda.fftconv``: convolutions, without an FFT."""

from collections.abc import Callable, Sequence
from typing import Any

from pytensor.tensor.variable import TensorVariable

from lenet import nnet
from lenet.theano_compat.gpu_names import gpu_names

__all__ = ["conv2d_fft", "conv3d_fft"]

__getattr__ = gpu_names(__name__)


def without_fft(convolve: Callable[..., TensorVariable]) -> Callable[..., TensorVariable]:
    """Return a convolution with Theano's arguments; `pad_last_dim` does nothing."""

    def convolved(
        input: Any,
        filters: Any,
        image_shape: Sequence | None = None,
        filter_shape: Sequence | None = None,
        border_mode: Any = "valid",
        pad_last_dim: bool = False,
    ) -> TensorVariable:
        return convolve(input, filters, image_shape, filter_shape, border_mode)

    return convolved


conv2d_fft, conv3d_fft = without_fft(nnet.conv2d), without_fft(nnet.conv3d)
