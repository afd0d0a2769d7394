"""Theano's ``theano.gpuarray``: reports that there is no GPU.

Theano's did so on a machine without one. A program that has been told to use one (``device=cuda``) hears that it is there, with cuDNN,
as Lasagne asks before it defines its layers for GPUs: what cuDNN computed is computed on the CPU.
"""

from typing import Any

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.gpu_names import NO_GPU
from lenet.theano_compat.theano.configdefaults import config
from lenet.theano_compat.theano.gpuarray.basic_ops import as_gpuarray_variable
from lenet.theano_compat.theano.gpuarray.type import GpuArraySharedVariable, GpuArrayType
from lenet.theano_compat.theano.sandbox.cuda import use

__all__ = [
    "GpuArraySharedVariable",
    "GpuArrayType",
    "as_gpuarray_variable",
    "pygpu_activated",
    "use",
]

pygpu = None

_forwarded = forward(__name__, missing={"GpuOp": NO_GPU})


def __getattr__(name: str) -> Any:
    """Return whether a GPU is asked for, or a name of Theano's GPU code."""
    return bool(config.init_gpu_device) if name == "pygpu_activated" else _forwarded(name)
