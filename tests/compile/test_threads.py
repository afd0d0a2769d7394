import math
import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from lenet import cpus
from lenet.compile.threads import default_threads, limit_threads
from lenet.errors import BackendError


def test_threads_come_from_the_environment_or_the_machine(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert default_threads() == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert 1 <= default_threads() <= (os.cpu_count() or 1)


@pytest.mark.parametrize("text", ["0", "-1", "two", "1025", "2,3"])
def test_a_wrong_number_of_threads_in_the_environment_is_named(monkeypatch, text):
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    with pytest.raises(BackendError, match=f"OMP_NUM_THREADS is '{text}': expected a number"):
        default_threads()


@pytest.mark.parametrize("threads", [1, 2])
def test_the_kernels_get_their_threads_and_blas_gets_one(threads):
    # Two products load what there is to limit.
    _ = np.ones((9, 9)) @ np.ones((9, 9))
    limit_threads(threads)
    counts = {pool["user_api"]: pool["num_threads"] for pool in threadpool_info()}
    assert counts["blas"] == 1
    assert counts.get("openmp", threads) == threads


@pytest.mark.parametrize(
    ("quota", "expected"),
    [(math.inf, 8), (16.0, 8), (2.0, 2), (1.5, 2), (0.1, 1)],
)
def test_threads_are_no_more_than_the_quota(monkeypatch, quota, expected):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(cpus, "cpu_quota", lambda: quota)
    assert default_threads() == expected
    monkeypatch.setenv("OMP_NUM_THREADS", "12")
    assert default_threads() == 12
