"""Theano's ``theano.tensor.nnet.abstract_conv``: convolutions and helpers."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import (
    bilinear_kernel_1D,
    bilinear_kernel_2D,
    bilinear_upsampling,
    causal_conv1d,
    conv2d,
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    conv3d,
    conv3d_grad_wrt_inputs,
    conv3d_grad_wrt_weights,
    get_conv_output_shape,
    get_conv_shape_1axis,
    separable_conv2d,
    separable_conv3d,
)
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights
from lenet.nnet.ops.fused_conv import FusedConv, FusedConvGradInputs, FusedConvGradWeights
from lenet.nnet.ops.static_conv_grad_inputs import StaticConvGradInputs
from lenet.nnet.ops.static_conv_grad_weights import StaticConvGradWeights
from lenet.nnet.ops.symbolic_pool import is_symbolic
from lenet.nnet.ops.unshared import UnsharedConv, UnsharedGradInputs, UnsharedGradWeights
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.recognised import Recognising
from lenet.theano_compat.theano.tensor.nnet.conv_grad_shapes import (
    assert_conv_shape,
    assert_shape,
    check_conv_gradinputs_shape,
    get_conv_gradinputs_shape,
    get_conv_gradweights_shape,
)

__all__ = [
    "AbstractConv",
    "AbstractConv2d",
    "AbstractConv2d_gradInputs",
    "AbstractConv2d_gradWeights",
    "AbstractConv3d",
    "AbstractConv3d_gradInputs",
    "AbstractConv3d_gradWeights",
    "AbstractConv_gradInputs",
    "AbstractConv_gradWeights",
    "BaseAbstractConv",
    "assert_conv_shape",
    "assert_shape",
    "bilinear_kernel_1D",
    "bilinear_kernel_2D",
    "bilinear_upsampling",
    "border_mode_to_pad",
    "causal_conv1d",
    "check_conv_gradinputs_shape",
    "conv2d",
    "conv2d_grad_wrt_inputs",
    "conv2d_grad_wrt_weights",
    "conv3d",
    "conv3d_grad_wrt_inputs",
    "conv3d_grad_wrt_weights",
    "frac_bilinear_upsampling",
    "get_conv_gradinputs_shape",
    "get_conv_gradweights_shape",
    "get_conv_output_shape",
    "get_conv_shape_1axis",
    "imported_scipy_signal",
    "separable_conv2d",
    "separable_conv3d",
]

# SciPy is always there; Theano's convolution in Python needed it.
imported_scipy_signal = True

__getattr__ = forward(__name__, "lenet.nnet")


# What stands for them in graphs, and in compiled functions.
FORWARD = (Conv, FusedConv, UnsharedConv)
OF_INPUTS = (ConvGradInputs, FusedConvGradInputs, StaticConvGradInputs, UnsharedGradInputs)
OF_WEIGHTS = (ConvGradWeights, FusedConvGradWeights, StaticConvGradWeights, UnsharedGradWeights)


class Convolution(metaclass=Recognising):
    """Base class of convolutions: all but the arguments of a call.

    Parameters
    ----------
    imshp, kshp : sequence of int or None, optional
        What is known of the shapes of images and filters.
    **options
        As for `conv2d`; None stands for what it takes if nothing is said.

    Raises
    ------
    ValueError
        If a shape is symbolic, or a length in it.
    """

    function: ClassVar[Callable[..., TensorVariable]]
    operations: ClassVar[tuple[type, ...]] = (*FORWARD, *OF_INPUTS, *OF_WEIGHTS)
    spatial: ClassVar[int] = 2

    def __init__(
        self, imshp: Sequence | None = None, kshp: Sequence | None = None, **options: Any
    ) -> None:
        for name, shape in (("imshp", imshp), ("kshp", kshp)):
            if isinstance(shape, Variable) or is_symbolic(shape):
                raise ValueError(
                    f"{name}={shape}: expected integers, or None where one is not known"
                )
        self.imshp, self.kshp = imshp, kshp
        self.options = {name: value for name, value in options.items() if value is not None}


BaseAbstractConv = Convolution


class AbstractConv(Convolution):
    """Base class of convolutions that are no gradients."""

    operations = FORWARD


class AbstractConv_gradInputs(Convolution):  # noqa: N801
    """Base class of gradients with respect to images."""

    operations = OF_INPUTS


class AbstractConv_gradWeights(Convolution):  # noqa: N801
    """Base class of gradients with respect to filters."""

    operations = OF_WEIGHTS


class AbstractConv2d(AbstractConv):
    """Convolves images with filters; see `Convolution`."""

    operations, axes = FORWARD, 2

    function: ClassVar[Callable[..., TensorVariable]] = staticmethod(conv2d)

    def __call__(self, img: Any, kern: Any) -> TensorVariable:
        """Return the convolution."""
        return self.function(img, kern, self.imshp, self.kshp, **self.options)


class AbstractConv3d(AbstractConv2d):
    """Convolves volumes with filters; see `Convolution`."""

    operations, axes = FORWARD, 3

    function = staticmethod(conv3d)


class AbstractConv2d_gradInputs(AbstractConv_gradInputs):  # noqa: N801
    """The gradient of a convolution with respect to its images; see `Convolution`."""

    operations, axes = OF_INPUTS, 2

    function: ClassVar[Callable[..., TensorVariable]] = staticmethod(conv2d_grad_wrt_inputs)

    def __call__(
        self, kern: Any, topgrad: Any, shape: Any, add_assert_shape: bool = True
    ) -> TensorVariable:
        """Return the gradient, of images whose last axes have the lengths `shape`."""
        sizes = with_sizes(self.imshp, shape, self.spatial)
        return self.function(topgrad, kern, sizes, self.kshp, **self.options)


class AbstractConv3d_gradInputs(AbstractConv2d_gradInputs):  # noqa: N801
    """The gradient of a convolution with respect to its volumes; see `Convolution`."""

    operations, axes = OF_INPUTS, 3

    function = staticmethod(conv3d_grad_wrt_inputs)
    spatial = 3


class AbstractConv2d_gradWeights(AbstractConv_gradWeights):  # noqa: N801
    """The gradient of a convolution with respect to its filters; see `Convolution`."""

    operations, axes = OF_WEIGHTS, 2

    function: ClassVar[Callable[..., TensorVariable]] = staticmethod(conv2d_grad_wrt_weights)

    def __call__(
        self, img: Any, topgrad: Any, shape: Any, add_assert_shape: bool = True
    ) -> TensorVariable:
        """Return the gradient, of filters whose last axes have the lengths `shape`."""
        # Filters that are not shared have the output's sizes, too.
        places = self.spatial if self.options.get("unshared") else 0
        sizes = with_sizes(self.kshp, shape, self.spatial, 2 + places)
        return self.function(img, topgrad, sizes, self.imshp, **self.options)


class AbstractConv3d_gradWeights(AbstractConv2d_gradWeights):  # noqa: N801
    """Gradient of a 3D convolution with respect to its filters; see `Convolution`."""

    operations, axes = OF_WEIGHTS, 3

    function = staticmethod(conv3d_grad_wrt_weights)
    spatial = 3


def with_sizes(known: Sequence | None, sizes: Any, spatial: int, first: int = 2) -> list:
    """Return a partly known shape of `first` axes and those whose lengths are `sizes`."""
    others = [None] * first if known is None else [*known[:-spatial]]
    return others + [sizes[axis] for axis in range(spatial)]


def frac_bilinear_upsampling(input: Any, frac_ratio: Any) -> TensorVariable:
    """Upsampling of images by fractions; see `bilinear_upsampling`."""
    return bilinear_upsampling(input, frac_ratio=frac_ratio)


def border_mode_to_pad(mode: Any, convdim: int, kshp: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return how many zeros are added before and after each axis.

    Parameters
    ----------
    mode : str or tuple
        "valid", "half", "full", or for each axis a number or a pair of them.
    convdim : int
        The number of axes.
    kshp : sequence of int
        Lengths of the filters.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    of_names = {"valid": lambda n: 0, "half": lambda n: n // 2, "full": lambda n: n - 1}
    if isinstance(mode, str) and mode in of_names:
        return tuple((of_names[mode](length),) * 2 for length in kshp[:convdim])
    if isinstance(mode, tuple) and len(mode) == convdim:
        pads = tuple(each if isinstance(each, tuple) else (each, each) for each in mode)
        if all(len(pad) == 2 and min(pad) >= 0 for pad in pads):
            return pads
    raise ValueError(
        f"border_mode {mode!r}, expected valid, half, full or {convdim} numbers or pairs of them"
    )
