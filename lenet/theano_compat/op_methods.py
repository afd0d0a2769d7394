"""Theano's methods of users' Ops, where PyTensor has others, added to its class.

``grad``, ``L_op``, ``R_op``
    Of a subclass of any Op, such as Theano's `ViewOp`. PyTensor would take ``pullback`` and ``pushforward`` of
    the class above, and with them other gradients.
``infer_shape(node, shapes)``
    Without PyTensor's graph before them.
``c_headers()``, ``c_libraries(compiler)`` and their like
    With or without the compiler.
``op.grad(inputs, gradients)``
    Of PyTensor's own Ops, which users' may call.
``default_output``
    Of a users' Op has to be the number of an output, where its node is taken for a variable.

And what derivatives an operation made of a graph has kept is left out of pickles, since it cannot be in them: programs pickle their functions.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from pytensor.compile.builders import OpFromGraph
from pytensor.gradient import DisconnectedType, disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op

from lenet.theano_compat import compiler_methods

Variables = Sequence[Variable]

_grad, _default_output = Op.grad, Apply.default_output


def add() -> None:
    """Let classes defined from now on have Theano's methods.

    Doing it again changes nothing.
    """
    Op.__init_subclass__ = classmethod(adopt_new)
    Op.grad = grad
    Apply.default_output = default_output
    OpFromGraph.__getstate__ = without_derivatives


def remove() -> None:
    """Take back `add`."""
    Op.grad, Apply.default_output = _grad, _default_output
    if "__init_subclass__" in vars(Op):
        del Op.__init_subclass__
    if "__getstate__" in vars(OpFromGraph):
        del OpFromGraph.__getstate__


def without_derivatives(self: OpFromGraph) -> dict[str, Any]:
    """Return the state of an operation made of a graph, without its derivatives."""
    return {**vars(self), "_lop_op_cache": {}, "_rop_op_cache": None}


def adopt_new(cls: type[Op], **keywords: Any) -> None:
    """Adopt a class that has just been defined."""
    super(Op, cls).__init_subclass__(**keywords)
    adopt(cls)


def adopt(cls: type[Op]) -> None:
    """Give a class the methods of PyTensor that call those which it or a mixin has.

    Doing it again changes nothing.
    """
    # Where several classes define them, the last one counts.
    above = [vars(each) for each in cls.__mro__[: cls.__mro__.index(Op)]]
    for own in above:
        if "pullback" in own:
            break
        if "L_op" in own or ("grad" in own and cls.L_op is Op.L_op):
            cls.pullback = by_l_op if "L_op" in own else by_grad
            break
    first: Mapping[str, Any] = next(
        (own for own in above if own.keys() & {"pushforward", "R_op"}), {}
    )
    if "R_op" in first and "pushforward" not in first:
        cls.pushforward = by_r_op
    infer_shape = next((own["infer_shape"] for own in above if "infer_shape" in own), None)
    if infer_shape is not None and len(inspect.signature(infer_shape).parameters) == 3:
        cls.infer_shape = with_graph(infer_shape)
    compiler_methods.adopt(cls)


def grad(op: Op, inputs: Variables, cotangents: Variables) -> list[Variable]:
    """Return the gradients of the inputs, by PyTensor's method."""
    if type(op).pullback is Op.pullback:
        return _grad(op, inputs, cotangents)
    return op.pullback(inputs, op.make_node(*inputs).outputs, cotangents)


def default_output(node: Apply) -> Variable:
    """Return the output that stands for a node.

    Raises
    ------
    AttributeError
        If there is no such output.
    """
    number, count = getattr(node.op, "default_output", None), len(node.outputs)
    if number is not None and number not in [*range(count)]:
        raise AttributeError(
            f"default_output of {node.op} is {number}, but its outputs are 0 to {count - 1}"
        )
    return _default_output(node)


def by_l_op(op: Op, inputs: Variables, outputs: Variables, cotangents: Variables) -> list[Variable]:
    """Return the gradients of the inputs, by ``L_op``."""
    return op.L_op(inputs, outputs, cotangents)


def by_grad(op: Op, inputs: Variables, outputs: Variables, cotangents: Variables) -> list[Variable]:
    """Return the gradients of the inputs, by ``grad``."""
    return op.grad(inputs, cotangents)


def by_r_op(op: Op, inputs: Variables, outputs: Variables, tangents: Variables) -> list[Variable]:
    """Return the derivatives of the outputs, by ``R_op``."""
    points = [None if isinstance(each.type, DisconnectedType) else each for each in tangents]
    return [disconnected_type() if each is None else each for each in op.R_op(inputs, points)]


def with_graph(infer_shape: Callable) -> Callable:
    """Return a method ``infer_shape(node, shapes)`` in the form that PyTensor calls."""

    @wraps(infer_shape)
    def infer(self: Op, *arguments: Any) -> Any:
        node, shapes = arguments[-2:]
        return infer_shape(self, node, shapes)

    del infer.__wrapped__  # its signature is its own: it is not adopted again
    return infer
