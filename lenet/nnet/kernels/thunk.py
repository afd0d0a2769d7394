"""Kernels as PyTensor's virtual machines call them.

There is no module of C for each Op, as PyTensor has, but one library that calls all kernels.
"""

import ctypes
import platform
from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np
from pytensor.graph.basic import Apply, Variable
from pytensor.link.c.cmodule import std_include_dirs

from lenet.nnet.kernels.interface import Kernel, read_c_code
from lenet.nnet.kernels.library import LoadedKernel, library_path, load_kernel, start_compiling


class KernelThunk:
    """Call of a kernel with the arrays of a graph.

    Parameters
    ----------
    kernel : LoadedKernel
    numbers : tuple of int
        Parameters of the Op.
    node : Apply
    storage_map : dict
        The list of one value of each variable.
    compute_map : dict or None
        Likewise, whether it is computed.
    no_recycling : collection of Variable
        Results that are not written where the last ones are.

    Attributes
    ----------
    cthunk : PyCapsule
        By which PyTensor's virtual machine in C calls it, without Python.
    """

    lazy = False

    def __init__(
        self,
        kernel: LoadedKernel,
        numbers: tuple[int, ...],
        node: Apply,
        storage_map: dict,
        compute_map: dict | None,
        no_recycling: Collection[Variable],
    ) -> None:
        self.inputs = [storage_map[variable] for variable in node.inputs]
        self.outputs = [storage_map[variable] for variable in node.outputs]
        self.computed = [] if compute_map is None else [compute_map[o] for o in node.outputs]
        overwritten = getattr(node.op, "destroy_map", {})
        kinds = [number for variable in node.inputs for number in kind_of(variable)]
        for n, variable in enumerate(node.outputs):
            is_new = variable in no_recycling
            kinds += [*kind_of(variable), overwritten.get(n, [-1])[0], is_new]
        self.cthunk = library().lenet_thunk(
            kernel.entry(numbers).address,
            self.inputs,
            self.outputs,
            (ctypes.c_int * len(kinds))(*kinds),
        )

    def __call__(self) -> None:
        """Compute the results.

        Raises
        ------
        MemoryError, ValueError, IndexError, NotImplementedError, RuntimeError
            If the kernel fails.
        """
        library().lenet_call(self.cthunk)
        for cell in self.computed:
            cell[0] = True


def kind_of(variable: Variable) -> tuple[int, int]:
    """Return NumPy's number of an array's type, and the number of its axes."""
    return np.dtype(variable.type.dtype).num, variable.type.ndim


@cache
def code() -> Kernel:
    """Return the code of what calls kernels with NumPy's arrays."""
    versions = f"// For Python {platform.python_version()} and NumPy {np.__version__}.\n"
    flags = tuple(f"-I{path}" for path in std_include_dirs())
    return Kernel(versions + read_c_code(("thunk.h",)), flags)


@cache
def start_library() -> None:
    """Begin to compile `library`, before the kernels."""
    start_compiling([code()])


@cache
def library() -> ctypes.PyDLL:
    """Return the library that calls kernels.

    Raises
    ------
    KernelError
        If the compiler fails.
    """
    load_kernel(code())
    # It needs Python's lock, without which ctypes calls kernels.
    found: Any = ctypes.PyDLL(str(library_path(code())))
    found.lenet_thunk.restype = ctypes.py_object
    found.lenet_thunk.argtypes = (
        ctypes.c_void_p,
        ctypes.py_object,
        ctypes.py_object,
        ctypes.c_void_p,
    )
    found.lenet_call.restype, found.lenet_call.argtypes = ctypes.py_object, (ctypes.py_object,)
    return found
