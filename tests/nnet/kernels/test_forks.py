"""Processes that are forked from one whose kernels have had threads."""

import ctypes
import multiprocessing
import os

import pytensor
import pytest

from lenet.nnet.kernels import library
from lenet.nnet.kernels.interface import Argument, Kernel, kernel_text
from lenet.nnet.kernels.library import load_kernel
from tests.nnet.kernels.test_library import kernel

pytestmark = [
    pytest.mark.skipif(not pytensor.config.cxx, reason="needs a C++ compiler"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
    # Of JAX, which another test may have loaded.
    pytest.mark.filterwarnings(r"ignore:os\.fork\(\) was called:RuntimeWarning"),
]
PATIENCE = 60  # seconds


def forked(work):
    """Return what a forked process sends, or None if it hangs."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(work()))
    process.start()
    try:
        return receiver.recv() if receiver.poll(PATIENCE) else None
    finally:
        process.kill()
        process.join()


def count_threads(threads):
    """Return how many threads a parallel loop of a kernel has, which is asked for so many."""
    support = (
        f"int count() {{ int n = 0;\n#pragma omp parallel reduction(+ : n) num_threads({threads})\n"
        "n += 1; return n; }\n"
    )
    body = 'lenet::fail(lenet::WRONG_VALUE, "%d", count()), -1'
    text = kernel_text(("interface.h",), support, [], [Argument("float64", 0)], body)
    message = ctypes.create_string_buffer(512)
    words, numbers = (ctypes.c_ssize_t * 8)(), (ctypes.c_ssize_t * 1)()
    load_kernel(Kernel(text, ("-O0",))).library.lenet_kernel(words, numbers, message)
    return int(message.value)


def test_kernels_run_in_a_forked_process(folder):
    threads = count_threads(3)
    assert forked(lambda: count_threads(3)) == threads
    assert count_threads(3) == threads


def test_kernels_are_compiled_in_a_forked_process(folder):
    load_kernel(kernel("before"))
    assert library.COMPILERS.pool is not None
    assert forked(lambda: load_kernel(kernel("after")).name) is not None
