"""Names and arguments that joblib has dropped."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any


def behave_as_before() -> None:
    """Let a cache be told its folder as ``cachedir``, and how large it may grow."""
    memory = import_module("joblib").Memory
    memory.__init__ = in_folder(memory.__init__)


def in_folder(make: Callable[..., None]) -> Callable[..., None]:
    """Return the constructor of `joblib.Memory` with arguments before version 0.12."""

    @wraps(make)
    def made(self: Any, *arguments: Any, **options: Any) -> None:
        if "cachedir" in options:
            options["location"] = options.pop("cachedir")
        options.pop("bytes_limit", None)  # which nothing held to by itself
        make(self, *arguments, **options)
        self.cachedir = self.location

    return made
