"""Theano's ``theano.gpuarray``: reports that there is no GPU.

Theano's did so on a machine without one.
"""

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.gpu_names import NO_GPU
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

pygpu_activated = False
pygpu = None

__getattr__ = forward(__name__, missing={"GpuOp": NO_GPU})
