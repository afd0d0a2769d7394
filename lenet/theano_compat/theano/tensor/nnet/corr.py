"""Theano's ``theano.tensor.nnet.corr``: correlations of images, and gradients."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import conv2d, conv2d_grad_wrt_inputs, conv2d_grad_wrt_weights
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.recognised import Recognising
from lenet.theano_compat.theano.tensor.nnet.abstract_conv import FORWARD, OF_INPUTS, OF_WEIGHTS
from lenet.theano_compat.theano.tensor.nnet.conv_grad_shapes import (
    get_conv_gradinputs_shape,
    get_conv_gradweights_shape,
)

__all__ = ["CorrMM", "CorrMM_gradInputs", "CorrMM_gradWeights"]

__getattr__ = forward(__name__)


class BaseCorrMM(metaclass=Recognising):
    """Base class of correlations, for which filters are not flipped.

    Parameters
    ----------
    border_mode, subsample, filter_dilation, num_groups, unshared
        As for `theano.tensor.nnet.conv2d`.
    openmp
        Makes no difference.
    """

    function: ClassVar[Callable[..., TensorVariable]]
    operations: ClassVar[tuple[type, ...]] = (*FORWARD, *OF_INPUTS, *OF_WEIGHTS)
    spatial: ClassVar[int] = 2

    def __init__(
        self,
        border_mode: Any = "valid",
        subsample: Sequence[int] | None = None,
        filter_dilation: Sequence[int] | None = None,
        num_groups: int = 1,
        unshared: bool = False,
        openmp: Any = None,
    ) -> None:
        ones = (1,) * self.spatial
        self.border_mode, self.num_groups, self.unshared = border_mode, num_groups, unshared
        self.subsample = ones if subsample is None else tuple(subsample)
        self.filter_dilation = ones if filter_dilation is None else tuple(filter_dilation)

    def options(self) -> dict[str, Any]:
        """Return the arguments of the function of `lenet.nnet`."""
        options = {
            "border_mode": self.border_mode,
            "subsample": self.subsample,
            "filter_flip": False,
            "filter_dilation": self.filter_dilation,
            "num_groups": self.num_groups,
        }
        return options | ({"unshared": True} if self.unshared else {})

    def sizes(self, shape: Any, computed: Sequence) -> list:
        """Return the last sizes of a gradient: those given, or those that follow.

        Raises
        ------
        ValueError
            If there is no `shape`, and several are possible.
        """
        if shape is not None:
            return [shape[axis] for axis in range(self.spatial)]
        if any(size is None for size in computed[-self.spatial :]):
            raise ValueError(
                f"{type(self).__name__}: shape must be given for subsample={self.subsample} and "
                f"border_mode={self.border_mode!r}"
            )
        return list(computed[-self.spatial :])


class CorrMM(BaseCorrMM):
    """Correlates images with filters; see `BaseCorrMM`."""

    operations, axes = FORWARD, 2

    function: ClassVar[Callable[..., TensorVariable]] = staticmethod(conv2d)

    def __call__(self, img: Any, kern: Any) -> TensorVariable:
        """Return the correlation."""
        return self.function(img, kern, **self.options())


class CorrMM_gradWeights(BaseCorrMM):  # noqa: N801
    """The gradient of a correlation with respect to its filters; see `BaseCorrMM`."""

    operations, axes = OF_WEIGHTS, 2

    function: ClassVar[Callable[..., TensorVariable]] = staticmethod(conv2d_grad_wrt_weights)

    def __call__(self, img: Any, topgrad: Any, shape: Any = None) -> TensorVariable:
        """Return the gradient, of filters whose last axes have the lengths `shape`."""
        img, topgrad = pt.as_tensor_variable(img), pt.as_tensor_variable(topgrad)
        computed = get_conv_gradweights_shape(
            [img.shape[axis] for axis in range(img.type.ndim)],
            [topgrad.shape[axis] for axis in range(topgrad.type.ndim)],
            self.border_mode,
            self.subsample,
            self.filter_dilation,
        )
        others = [None] * (2 + self.spatial * self.unshared)
        return self.function(img, topgrad, others + self.sizes(shape, computed), **self.options())


class CorrMM_gradInputs(BaseCorrMM):  # noqa: N801
    """The gradient of a correlation with respect to its images; see `BaseCorrMM`."""

    operations, axes = OF_INPUTS, 2

    function: ClassVar[Callable[..., TensorVariable]] = staticmethod(conv2d_grad_wrt_inputs)

    def __call__(self, kern: Any, topgrad: Any, shape: Any = None) -> TensorVariable:
        """Return the gradient, of images whose last axes have the lengths `shape`."""
        kern, topgrad = pt.as_tensor_variable(kern), pt.as_tensor_variable(topgrad)
        computed = get_conv_gradinputs_shape(
            [kern.shape[axis] for axis in range(kern.type.ndim)],
            [topgrad.shape[axis] for axis in range(topgrad.type.ndim)],
            self.border_mode,
            self.subsample,
            self.filter_dilation,
        )
        return self.function(
            topgrad, kern, [None, None, *self.sizes(shape, computed)], **self.options()
        )
