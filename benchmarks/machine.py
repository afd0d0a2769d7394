"""What the benchmarks share: the machine's name and the command that is measured."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def describe_machine() -> str:
    """Return processor, cores, versions and date in one line."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = dict(line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
        processor = next(
            (value.strip() for key, value in lines.items() if key.strip() == "model name"),
            processor,
        )
    return (
        f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"PyTensor {version('pytensor')}, NumPy {version('numpy')}, {datetime.now(UTC):%Y-%m-%d}"
    )


def train_command(flags: list[str], **options: object) -> subprocess.Popen:
    """Start ``python lenet/train.py`` with the given flags; options go to `subprocess.Popen`."""
    return subprocess.Popen([sys.executable, str(ROOT / "lenet" / "train.py"), *flags], **options)
