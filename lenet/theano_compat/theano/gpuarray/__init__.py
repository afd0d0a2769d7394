"""Theano's ``theano.gpuarray``: reports that there is no GPU.

Theano's did so on a machine without one.
"""

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.sandbox.cuda import NO_GPU, use

__all__ = ["pygpu_activated", "use"]

pygpu_activated = False
pygpu = None

__getattr__ = forward(__name__, missing=dict.fromkeys(("GpuArrayType", "GpuOp"), NO_GPU))
