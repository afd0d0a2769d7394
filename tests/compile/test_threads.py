import math
import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from lenet.compile import threads as module
from lenet.compile.threads import cpu_quota, default_threads, limit_threads
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
    monkeypatch.setattr(module, "cpu_quota", lambda: quota)
    assert default_threads() == expected
    monkeypatch.setenv("OMP_NUM_THREADS", "12")
    assert default_threads() == 12


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        pytest.param("0::/", {"cpu.max": "150000 100000"}, 1.5, id="v2 container"),
        pytest.param("0::/", {"cpu.max": "max 100000"}, math.inf, id="v2 no quota"),
        pytest.param("0::/", {}, math.inf, id="v2 top of the machine"),
        pytest.param(
            "0::/a.slice/b.service",
            {"a.slice/cpu.max": "max 100000", "a.slice/b.service/cpu.max": "50000 10000"},
            5.0,
            id="v2 own group",
        ),
        pytest.param(
            "0::/a.slice/b.service",
            {"a.slice/cpu.max": "20000 10000", "a.slice/b.service/cpu.max": "50000 10000"},
            2.0,
            id="v2 group above",
        ),
        pytest.param(
            "0::/a.slice", {"b.slice/cpu.max": "10000 10000"}, math.inf, id="v2 another group"
        ),
        pytest.param("0::/../b", {"cpu.max": "30000 10000"}, 3.0, id="v2 outside of what is seen"),
        pytest.param(
            "5:devices:/x\n4:cpu,cpuacct:/docker/1f\n0::/",
            {"cpu/cpu.cfs_quota_us": "250000", "cpu/cpu.cfs_period_us": "100000"},
            2.5,
            id="v1 container",
        ),
        pytest.param(
            "1:cpu:/a/b",
            {
                "cpu/cpu.cfs_quota_us": "-1",
                "cpu/cpu.cfs_period_us": "100000",
                "cpu/a/b/cpu.cfs_quota_us": "100000",
                "cpu/a/b/cpu.cfs_period_us": "50000",
            },
            2.0,
            id="v1 own group",
        ),
        pytest.param(
            "1:cpu:/",
            {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
            math.inf,
            id="v1 no quota",
        ),
        pytest.param(
            "7:cpuset,cpuacct:/",
            {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"},
            math.inf,
            id="v1 other controllers",
        ),
        pytest.param(None, {"cpu.max": "100000 100000"}, math.inf, id="no control groups"),
    ],
)
def test_the_cpu_quota_is_that_of_the_tightest_control_group(tmp_path, groups, files, expected):
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    if groups is not None:
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(f"{groups}\n")
    assert cpu_quota(tmp_path) == expected
