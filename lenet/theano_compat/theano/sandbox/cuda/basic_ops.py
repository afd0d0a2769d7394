"""Theano's ``theano.sandbox.cuda.basic_ops``: moves to and from a GPU are none."""

from typing import Any

from pytensor.graph.basic import Variable
from pytensor.graph.op import Op
from pytensor.tensor import as_tensor_variable
from pytensor.tensor.basic import AllocEmpty

from lenet.theano_compat.gpu_names import gpu_names

__all__ = [
    "GpuFromHost",
    "HostFromGpu",
    "as_cuda_ndarray_variable",
    "gpu_alloc_empty",
    "gpu_contiguous",
    "gpu_from_host",
    "host_from_gpu",
]

__getattr__ = gpu_names(__name__)

gpu_alloc_empty = AllocEmpty("float32")


class GpuFromHost(Op):
    """A move to a GPU, for ``isinstance``: there are none in a graph."""


class HostFromGpu(Op):
    """A move from a GPU, for ``isinstance``: there are none in a graph."""


def as_cuda_ndarray_variable(x: Any) -> Variable:
    """Return `x` as a variable."""
    return as_tensor_variable(x)


gpu_contiguous = gpu_from_host = host_from_gpu = as_cuda_ndarray_variable
