"""Theano's ``theano.tensor.nnet.corr3d``: correlations of volumes, and gradients."""

from lenet.nnet import conv3d, conv3d_grad_wrt_inputs, conv3d_grad_wrt_weights
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.tensor.nnet.abstract_conv import FORWARD, OF_INPUTS, OF_WEIGHTS
from lenet.theano_compat.theano.tensor.nnet.corr import (
    BaseCorrMM,
    CorrMM,
    CorrMM_gradInputs,
    CorrMM_gradWeights,
)

__all__ = ["BaseCorr3dMM", "Corr3dMM", "Corr3dMM_gradInputs", "Corr3dMM_gradWeights"]

__getattr__ = forward(__name__)


class BaseCorr3dMM(BaseCorrMM):
    """Base class of correlations of volumes."""

    operations, axes = BaseCorrMM.operations, 3


class Corr3dMM(CorrMM, BaseCorr3dMM):
    """Correlates volumes with filters; see `theano.tensor.nnet.corr.BaseCorrMM`."""

    operations, axes = FORWARD, 3
    function = staticmethod(conv3d)
    spatial = 3


class Corr3dMM_gradWeights(CorrMM_gradWeights, BaseCorr3dMM):  # noqa: N801
    """The gradient of a 3D correlation with respect to its filters."""

    operations, axes = OF_WEIGHTS, 3
    function = staticmethod(conv3d_grad_wrt_weights)
    spatial = 3


class Corr3dMM_gradInputs(CorrMM_gradInputs, BaseCorr3dMM):  # noqa: N801
    """The gradient of a 3D correlation with respect to its volumes."""

    operations, axes = OF_INPUTS, 3
    function = staticmethod(conv3d_grad_wrt_inputs)
    spatial = 3
