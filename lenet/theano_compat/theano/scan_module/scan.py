"""Theano's ``theano.scan_module.scan``: loops in an expression."""

import warnings
from typing import Any

import pytensor
from pytensor.scan.basic import scan as pytensor_scan

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.test_values import with_late_test_values
from lenet.theano_compat.theano.compile.mode import (
    chosen_rewrites,
    fast_mode_of_loops,
    is_fast_mode,
)
from lenet.theano_compat.theano.updates import OrderedUpdates

__all__ = ["scan"]

__getattr__ = forward(__name__)


@with_late_test_values
def scan(
    fn: Any,
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    n_steps: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
    profile: Any = False,
    allow_gc: bool | None = None,
    strict: bool = False,
    return_list: bool = False,
    **obsolete: Any,
) -> tuple[Any, OrderedUpdates]:
    """Return the outputs of a loop, and the updates of what its steps change.

    Parameters
    ----------
    fn, sequences, outputs_info, non_sequences, n_steps, truncate_gradient, go_backwards, mode, name,
    profile, allow_gc, strict, return_list
        As in Theano.
    **obsolete
        ``options``, which early Theano took and did not use.

    Returns
    -------
    outputs : Variable or list of Variable
    updates : OrderedUpdates
        For ``theano.function(..., updates=updates)``.
    """
    unknown = set(obsolete) - {"options"}
    if unknown:
        raise TypeError(f"theano.scan has no argument {sorted(unknown)[0]!r}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        outputs, updates = pytensor_scan(
            fn,
            sequences=sequences,
            outputs_info=outputs_info,
            non_sequences=non_sequences,
            n_steps=n_steps,
            truncate_gradient=truncate_gradient,
            go_backwards=go_backwards,
            mode=mode_of_steps(mode),
            name=name,
            profile=profile,
            allow_gc=allow_gc,
            strict=strict,
            return_list=return_list,
        )
    return outputs, OrderedUpdates(updates)


def mode_of_steps(mode: Any) -> Any:
    """Return the mode of a loop's steps.

    Without one, it is that of all functions, as in Theano. PyTensor's is its own FAST_RUN then, which compiles them to
    C although ``mode=FAST_COMPILE`` asks for quick starts, and has none of the linker that compiles side by side.
    """
    if mode is None and pytensor.config.mode.upper() == "FAST_COMPILE":
        return "FAST_COMPILE"
    if pytensor.config.cxx and is_fast_mode(mode):
        return chosen_rewrites(fast_mode_of_loops())
    return mode
