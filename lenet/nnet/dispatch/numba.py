"""Numba implementation of the convolution and pooling Ops, by NumPy ``perform``.

Compiled code calls back into Python. The time goes into NumPy's matrix products and reductions, which Numba
could only call as well.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.link.numba.dispatch.basic import (
    get_numba_type,
    numba_njit,
    register_funcify_and_cache_key,
)

from lenet.nnet.ops.conv import ConvOp
from lenet.nnet.ops.neighbours import NeighboursOp
from lenet.nnet.ops.pool import PoolOp
from lenet.nnet.ops.symbolic_pool import SymbolicPoolOp


@register_funcify_and_cache_key(ConvOp)
@register_funcify_and_cache_key(PoolOp)
@register_funcify_and_cache_key(SymbolicPoolOp)
@register_funcify_and_cache_key(NeighboursOp)
def numba_funcify_perform(op: Op, node: Apply, **kwargs: Any) -> tuple[Callable, None]:
    result_type = get_numba_type(node.outputs[0].type)

    def perform_in_python(inputs: tuple) -> np.ndarray:
        storage: list = [None]
        op.perform(node, inputs, [storage])
        return storage[0]

    @numba_njit
    def perform(*inputs):  # type: ignore[no-untyped-def]
        with numba.objmode(result=result_type):
            result = perform_in_python(inputs)
        return result  # noqa: RET504, Numba cannot return from within the block

    # No key: machine code that holds a Python object must not outlive the process.
    return perform, None
