"""Times of a kernel's work, by which it is left to all threads or to one."""

import ctypes
import shutil
import subprocess
from zlib import crc32

import numpy as np
import pytest

from lenet.nnet.kernels.interface import C_CODE
from tests.nnet.test_c_code import FLAGS

PROGRAM = f"""
#include "{C_CODE / "parallel_work.h"}"
extern "C" {{
// Takes the seconds that each of n runs takes with all threads and with one; tells which were one thread's.
void follow(long size, int n, const double* together, const double* alone, int threads, char* was_alone) {{
    for (int i = 0; i < n; ++i) {{
        lenet::WorkTimes& times = lenet::times_of(size);
        was_alone[i] = times.is_alone();
        times.add(was_alone[i] ? alone[i] : together[i], threads);
    }}
}}
}}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Return the compiled program: the kernels' own class, with times that the tests choose."""
    if not shutil.which("g++"):
        pytest.skip("there is no g++")
    path = tmp_path_factory.mktemp("work") / "work.so"
    flags = [flag for flag in FLAGS if flag != "-fsyntax-only"]
    command = ["g++", *flags, "-shared", "-fPIC", "-o", str(path), "-x", "c++", "-"]
    subprocess.run(command, input=PROGRAM, text=True, check=True)
    return ctypes.CDLL(str(path))


@pytest.fixture
def follow(library, request):
    """Return a function that runs work of a size, and tells which runs were one thread's."""
    # Of its own for each test, as the library remembers.
    base = 1000 * crc32(request.node.name.encode())

    def run(together, alone, size=0, threads=2):
        together, alone = np.broadcast_arrays(np.asarray(together, float), np.asarray(alone, float))
        pointers = [
            np.ascontiguousarray(times).ctypes.data_as(ctypes.POINTER(ctypes.c_double))
            for times in (together, alone)
        ]
        was_alone = np.zeros(together.size, bool)
        library.follow(
            ctypes.c_long(base + size),
            together.size,
            *pointers,
            threads,
            ctypes.c_void_p(was_alone.ctypes.data),
        )
        return was_alone

    return run


def busy_times(n, seed=0):
    """Return seconds beside a busy program: often half of one thread's 1e-4, else milliseconds."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < 0.7, 0.5e-4, rng.uniform(1e-3, 4e-3, n))


@pytest.mark.parametrize("threads", [2, 16])
def test_all_threads_work_where_they_are_faster(follow, threads):
    was_alone = follow(np.full(50_000, 1e-4), threads * 1e-4, threads=threads)
    assert was_alone.any()  # tried
    assert was_alone.mean() * (threads - 1) < 0.003  # and what that costs


def test_one_thread_works_where_it_is_faster(follow):
    was_alone = follow(np.full(20_000, 2e-4), 1e-4)
    assert was_alone[200:].mean() > 0.95


def test_beside_a_busy_program_work_takes_little_longer_than_with_one_thread(follow):
    together = busy_times(50_000)
    was_alone = follow(together, 1e-4)
    seconds = np.where(was_alone, 1e-4, together)
    assert together.mean() > 5e-4
    assert seconds.mean() < 1.25e-4


def test_one_slow_run_is_soon_forgotten(follow):
    together = np.full(1000, 1e-4)
    together[300] = 5e-3  # so slow that it does not matter
    together[600] = 5e-2
    was_alone = follow(together, 2e-4)
    assert not was_alone[10:601].any()
    assert was_alone[601:605].all()
    assert not was_alone[605:].any()


def test_long_work_is_shared_whatever_it_takes(follow):
    assert follow(np.full(1000, 0.03), 0.02).sum() == 1


def test_all_threads_come_back_once_the_machine_is_quiet(follow):
    follow(busy_times(20_000), 1e-4)
    was_alone = follow(np.full(5000, 0.5e-4), 1e-4)
    assert was_alone[0]
    assert was_alone[130:].mean() < 0.003


def test_sizes_are_told_from_each_other(follow):
    follow(np.full(2000, 2e-4), 1e-4, size=1)
    assert not follow(np.full(8, 1e-4), 2e-4, size=2).any()
