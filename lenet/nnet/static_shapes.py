"""Sizes known when a graph is built, looked for up to the next loop.

For each array of zeros, PyTensor copies all that its sizes depend on and asks it for its shapes. Where that is a loop, as it is for each gradient of one, this takes a
fraction of a second, and minutes for a program that asks for the gradient of each parameter in turn. Here the outputs of a loop are known by their types.
"""

from collections.abc import Iterable
from functools import wraps
from typing import Any

import pytensor
import pytensor.tensor.basic
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.scan.op import Scan
from pytensor.tensor.basic import infer_shape_db
from pytensor.tensor.rewriting.basic import topo_constant_folding
from pytensor.tensor.rewriting.shape import ShapeFeature

from lenet.nnet.known_sizes import NotPlainError, plain_size

_original = pytensor.tensor.basic.infer_static_shape


def leaves_before_loops(variables: Iterable[Variable]) -> tuple[list[Variable], bool]:
    """Return what variables are computed from, and whether loops are among it.

    Outputs of loops are taken as they are.
    """
    pending, seen, leaves = list(variables), set[Variable](), []
    has_loops = False
    while pending:
        variable = pending.pop()
        if variable in seen or isinstance(variable, Constant):
            continue
        seen.add(variable)
        is_of_loop = variable.owner is not None and isinstance(variable.owner.op, Scan)
        has_loops |= is_of_loop
        if variable.owner is None or is_of_loop:
            leaves.append(variable)
        else:
            pending.extend(variable.owner.inputs)
    return leaves, has_loops


@wraps(_original)
def infer_static_shape(shape: Any) -> tuple[Any, Any]:
    parts = list(shape) if isinstance(shape, list | tuple) else []
    sizes = [pytensor.tensor.as_tensor_variable(each, ndim=0) for each in parts]
    if any(each.type.numpy_dtype.kind not in "iu" for each in sizes):
        return _original(shape)  # which refuses them
    try:
        if parts:
            return sizes, tuple(map(plain_size, sizes))
    except NotPlainError:
        pass
    leaves, has_loops = leaves_before_loops(each for each in parts if isinstance(each, Variable))
    if not has_loops:
        return _original(shape)
    graph = FunctionGraph(leaves, sizes, features=[ShapeFeature()], clone=True)
    with pytensor.config.change_flags(optdb__max_use_ratio=10, cxx=""):
        infer_shape_db.default_query.rewrite(graph)
        topo_constant_folding.rewrite(graph)
    known = [each.data.item() if isinstance(each, Constant) else None for each in graph.outputs]
    return sizes, tuple(known)


def look_up_to_loops() -> None:
    """Let PyTensor look for sizes so; doing it again changes nothing."""
    pytensor.tensor.basic.infer_static_shape = infer_static_shape
