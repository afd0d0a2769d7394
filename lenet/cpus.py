"""CPUs that this process may use."""

import math
import os
from pathlib import Path

from lenet.files import read_regular_text

MAX_BYTES = 65_536  # of a file of control groups


def available_cpus() -> int:
    """Return the number of CPUs to be had.

    They are those of the process's affinity mask, and no more than the CPU quota of its control groups,
    rounded up.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    available = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, math.ceil(min(available, cpu_quota())))


def cpu_quota(root: Path = Path("/")) -> float:
    """Return the CPU quota of the process's control groups; infinity without one.

    It is in CPUs.

    As ``docker --cpus`` and systemd's ``CPUQuota`` set it. A group is bound by those above it, too. In a
    container, the path of its group may be that outside of it, where only the top can be read.

    Parameters
    ----------
    root : pathlib.Path
        Folder with ``proc`` and ``sys``.

    References
    ----------
    The kernel's ``admin-guide/cgroup-v2.rst``, ``scheduler/sched-bwc.rst`` (version 1), cgroups(7).
    """
    quota = math.inf
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        top = root / "sys/fs/cgroup"
        if controllers:  # of version 1, where each controller has a tree of its own
            if "cpu" not in controllers.split(","):
                continue
            top /= "cpu"
        group = top / path.lstrip("/")
        groups = (group, *group.parents)
        quota = min(quota, *(_group_quota(each) for each in groups if each.is_relative_to(top)))
    return quota


def _group_quota(group: Path) -> float:
    limits = _text(group / "cpu.max").split() or [
        _text(group / "cpu.cfs_quota_us"),
        _text(group / "cpu.cfs_period_us"),
    ]
    try:
        quota, period = map(int, limits)
    except ValueError:  # "max", or no such files
        return math.inf
    return quota / period if quota > 0 and period > 0 else math.inf


def _text(path: Path) -> str:
    try:
        return read_regular_text(path, MAX_BYTES)
    except (OSError, UnicodeDecodeError):
        return ""
