"""Theano's ``theano.compile.profilemode``: the older way to profile, by a mode."""

from typing import Any

from pytensor.compile.mode import Mode

__all__ = ["ProfileMode"]


class ProfileMode(Mode):
    """Mode of FAST_RUN; it does not profile.

    Theano's did, which ``theano.function(..., profile=True)`` does now.

    Parameters
    ----------
    linker, optimizer
        As those of a Mode, by default C code and all rewrites.
    """

    def __init__(self, linker: Any = "cvm", optimizer: Any = "fast_run") -> None:
        super().__init__(linker=linker, optimizer=optimizer)

    def print_summary(self, *arguments: Any, **keywords: Any) -> None:
        """Print where to find the times."""
        print("theano.ProfileMode: for times, pass profile=True to theano.function")
