"""Summary profile of all functions (``theano.config.profile = True``).

It is printed when a program ends.

PyTensor 3.0 prints that of each function and then fails to add them up: it looks for attributes that
have been renamed. Later versions print no sum.
"""

import copy
from collections.abc import Sequence
from typing import Any

from pytensor.compile.debug import profiling
from pytensor.configdefaults import config

TIMES = (
    "compile_time",
    "fct_call_time",
    "fct_callcount",
    "vm_call_time",
    "rewriting_time",
    "linker_time",
    "validate_time",
    "import_time",
    "linker_node_make_thunks",
    "nb_nodes",
)
# Their keys are nodes and variables, which functions do not share.
PARTS = (
    "apply_time",
    "apply_callcount",
    "apply_cimpl",
    "variable_shape",
    "variable_strides",
    "variable_offset",
    "linker_make_thunk_time",
)

_print_each = profiling._atexit_print_fn


def add_up() -> None:
    """Print the summary profile where PyTensor fails to.

    Doing it again changes nothing.
    """
    sums = "show_sum" in _print_each.__code__.co_names
    if sums and not hasattr(profiling.ProfileStats, "rewriter_time"):
        profiling._atexit_print_fn = print_profiles


def leave() -> None:
    """Take back `add_up`."""
    profiling._atexit_print_fn = _print_each


def print_profiles() -> None:
    """Print each function's profile, and the sum of those that were called."""
    profiles = [each for each in profiling._atexit_print_list if each.show_sum]
    for each in profiles:
        each.show_sum = False
    _print_each()
    called = [each for each in profiles if each.fct_callcount]
    if not config.profile or len(called) < 2:
        return
    destination = config.profiling__destination
    if destination in ("stderr", "stdout"):
        destination = f"<{destination}>"
    with profiling.extended_open(destination, mode="a") as file:
        total(called).summary(
            file=file,
            n_ops_to_print=config.profiling__n_ops,
            n_apply_to_print=config.profiling__n_apply,
        )


def total(profiles: Sequence[Any]) -> Any:
    """Return the sum of some profiles."""
    result = copy.copy(profiles[0])
    result.message = f"Sum of all({len(profiles)}) printed profiles at exit."
    result.rewriter_profile = None
    for name in TIMES:
        setattr(result, name, sum(getattr(each, name) for each in profiles))
    for name in PARTS:
        parts = copy.copy(getattr(result, name))
        for each in profiles[1:]:
            parts.update(getattr(each, name))
        setattr(result, name, parts)
    return result
