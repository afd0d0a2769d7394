"""Theano's ``theano.compile.profilemode``: modes that measure, before functions did."""

from typing import Any

from pytensor.compile.mode import Mode

__all__ = ["ProfileMode"]


class ProfileMode(Mode):
    """The mode of FAST_RUN; what Theano measured, ``theano.function(..., profile=True)`` measures now.

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
