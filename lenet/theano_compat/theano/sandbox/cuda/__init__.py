"""Theano's ``theano.sandbox.cuda``: reports that there is no GPU.

Theano's did so on a machine without one.
"""

import warnings
from typing import Any

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.gpu_names import NO_GPU, GpuOnly
from lenet.theano_compat.theano.sandbox.cuda.basic_ops import (
    GpuFromHost,
    HostFromGpu,
    as_cuda_ndarray_variable,
    gpu_alloc_empty,
    gpu_contiguous,
    gpu_from_host,
    host_from_gpu,
)
from lenet.theano_compat.theano.sandbox.cuda.opt import (
    gpu_optimizer,
    gpu_seqopt,
    register_inplace,
    register_opt,
)
from lenet.theano_compat.theano.sandbox.cuda.type import CudaNdarray_unpickler, CudaNdarrayType
from lenet.theano_compat.theano.sandbox.cuda.var import (
    CudaNdarrayConstant,
    CudaNdarraySharedVariable,
    CudaNdarrayVariable,
    float32_shared_constructor,
)

__all__ = [
    "CudaNdarrayConstant",
    "CudaNdarraySharedVariable",
    "CudaNdarrayType",
    "CudaNdarrayVariable",
    "CudaNdarray_unpickler",
    "GpuFromHost",
    "GpuOp",
    "HostFromGpu",
    "as_cuda_ndarray_variable",
    "cuda_available",
    "cuda_enabled",
    "float32_shared_constructor",
    "gpu_alloc_empty",
    "gpu_contiguous",
    "gpu_from_host",
    "gpu_optimizer",
    "gpu_seqopt",
    "host_from_gpu",
    "register_inplace",
    "register_opt",
    "shared_constructor",
    "use",
]

cuda_available = False
cuda_enabled = False
cuda_ndarray = None

__getattr__ = forward(__name__, missing=dict.fromkeys(("CudaNdarray", "filter", "ptx"), NO_GPU))


class GpuOp(GpuOnly):
    """Base class of a GPU's operations."""


def use(device: Any = "gpu", force: bool = False, *arguments: Any, **keywords: Any) -> None:
    """Warn that the program goes on to run on the CPU."""
    warnings.warn(f"theano.sandbox.cuda.use({device!r}): {NO_GPU}", stacklevel=2)


use.device_number = None  # type: ignore[attr-defined]  # none is in use, as Theano said there

shared_constructor = float32_shared_constructor
