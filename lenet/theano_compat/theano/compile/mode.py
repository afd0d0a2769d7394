"""Theano's ``theano.compile.mode``: compilation modes.

The default mode compiles to the kernels of this package.
"""

from functools import cache
from typing import Any

import pytensor
from pytensor.compile.mode import Mode
from pytensor.compile.mode import get_mode as get_pytensor_mode

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.configdefaults import config

__all__ = ["Mode", "get_default_mode", "get_mode"]

# Theano's profiling modes came to be an option of the function.
FAST_RUN_NAMES = ("FAST_RUN", "FAST_RUN_NOGC", "PROFILE_MODE", "PROFILEMODE", "CVM", "C")


def get_mode(orig_string: str | Mode | None = None) -> Mode:
    """Return the mode that a name of Theano's, or nothing, stands for.

    Raises
    ------
    ValueError
        If there is no mode of that name.
    """
    if orig_string is None:
        orig_string = pytensor.config.mode
    if not isinstance(orig_string, str):
        return orig_string
    if is_fast_mode(orig_string):
        return chosen_rewrites(fast_mode())
    if orig_string.upper() == "MODE":
        return chosen_rewrites(Mode(linker=pytensor.config.linker, optimizer=config.optimizer))
    try:
        return get_pytensor_mode(orig_string)
    except ValueError as error:
        raise ValueError(
            f"mode {orig_string!r}: expected FAST_RUN, FAST_COMPILE, DebugMode, NanGuardMode, JAX or a Mode"
        ) from error


def is_fast_mode(mode: Any) -> bool:
    """Return whether a name of Theano's, or nothing, stands for `fast_mode`."""
    if mode is None:
        mode = pytensor.config.mode
    if not isinstance(mode, str):
        return False
    is_default = pytensor.config.linker == "cvm" and config.optimizer in ("o4", "fast_run")
    return mode.upper() in FAST_RUN_NAMES or (mode.upper() == "MODE" and is_default)


def get_default_mode() -> Mode:
    """Return the mode of functions that name none."""
    return get_mode(None)


# Theano had no rewrites of products with diagonal, orthogonal and symmetric matrices. They look for such before each product and
# transposition, by Eye and its like, through all that these are computed from: a tenth of the time of a large graph.
OF_KNOWN_MATRICES = (
    "dot_diag_to_elemwise",
    "orthogonal_dot_transpose_to_eye",
    "selection_dot_to_indexing",
    "useless_symmetric_transpose",
)


@cache
def fast_mode() -> Mode:
    """Return the mode of backend "c", or its substitute without a C++ compiler."""
    from lenet.compile.backends import c_mode, silence_missing_blas

    silence_missing_blas()
    # Constants stay arguments of element-wise loops, as in Theano: others, such as another learning rate or other bounds
    # of a layer's first weights, need no other code.
    mode = c_mode() if pytensor.config.cxx else get_pytensor_mode("NUMBA")
    return mode.excluding("local_inline_composite_constants", *OF_KNOWN_MATRICES)


@cache
def fast_mode_of_loops() -> Mode:
    """Return the mode of what a loop repeats.

    It is not called with shapes that could be waited for.
    """
    mode = fast_mode()
    return Mode(mode.linker, mode.provided_optimizer)


def chosen_rewrites(mode: Mode) -> Mode:
    """Return a mode with the rewrites that options exclude, include or require."""
    for change in ("excluding", "including", "requiring"):
        tags = getattr(config, f"optimizer_{change}")
        if tags:
            mode = getattr(mode, change)(*tags.split(":"))
    return mode


def __getattr__(name: str) -> Any:
    if name == "FAST_RUN":
        return fast_mode()
    return find(name)


find = forward(__name__, "pytensor.compile.mode")
