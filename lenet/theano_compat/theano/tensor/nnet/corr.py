"""Theano's ``theano.tensor.nnet.corr``: convolutions as products of matrices."""

from collections.abc import Sequence
from typing import Any

from pytensor.tensor.variable import TensorVariable

from lenet.nnet import conv2d
from lenet.theano_compat.forwarding import forward

__all__ = ["CorrMM"]

__getattr__ = forward(
    __name__,
    missing={
        "CorrMM_gradInputs": "use theano.tensor.nnet.abstract_conv.conv2d_grad_wrt_inputs",
        "CorrMM_gradWeights": "use theano.tensor.nnet.abstract_conv.conv2d_grad_wrt_weights",
    },
)


class CorrMM:
    """Correlates images with filters.

    Parameters
    ----------
    border_mode, subsample, filter_dilation, num_groups, unshared
        As for `theano.tensor.nnet.conv2d`.
    """

    def __init__(
        self,
        border_mode: Any = "valid",
        subsample: Sequence[int] = (1, 1),
        filter_dilation: Sequence[int] = (1, 1),
        num_groups: int = 1,
        unshared: bool = False,
    ) -> None:
        self.options = {
            "border_mode": border_mode,
            "subsample": subsample,
            "filter_dilation": filter_dilation,
            "num_groups": num_groups,
            "unshared": unshared,
        }

    def __call__(self, img: Any, kern: Any) -> TensorVariable:
        """Return the correlation, for which filters are not flipped."""
        return conv2d(img, kern, filter_flip=False, **self.options)
