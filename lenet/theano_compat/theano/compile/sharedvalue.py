"""Theano's ``theano.compile.sharedvalue``: values that functions share."""

from typing import Any

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.compile.sharedvalue import shared as pytensor_shared
from pytensor.link.c.type import generic

from lenet.random_streams.random_function import copy_of, random_state_type
from lenet.random_streams.shared_randomstreams import RandomStateSharedVariable
from lenet.theano_compat.forwarding import forward

__all__ = ["RandomStateSharedVariable", "SharedVariable", "generic_constructor", "shared"]

__getattr__ = forward(__name__, "pytensor.compile.sharedvalue")

# Shared variables that Theano has pickled come without it.
SharedVariable._default_update = None


def shared(
    value: Any,
    name: str | None = None,
    strict: bool = False,
    allow_downcast: bool | None = None,
    broadcastable: Any = None,
    target: str | None = None,
    **keywords: Any,
) -> SharedVariable:
    """Return a shared variable, as ``theano.shared`` did.

    Parameters
    ----------
    value : array, number, or anything else
        Its first value.
    name, strict, allow_downcast
        As in Theano.
    broadcastable : sequence of bool, optional
        Which axes have the length 1 for ever.
    target : str, optional
        Theano's GPU, for which there is no successor; it makes no difference.
    **keywords
        ``borrow``: whether a value is not copied.
    """
    if isinstance(value, np.random.RandomState):
        if not keywords.get("borrow"):
            value = copy_of(value)
        return RandomStateSharedVariable(
            random_state_type, value, strict, allow_downcast, name=name
        )
    if isinstance(value, bool | np.bool_):
        value = np.asarray(value)
    if broadcastable is not None:
        value = np.asarray(value) if isinstance(value, int | float | np.number) else value
        keywords["shape"] = tuple(1 if each else None for each in broadcastable)
    return pytensor_shared(value, name, strict, allow_downcast, **keywords)


def generic_constructor(
    value: Any, name: str | None = None, strict: bool = False, allow_downcast: bool | None = None
) -> SharedVariable:
    """Return a shared variable that holds anything, such as a program's own object."""
    return SharedVariable(generic, value, strict, allow_downcast, name=name)
