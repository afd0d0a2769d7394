"""Export of trained networks to other formats."""

from typing import Any

from lenet.old_paths import moved_name


def __getattr__(name: str) -> Any:
    return moved_name(__name__, name)
