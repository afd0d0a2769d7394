"""Draws of `RandomFunction` in Numba: the generator passes, Python draws.

Imported when Numba first compiles a graph, by `lenet.random_streams.random_function`.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import NativeValue, box, models, register_model, typeof_impl, unbox
from pytensor.graph.basic import Apply
from pytensor.link.numba.dispatch.basic import (
    get_numba_type,
    numba_njit,
    register_funcify_and_cache_key,
)

from lenet.random_streams.random_function import RandomFunction


class RandomStateType(types.Type):
    """Numba's type of a `numpy.random.RandomState`."""

    def __init__(self) -> None:
        super().__init__("RandomState")


random_state_type = RandomStateType()


@register_model(RandomStateType)
class RandomStateModel(models.StructModel):
    """Pointer to a generator, with the count by which Numba lets go of it.

    As Numba's own type of a `numpy.random.Generator` has them.
    """

    def __init__(self, manager: Any, kind: RandomStateType) -> None:
        members = [("parent", types.pyobject), ("meminfo", types.MemInfoPointer(types.voidptr))]
        super().__init__(manager, kind, members)


@typeof_impl.register(np.random.RandomState)
def type_of_state(value: np.random.RandomState, context: Any) -> RandomStateType:
    """Return the type of a generator."""
    return random_state_type


@unbox(RandomStateType)
def unbox_state(kind: RandomStateType, value: Any, c: Any) -> NativeValue:
    """Return a generator for machine code, which counts its references."""
    state = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    state.parent = value
    state.meminfo = c.pyapi.nrt_meminfo_new_from_pyobject(cgutils.voidptr_t(None), value)
    return NativeValue(state._getvalue())


@box(RandomStateType)
def box_state(kind: RandomStateType, value: Any, c: Any) -> Any:
    """Return the generator that machine code has held, and let go of it there."""
    state = cgutils.create_struct_proxy(kind)(c.context, c.builder, value=value).parent
    c.pyapi.incref(state)
    c.context.nrt.decref(c.builder, kind, value)
    return state


@register_funcify_and_cache_key(RandomFunction)
def numba_funcify_draw(op: RandomFunction, node: Apply, **kwargs: Any) -> tuple[Callable, None]:
    """Return a function that calls back into Python for a state and an array."""
    result = types.Tuple([random_state_type, get_numba_type(node.outputs[1].type, layout="C")])

    def draw_in_python(inputs: tuple) -> tuple:
        storage: list[list] = [[None], [None]]
        op.perform(node, inputs, storage)
        return storage[0][0], np.require(storage[1][0], requirements=["C", "A", "W"])

    @numba_njit
    def draw(*inputs):  # type: ignore[no-untyped-def]
        with numba.objmode(drawn=result):
            drawn = draw_in_python(inputs)
        return drawn  # noqa: RET504, Numba cannot return from within the block

    # No key: machine code that holds a Python object must not outlive the process.
    return draw, None
