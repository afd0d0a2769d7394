"""Theano's ``theano.gpuarray.dnn``: reports that cuDNN is not available.

So did Theano's on many machines. `dnn_present` says that it is, where a GPU is asked for.
"""

from typing import Any

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.configdefaults import config
from lenet.theano_compat.theano.sandbox.cuda.dnn import dnn_available, version

__all__ = ["dnn_available", "dnn_present", "version"]

__getattr__ = forward(
    __name__,
    "lenet.theano_compat.theano.sandbox.cuda.dnn",
)


def dnn_present(*arguments: Any) -> bool:
    """Return whether a GPU is asked for, whose functions are computed on the CPU."""
    return bool(config.init_gpu_device)
