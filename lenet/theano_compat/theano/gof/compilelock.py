"""Theano's ``theano.gof.compilelock``: the lock of a folder."""

from contextlib import AbstractContextManager
from typing import Any

from pytensor.compile.compilelock import lock_ctx

from lenet.theano_compat.forwarding import forward

__all__ = ["get_lock", "lock_ctx", "release_lock"]

__getattr__ = forward(__name__, "pytensor.compile.compilelock")

_held: list[AbstractContextManager] = []


def get_lock(lock_dir: Any = None, **keywords: Any) -> None:
    """Wait for the lock of a folder, by default that of compiled code, and take it.

    Parameters
    ----------
    lock_dir : str, optional
    **keywords
        Waiting times, which have no effect.
    """
    lock = lock_ctx(lock_dir)
    lock.__enter__()
    _held.append(lock)


def release_lock() -> None:
    """Release the lock that was taken last; nothing if there is none."""
    if _held:
        _held.pop().__exit__(None, None, None)
