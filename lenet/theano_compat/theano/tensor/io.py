"""Theano's ``theano.tensor.io``: Ops for files, and for messages, which are gone."""

from typing import Any

import numpy as np
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.link.c.type import Generic

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.gof.op import Op
from lenet.theano_compat.theano.tensor.type import TensorType

__all__ = ["LoadFromDisk", "load"]

_MPI = "exchange arrays between the calls of compiled functions, with mpi4py"

MISSING = {
    **dict.fromkeys(["send", "recv", "isend", "irecv", "MPISend", "MPIRecv"], _MPI),
    **dict.fromkeys(["MPISendWait", "MPIRecvWait", "mpi_enabled", "mpi_cmps"], _MPI),
}

__getattr__ = forward(__name__, missing=MISSING)


class LoadFromDisk(Op):
    """Reads an array from a file of NumPy's, each time that a function is called.

    Parameters
    ----------
    dtype : str
        Type of its numbers.
    broadcastable : sequence of bool
        Which of its axes have the length 1 for ever.
    mmap_mode : str, optional
        As for ``numpy.load``: "c", or None for an array in memory. Others would let a function change the file.
    """

    __props__ = ("dtype", "broadcastable", "mmap_mode")

    def __init__(self, dtype: Any, broadcastable: Any, mmap_mode: str | None = None) -> None:
        if mmap_mode not in (None, "c"):
            raise ValueError(f"load: mmap_mode {mmap_mode!r}, expected None or 'c'")
        self.dtype, self.broadcastable = np.dtype(dtype), tuple(broadcastable)
        self.mmap_mode: Any = mmap_mode

    def make_node(self, path: Any) -> Apply:
        """Return a node for the path of a file, text or a variable of the type `Generic`."""
        if isinstance(path, str):
            path = Constant(Generic(), path)
        return Apply(self, [path], [TensorType(self.dtype, self.broadcastable)()])

    def perform(self, node: Apply, inputs: Any, output_storage: Any) -> None:
        """Read the file.

        Raises
        ------
        TypeError
            If its numbers have another type.
        """
        (path,) = inputs
        if path.rpartition(".")[2] == "npz":
            raise ValueError(f"load: {path} holds several arrays, expected a file .npy of one")
        found = np.load(path, mmap_mode=self.mmap_mode)
        if found.dtype != self.dtype:
            raise TypeError(f"load: {path} has the type {found.dtype}, expected {self.dtype}")
        output_storage[0][0] = found


def load(path: Any, dtype: Any, broadcastable: Any, mmap_mode: str | None = None) -> Variable:
    """Return the array that a file holds at each call; see `LoadFromDisk`."""
    return LoadFromDisk(dtype, broadcastable, mmap_mode)(path)
