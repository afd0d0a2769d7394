import math

import pytest

from lenet.cpus import cpu_quota


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
