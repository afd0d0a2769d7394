"""Numba implementation of the Ops: calls of their kernels from machine code.

A kernel's function has a name, by which Numba's compiled code refers to it; llvmlite is told its address
before. So Numba's cache on disk stays valid, and nothing goes through Python. Without a C++ compiler,
or where there is no kernel for a type, NumPy computes an Op and Numba calls Python for it.
"""

import warnings
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from numba import types
from pytensor import config
from pytensor.graph.basic import Apply
from pytensor.link.numba.cache import compile_numba_function_src
from pytensor.link.numba.dispatch.basic import (
    get_numba_type,
    numba_njit,
    register_funcify_and_cache_key,
)

from lenet.nnet.kernels.interface import DONE, MESSAGE_SIZE, NEEDS_OUTPUTS, Argument, places
from lenet.nnet.kernels.library import KernelError, LoadedKernel
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.relu import ScalarRelu, ScalarReluGrad

SIGNATURE = types.intc(
    types.CPointer(types.intp), types.CPointer(types.intp), types.CPointer(types.uint8)
)


@numba_njit
def text_of(message):  # type: ignore[no-untyped-def]
    """Return the text of a kernel's failure."""
    text = ""
    for code in message:
        if code == 0:
            break
        text += chr(code)
    return text


@numba_njit
def raise_failure(status, message):  # type: ignore[no-untyped-def]
    """Raise the exception of a kernel's status, as `STATUS_ERRORS` has it."""
    # If the text were made here, Numba would have freed it when it raises one of several exceptions.
    text = text_of(message)
    if status == 2:
        raise MemoryError(text)
    if status == 3:
        raise ValueError(text)
    if status == 4:
        raise IndexError(text)
    if status == 5:
        raise NotImplementedError(text)
    raise RuntimeError(text)


def external_function(kernel: LoadedKernel) -> types.ExternalFunction:
    """Return a kernel's function, by its name."""
    llvm.add_symbol(kernel.name, kernel.address)
    return types.ExternalFunction(kernel.name, SIGNATURE)


def calling_source(op: CFileOp, node: Apply) -> str:
    """Return Python code that calls the kernel of a node, for Numba to compile."""
    inputs, outputs = (list(map(Argument.of, v)) for v in (node.inputs, node.outputs))
    where = places(inputs, outputs)
    numbers = op.c_numbers()
    call = "status = kernel(words.ctypes, numbers.ctypes, message.ctypes)"
    lines = [
        f"words = np.zeros({where.count}, np.intp)",
        f"numbers = np.empty({len(numbers) or 1}, np.intp)",
        *(f"numbers[{n}] = {number}" for n, number in enumerate(numbers)),
        f"message = np.zeros({MESSAGE_SIZE}, np.uint8)",
    ]
    for n, (argument, place) in enumerate(zip(inputs, where.inputs, strict=True)):
        shape, strides = place + 1, place + 1 + argument.ndim
        lines += [
            *([] if argument.ndim else [f"i{n} = np.asarray(i{n})"]),
            f"words[{place}] = i{n}.ctypes.data",
            *(f"words[{shape + axis}] = i{n}.shape[{axis}]" for axis in range(argument.ndim)),
            *(f"words[{strides + axis}] = i{n}.strides[{axis}]" for axis in range(argument.ndim)),
        ]
    # There are no outputs yet: the kernel says how large they must be.
    lines += [call, f"if status != {NEEDS_OUTPUTS}:", "    raise_failure(status, message)"]
    for n, (argument, place) in enumerate(zip(outputs, where.outputs, strict=True)):
        sizes = "".join(f"words[{place + 1 + axis}], " for axis in range(argument.ndim))
        lines += [
            f"o{n} = np.empty(({sizes}), np.{argument.dtype})",
            f"words[{place}] = o{n}.ctypes.data",
        ]
    lines += [
        call,
        f"if status != {DONE}:",
        "    raise_failure(status, message)",
        # What is used here has not been freed before the call.
        *(f"words[{place}] = i{n}.size" for n, place in enumerate(where.inputs)),
        f"return {', '.join(f'o{n}' for n in range(len(outputs)))}",
    ]
    arguments = ", ".join(f"i{n}" for n in range(len(inputs)))
    return "\n    ".join([f"def kernel_call({arguments}):", *lines])


@register_funcify_and_cache_key(CFileOp)
def numba_funcify_kernel(op: CFileOp, node: Apply, **kwargs: Any) -> tuple[Callable, str | None]:
    kernel = kernel_of(op, node)
    if kernel is None:
        return in_python(op, node), None
    source = calling_source(op, node)
    scope = {"np": np, "kernel": external_function(kernel), "raise_failure": raise_failure}
    function = compile_numba_function_src(source, "kernel_call", scope)
    # The text of this module is the version of the functions that are called.
    parts = [kernel.name, source, Path(__file__).read_text("utf-8")]
    return numba_njit(function), sha256("\n".join(parts).encode()).hexdigest()


def kernel_of(op: CFileOp, node: Apply) -> LoadedKernel | None:
    """Return the kernel of a node, or None where NumPy has to do."""
    if not config.cxx:
        warn_of_python("there is no C++ compiler (PyTensor's flag cxx is empty)")
        return None
    try:
        return op.load(node)
    except NotImplementedError:  # of its types
        return None
    except KernelError as error:
        warn_of_python(str(error))
        return None


@cache
def warn_of_python(reason: str) -> None:
    """Warn, once for each reason, that graphs are slow."""
    warnings.warn(f"NumPy computes what kernels would, slowly: {reason}", stacklevel=2)


def in_python(op: CFileOp, node: Apply) -> Callable:
    """Return a function that calls back into Python for what NumPy computes."""
    result_types = types.Tuple([get_numba_type(output.type) for output in node.outputs])

    def perform_in_python(inputs: tuple) -> tuple:
        storage: list[list] = [[None] for _ in node.outputs]
        op.perform(node, inputs, storage)
        return tuple(np.asarray(cell[0]) for cell in storage)

    @numba_njit
    def perform(*inputs):  # type: ignore[no-untyped-def]
        with numba.objmode(results=result_types):
            results = perform_in_python(inputs)
        return results  # noqa: RET504, Numba cannot return from within the block

    if len(node.outputs) > 1:
        return perform

    @numba_njit
    def perform_one(*inputs):  # type: ignore[no-untyped-def]
        return perform(*inputs)[0]

    # No key for either: machine code that holds a Python object must not outlive the process.
    return perform_one


@register_funcify_and_cache_key(ScalarRelu)
def numba_funcify_relu(op: ScalarRelu, node: Apply, **kwargs: Any) -> tuple[Callable, str]:
    zero = np.dtype(node.outputs[0].type.dtype).type(0)

    @numba_njit
    def relu(x):  # type: ignore[no-untyped-def]
        return zero if x <= zero else x

    return relu, scalar_key(op, node)


@register_funcify_and_cache_key(ScalarReluGrad)
def numba_funcify_relu_grad(op: ScalarReluGrad, node: Apply, **kwargs: Any) -> tuple[Callable, str]:
    number = np.dtype(node.outputs[0].type.dtype).type
    zero, slope = number(0), number(op.slope_at_zero)

    @numba_njit
    def relu_grad(x, gradient):  # type: ignore[no-untyped-def]
        at_zero = gradient * slope if slope != zero else zero
        return gradient if x > 0 else at_zero if x == 0 else zero

    return relu_grad, scalar_key(op, node)


def scalar_key(op: ScalarRelu | ScalarReluGrad, node: Apply) -> str:
    """Return what tells the machine code of one scalar Op from that of another."""
    text = f"lenet {type(op).__name__} {op.slope_at_zero} {node.outputs[0].type.dtype}"
    return sha256(text.encode()).hexdigest()
