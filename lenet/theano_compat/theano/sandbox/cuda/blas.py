"""Theano's ``theano.sandbox.cuda.blas``: correlations, computed on the CPU."""

from lenet.theano_compat.gpu_names import gpu_names
from lenet.theano_compat.theano.tensor.nnet.corr import CorrMM as GpuCorrMM
from lenet.theano_compat.theano.tensor.nnet.corr import CorrMM_gradInputs as GpuCorrMM_gradInputs
from lenet.theano_compat.theano.tensor.nnet.corr import CorrMM_gradWeights as GpuCorrMM_gradWeights
from lenet.theano_compat.theano.tensor.nnet.corr3d import Corr3dMM as GpuCorr3dMM
from lenet.theano_compat.theano.tensor.nnet.corr3d import (
    Corr3dMM_gradInputs as GpuCorr3dMM_gradInputs,
)
from lenet.theano_compat.theano.tensor.nnet.corr3d import (
    Corr3dMM_gradWeights as GpuCorr3dMM_gradWeights,
)

__all__ = [
    "GpuCorr3dMM",
    "GpuCorr3dMM_gradInputs",
    "GpuCorr3dMM_gradWeights",
    "GpuCorrMM",
    "GpuCorrMM_gradInputs",
    "GpuCorrMM_gradWeights",
]

__getattr__ = gpu_names(__name__)
