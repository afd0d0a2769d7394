"""Elementary functions as scalar Ops whose C code a compiler can vectorise.

PyTensor's own C code for them calls the C library for each number.
"""

from functools import cache
from typing import Any

import pytensor.scalar as ps
from pytensor.graph.basic import Apply, Variable
from pytensor.scalar.basic import Composite, ScalarOp, UnaryScalarOp

# Functions of c_code/elementary.h.
FUNCTIONS = {
    type(getattr(ps, name)): name
    for name in ("exp", "expm1", "log", "log1p", "sigmoid", "softplus", "tanh")
}


class ElementaryFunction(UnaryScalarOp):
    """Function of ``c_code/elementary.h`` for float32 or float64, for C code only.

    Parameters
    ----------
    function : str
        Its name there.
    output_types_preference : callable
        As in PyTensor, what type the result has for that of the argument.
    """

    __props__ = ("function",)

    def __init__(self, function: str, output_types_preference: Any) -> None:
        self.function = function
        super().__init__(output_types_preference, name=function)

    def c_code(
        self, node: Apply, name: str, inputs: list[str], outputs: list[str], sub: dict[str, Any]
    ) -> str:
        dtype = node.outputs[0].type.dtype_specs()[1]
        return f"{outputs[0]} = lenet::{self.function}(({dtype}){inputs[0]});"

    def c_code_cache_version(self) -> tuple[int, ...]:
        return (1,)


@cache
def with_elementary_functions(op: ScalarOp) -> ScalarOp:
    """Return a scalar Op with functions of ``c_code/elementary.h`` where it can be."""
    if type(op) in FUNCTIONS:
        return ElementaryFunction(FUNCTIONS[type(op)], op.output_types_preference)
    if not isinstance(op, Composite):
        return op
    inputs = [variable.type.make_variable() for variable in op.fgraph.inputs]
    copies: dict[Variable, Variable] = dict(zip(op.fgraph.inputs, inputs, strict=True))
    for node in op.fgraph.toposort():
        arguments = [copies.get(variable, variable) for variable in node.inputs]
        floats = all(v.type.dtype in ("float32", "float64") for v in node.outputs)
        new = (with_elementary_functions(node.op) if floats else node.op).make_node(*arguments)
        copies.update(zip(node.outputs, new.outputs, strict=True))
    return Composite(inputs, [copies[variable] for variable in op.fgraph.outputs])
