"""Theano's ``theano.gpuarray.type``: pickled GPU arrays become NumPy arrays."""

from typing import Any

import numpy as np

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.sandbox.cuda import NO_GPU
from lenet.theano_compat.theano.sandbox.cuda.type import CudaNdarrayType as GpuArrayType
from lenet.theano_compat.theano.sandbox.cuda.var import (
    CudaNdarraySharedVariable as GpuArraySharedVariable,
)

__all__ = ["GpuArraySharedVariable", "GpuArrayType", "GpuArray_unpickler"]

__getattr__ = forward(__name__, missing={"get_context": NO_GPU})


def GpuArray_unpickler(npa: Any, ctx_name: Any = None) -> np.ndarray:
    """Return what a pickled array of the GPU held."""
    return np.asarray(npa)
