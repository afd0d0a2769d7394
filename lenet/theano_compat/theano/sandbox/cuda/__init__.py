"""Theano's ``theano.sandbox.cuda``: reports that there is no GPU.

Theano's did so on a machine without one.
"""

import warnings
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile.sharedvalue import shared

__all__ = [
    "cuda_available",
    "cuda_enabled",
    "float32_shared_constructor",
    "shared_constructor",
    "use",
]

NO_GPU = (
    "Theano's GPU code has no successor here; leave it out to run on the CPU, or compile with "
    "PyTensor's mode='JAX' for a GPU"
)

cuda_available = False
cuda_enabled = False
cuda_ndarray = None

__getattr__ = forward(
    __name__,
    "lenet.theano_compat.theano.sandbox.cuda.type",
    "lenet.theano_compat.theano.sandbox.cuda.basic_ops",
    missing=dict.fromkeys(("CudaNdarray", "filter", "GpuOp", "gpu_seqopt", "ptx"), NO_GPU),
)


def use(device: Any = "gpu", force: bool = False, *arguments: Any, **keywords: Any) -> None:
    """Warn that the program goes on to run on the CPU."""
    warnings.warn(f"theano.sandbox.cuda.use({device!r}): {NO_GPU}", stacklevel=2)


def shared_constructor(value: Any, name: str | None = None, **keywords: Any) -> SharedVariable:
    """Return a shared variable, which is not on a GPU."""
    return shared(value, name, **keywords)


float32_shared_constructor = shared_constructor
