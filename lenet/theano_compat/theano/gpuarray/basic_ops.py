"""Theano's ``theano.gpuarray.basic_ops``: moves to and from a GPU are none."""

from typing import Any

from lenet.theano_compat.gpu_names import gpu_names
from lenet.theano_compat.theano.sandbox.cuda.basic_ops import (
    as_cuda_ndarray_variable,
    gpu_contiguous,
    gpu_from_host,
    host_from_gpu,
)

__all__ = ["as_gpuarray_variable", "gpu_contiguous", "gpu_from_host", "host_from_gpu"]

__getattr__ = gpu_names(__name__)


def as_gpuarray_variable(x: Any, context_name: Any = None) -> Any:
    """Return `x` as a variable."""
    return as_cuda_ndarray_variable(x)


def infer_context_name(*variables: Any) -> None:
    """Return no device."""
