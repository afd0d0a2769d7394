"""Theano's ``theano.tensor.io``: Ops for files and messages, which are gone.

PyTensor has them no more.
"""

from lenet.theano_compat.forwarding import forward

_MPI = "exchange arrays between the calls of compiled functions, with mpi4py"

MISSING = {
    "load": "read the file with numpy.load and pass the array to the function",
    "LoadFromDisk": "read the file with numpy.load and pass the array to the function",
    **dict.fromkeys(["send", "recv", "isend", "irecv", "MPISend", "MPIRecv"], _MPI),
    **dict.fromkeys(["MPISendWait", "MPIRecvWait", "mpi_enabled", "mpi_cmps"], _MPI),
}

__getattr__ = forward(__name__, missing=MISSING)
