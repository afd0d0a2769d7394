"""Theano's ``theano.sandbox.cuda.dnn``: what cuDNN computed, computed on the CPU.

`dnn_available` says no, so that programs with a choice take it; those without one run all the same.
Algorithms, precisions and other hints for a GPU make no difference.
"""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet import nnet
from lenet.theano_compat.gpu_names import NO_GPU, gpu_names
from lenet.theano_compat.theano.sandbox.cuda.spatial_transformer import dnn_spatialtf

__all__ = [
    "GpuDnnConv",
    "GpuDnnConv3d",
    "GpuDnnConv3dGradI",
    "GpuDnnConv3dGradW",
    "GpuDnnConvDesc",
    "GpuDnnConvGradI",
    "GpuDnnConvGradW",
    "GpuDnnSoftmax",
    "dnn_available",
    "dnn_batch_normalization_test",
    "dnn_batch_normalization_train",
    "dnn_conv",
    "dnn_conv3d",
    "dnn_gradinput",
    "dnn_gradinput3d",
    "dnn_gradweight",
    "dnn_gradweight3d",
    "dnn_pool",
    "dnn_spatialtf",
    "version",
]

__getattr__ = gpu_names(__name__)


def dnn_available(context_name: Any = None) -> bool:
    """Return False."""
    return False


dnn_available.avail = False  # type: ignore[attr-defined]
dnn_available.msg = NO_GPU  # type: ignore[attr-defined]


def version() -> int:
    """Return no version."""
    raise RuntimeError(f"cuDNN has no version here: {NO_GPU}")


def conv_keywords(
    border_mode: Any = "valid",
    subsample: Any = 1,
    dilation: Any = 1,
    conv_mode: str = "conv",
    num_groups: int = 1,
    **hints: Any,
) -> dict[str, Any]:
    """Return cuDNN's options of a convolution as those of `lenet.nnet.conv2d`.

    Raises
    ------
    ValueError
        If `conv_mode` is neither "conv" nor "cross", a correlation.
    """
    if conv_mode not in ("conv", "cross"):
        raise ValueError(f"conv_mode is {conv_mode!r}, expected 'conv' or 'cross'")
    return {
        "border_mode": border_mode,
        "subsample": subsample,
        "filter_dilation": dilation,
        "filter_flip": conv_mode == "conv",
        "num_groups": num_groups,
    }


def dnn_conv(
    img: Any, kerns: Any, border_mode: Any = "valid", subsample: Any = 1, **options: Any
) -> TensorVariable:
    """Convolve images, or volumes, with filters; see `conv_keywords` for the options."""
    img = pt.as_tensor_variable(img)
    convolve = nnet.conv2d if img.type.ndim == 4 else nnet.conv3d
    return convolve(img, kerns, **conv_keywords(border_mode, subsample, **options))


def dnn_gradweight(
    img: Any,
    topgrad: Any,
    kerns_shp: Sequence,
    border_mode: Any = "valid",
    subsample: Any = 1,
    **options: Any,
) -> TensorVariable:
    """Return the gradient of `dnn_conv` with respect to filters of shape `kerns_shp`."""
    img = pt.as_tensor_variable(img)
    two = img.type.ndim == 4
    gradient = nnet.conv2d_grad_wrt_weights if two else nnet.conv3d_grad_wrt_weights
    options = conv_keywords(border_mode, subsample, **options)
    return gradient(img, topgrad, sizes(kerns_shp, img.type.ndim), **options)


def dnn_gradinput(
    kerns: Any,
    topgrad: Any,
    img_shp: Sequence,
    border_mode: Any = "valid",
    subsample: Any = 1,
    **options: Any,
) -> TensorVariable:
    """Return the gradient of `dnn_conv` with respect to images of the shape `img_shp`."""
    topgrad = pt.as_tensor_variable(topgrad)
    two = topgrad.type.ndim == 4
    gradient = nnet.conv2d_grad_wrt_inputs if two else nnet.conv3d_grad_wrt_inputs
    options = conv_keywords(border_mode, subsample, **options)
    return gradient(topgrad, kerns, sizes(img_shp, topgrad.type.ndim), **options)


def sizes(shape: Any, ndim: int) -> list:
    """Return the lengths of the axes of a shape, which may be a variable itself."""
    return [shape[axis] for axis in range(ndim)]


dnn_conv3d, dnn_gradweight3d, dnn_gradinput3d = dnn_conv, dnn_gradweight, dnn_gradinput


class GpuDnnConvDesc:
    """Description of a convolution: border mode, strides and other options.

    Calling it, with the shapes of images and filters, gives itself.

    Parameters
    ----------
    border_mode, subsample, **options
        See `conv_keywords`.
    """

    def __init__(self, border_mode: Any = "valid", subsample: Any = 1, **options: Any) -> None:
        self.options = {"border_mode": border_mode, "subsample": subsample, **options}

    def __call__(self, *shapes: Any) -> "GpuDnnConvDesc":
        """Return the description itself."""
        return self


class GpuDnnConv:
    """Convolves as a description says: ``alpha * convolution + beta * output``."""

    def __init__(self, *hints: Any, num_groups: int = 1, **more_hints: Any) -> None:
        self.num_groups = num_groups

    def __call__(
        self, first: Any, second: Any, output: Any, desc: GpuDnnConvDesc,
        alpha: Any = None, beta: Any = None,
    ) -> TensorVariable:  # fmt: skip
        """Return the result, of the shape of `output`."""
        described = {**desc.options, "num_groups": self.num_groups}
        result = self.compute(first, second, output, described)
        if alpha is not None:
            result = pt.cast(alpha, result.dtype) * result
        return result if beta is None else result + pt.cast(beta, result.dtype) * output

    def compute(self, first: Any, second: Any, output: Any, described: dict) -> TensorVariable:
        """Return the convolution of images, `first`, with filters, `second`."""
        return dnn_conv(first, second, **described)


class GpuDnnConvGradW(GpuDnnConv):
    """The gradient with respect to filters, from images and the output's gradient."""

    def compute(self, first: Any, second: Any, output: Any, described: dict) -> TensorVariable:
        """Return the gradient, of the shape of `output`."""
        return dnn_gradweight(first, second, output.shape, **described)


class GpuDnnConvGradI(GpuDnnConv):
    """The gradient with respect to images, from filters and the output's gradient."""

    def compute(self, first: Any, second: Any, output: Any, described: dict) -> TensorVariable:
        """Return the gradient, of the shape of `output`."""
        return dnn_gradinput(first, second, output.shape, **described)


GpuDnnConv3d, GpuDnnConv3dGradW, GpuDnnConv3dGradI = GpuDnnConv, GpuDnnConvGradW, GpuDnnConvGradI


def dnn_pool(
    img: Any, ws: Sequence, stride: Any = None, mode: str = "max", pad: Any = None
) -> TensorVariable:
    """Pool images, or volumes.

    Windows that stick out of the padded image are left out.
    """
    pool = nnet.pool_2d if len(ws) == 2 else nnet.pool_3d
    mode = "average_inc_pad" if mode == "average" else mode
    stride = (1,) * len(ws) if stride is None else stride
    return pool(img, ws, True, stride, (0,) * len(ws) if pad is None else pad, mode)


class GpuDnnSoftmax:
    """Softmax over a whole sample ("instance") or over its channels ("channel").

    That over channels is computed position by position.

    Parameters
    ----------
    *format_algo_mode : str
        The last is the mode, "instance" or "channel".
    """

    def __init__(self, *format_algo_mode: str) -> None:
        self.mode = format_algo_mode[-1]

    def __call__(self, x: Any) -> TensorVariable:
        """Return the softmax."""
        x = pt.as_tensor_variable(x)
        return pt.special.softmax(x, axis=1 if self.mode == "channel" else tuple(range(1, x.ndim)))


def dnn_batch_normalization_train(
    inputs: Any,
    gamma: Any,
    beta: Any,
    mode: str = "per-activation",
    *arguments: Any,
    **keywords: Any,
) -> tuple[TensorVariable, ...]:
    """Batch normalisation by a batch's own mean and variance, for training.

    See `lenet.nnet.batch_normalization_train`.
    """
    return nnet.batch_normalization_train(inputs, gamma, beta, mode, *arguments, **keywords)


def dnn_batch_normalization_test(
    inputs: Any,
    gamma: Any,
    beta: Any,
    mean: Any,
    var: Any,
    mode: str = "per-activation",
    epsilon: float = 1e-4,
) -> TensorVariable:
    """Batch normalisation by a given mean and variance, for testing.

    See `lenet.nnet.batch_normalization_test`.
    """
    return nnet.batch_normalization_test(inputs, gamma, beta, mean, var, mode, epsilon)
