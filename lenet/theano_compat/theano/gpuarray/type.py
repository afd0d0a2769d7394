"""Theano's ``theano.gpuarray.type``: pickled GPU arrays become NumPy arrays."""

from typing import Any

import numpy as np
from pytensor.link.c.type import generic as gpu_context_type

from lenet.theano_compat.gpu_names import gpu_names
from lenet.theano_compat.theano.sandbox.cuda.type import CudaNdarrayType as GpuArrayType
from lenet.theano_compat.theano.sandbox.cuda.var import (
    CudaNdarraySharedVariable as GpuArraySharedVariable,
)

__all__ = ["GpuArraySharedVariable", "GpuArrayType", "GpuArray_unpickler", "gpu_context_type"]

__getattr__ = gpu_names(__name__)


def GpuArray_unpickler(npa: Any, ctx_name: Any = None) -> np.ndarray:
    """Return what a pickled array of the GPU held."""
    return np.asarray(npa)
