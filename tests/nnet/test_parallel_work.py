"""Times of a kernel's work, by which it is left to all threads or to one."""

import ctypes
import itertools
import shutil
import subprocess
from zlib import crc32

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

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
long samples_together(long samples, long most, long turns) {{
    return lenet::samples_together(samples, most, turns);
}}
long chunks_of(long batch, long shortest, long positions, long most) {{
    return lenet::chunks_of(batch, shortest, positions, most);
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


def test_samples_together_take_no_longer_than_one_by_one(library):
    assert "-fopenmp" in FLAGS  # without it there is one thread, and nothing to share
    for threads, samples, most in itertools.product((1, 2, 3, 8), range(1, 33), (1, 4, 7)):
        with threadpool_limits(threads, user_api="openmp"):
            together = library.samples_together(samples, most, 1)
        assert 1 <= together <= most
        if samples <= threads * most:
            assert together == -(-samples // threads)
        else:
            assert together == most


def test_small_batches_are_cut_where_a_sample_is_much_work(library):
    many, few = 28 * 28, 4 * 4
    assert [library.chunks_of(batch, 4, many, 32) for batch in (0, 1, 2, 4, 7, 16)] == [
        1,
        1,
        2,
        4,
        4,
        4,
    ]
    assert [library.chunks_of(batch, 4, few, 32) for batch in (0, 1, 4, 7, 16)] == [1, 1, 1, 1, 4]
    for positions in (few, many):
        assert library.chunks_of(64, 4, positions, 32) == 16
        assert library.chunks_of(1000, 4, positions, 32) == 32
        assert library.chunks_of(1000, 4, positions, 5) == 5


def test_chunks_are_the_same_for_any_number_of_threads(library):
    found = set()
    for threads in (1, 2, 5):
        with threadpool_limits(threads, user_api="openmp"):
            found.add(tuple(library.chunks_of(batch, 4, 100, 32) for batch in range(40)))
    assert len(found) == 1
