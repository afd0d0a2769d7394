"""Theano's ``theano.tensor.nnet.bn``: batch normalisation."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import batch_normalization, batch_normalization_test, batch_normalization_train
from lenet.theano_compat.forwarding import forward

__all__ = [
    "AbstractBatchNormInference",
    "AbstractBatchNormTrain",
    "AbstractBatchNormTrainGrad",
    "batch_normalization",
    "batch_normalization_test",
    "batch_normalization_train",
]

__getattr__ = forward(__name__)


class AbstractBatchNorm:
    """Base class of batch normalisation and its gradient.

    Parameters
    ----------
    axes : sequence of int
        Those of which mean and variance are taken.
    """

    def __init__(self, axes: Sequence[int] = (0,)) -> None:
        self.axes = tuple(axes)


class AbstractBatchNormTrain(AbstractBatchNorm):
    """Normalises by mean and variance of a batch; see `AbstractBatchNorm`."""

    def __call__(
        self,
        x: Any,
        scale: Any,
        bias: Any,
        epsilon: Any = 1e-4,
        running_average_factor: Any = 0.1,
        running_mean: Any = None,
        running_var: Any = None,
    ) -> list[TensorVariable]:
        """Return what `batch_normalization_train` does."""
        results = batch_normalization_train(
            x, scale, bias, self.axes, epsilon, running_average_factor, running_mean, running_var
        )
        return list(results)


class AbstractBatchNormInference(AbstractBatchNorm):
    """Normalises by a given mean and variance; see `AbstractBatchNorm`."""

    def __call__(
        self,
        x: Any,
        scale: Any,
        bias: Any,
        estimated_mean: Any,
        estimated_variance: Any,
        epsilon: Any = 1e-4,
    ) -> TensorVariable:
        """Return what `batch_normalization_test` does."""
        return batch_normalization_test(
            x, scale, bias, estimated_mean, estimated_variance, self.axes, epsilon
        )


class AbstractBatchNormTrainGrad(AbstractBatchNorm):
    """The gradients of `AbstractBatchNormTrain`; see `AbstractBatchNorm`."""

    def __call__(
        self, x: Any, dy: Any, scale: Any, x_mean: Any, x_invstd: Any, epsilon: Any = 1e-4
    ) -> list[TensorVariable]:
        """Return the gradients with respect to the inputs, the scale and the bias.

        Parameters
        ----------
        x, dy : tensor_like
            Inputs, and the gradient with respect to what was made of them.
        scale, x_mean, x_invstd : tensor_like
            With axes of length 1 where those of the inputs are averaged.
        epsilon
            Makes no difference: `x_invstd` has it.
        """
        x, dy, scale, mean, invstd = map(pt.as_tensor_variable, (x, dy, scale, x_mean, x_invstd))
        normalised = (x - mean) * invstd
        bias_slope = dy.sum(self.axes, keepdims=True)
        scale_slope = (dy * normalised).sum(self.axes, keepdims=True)
        means = [(each).mean(self.axes, keepdims=True) for each in (dy, dy * normalised)]
        slope = scale * invstd * (dy - means[0] - normalised * means[1])
        return [slope, scale_slope, bias_slope]
