"""Theano's test values: results for examples, computed as expressions are built.

With ``theano.config.compute_test_value``, each operation is applied at once to the values of
``x.tag.test_value``, so that shapes that do not fit are an error of the line that writes the operation.
"""

import pdb
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np
from pytensor.compile.builders import SymbolicOp
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import HasInnerGraph, Op
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.scalar.basic import Pow, ScalarOp
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.elemwise import Elemwise

from lenet.theano_compat.theano.configdefaults import config
from lenet.theano_compat.theano.gof.utils import TestValueError

# The classes whose call writes a node; graphs as operations write theirs before.
CALLED: tuple[Any, ...] = (Op, SymbolicOp)

_originals: dict[tuple[Any, str], Callable] = {}


def test_value(variable: Variable) -> Any:
    """Return a variable's test value: of a constant or a shared variable, its own.

    Raises
    ------
    TestValueError
        If there is none.
    ValueError
        If it is not of the variable's type.
    """
    if isinstance(variable, Constant):
        return variable.data
    if isinstance(variable, SharedVariable):
        return variable.get_value(borrow=True, return_internal_type=True)
    if not hasattr(variable.tag, "test_value"):
        raise TestValueError(f"{variable} [{variable.type}] has no test value")
    try:
        return variable.type.filter(variable.tag.test_value)
    except (TypeError, ValueError) as error:
        # No TypeError: operators would say that they cannot be applied.
        raise ValueError(
            f"the test value of {variable} is not of its type, {variable.type}: {error}"
        ) from error


test_value.__test__ = False  # type: ignore[attr-defined]


def compute(node: Apply) -> None:
    """Give the outputs of a node test values, if all of its inputs have some.

    Raises
    ------
    ValueError
        If an input has none, and ``compute_test_value`` is "raise".
    Exception
        Whatever the operation raises.
    """
    values = []
    for number, variable in enumerate(node.inputs):
        try:
            values.append(test_value(variable))
        except TestValueError:
            if isinstance(node.op, ScalarOp):
                return  # PyTensor writes such graphs of its own
            missing(
                f"cannot compute a test value: input {number} ({variable}) of {node.op} has none; set "
                "its tag.test_value"
            )
            return
    for number in {at for places in node.op.destroy_map.values() for at in places}:
        values[number] = np.copy(values[number])
    for output, value in zip(node.outputs, without_test_values(applied)(node, values), strict=True):
        output.tag.test_value = value


def applied(node: Apply, values: Sequence[Any]) -> list[Any]:
    """Return what the operation of a node gives for values of its inputs."""
    if is_negative_power_of_integers(node, values):
        return [as_by_c(node, values)]
    storage = {variable: [value] for variable, value in zip(node.inputs, values, strict=True)}
    storage |= {variable: [None] for variable in node.outputs}
    computed = {variable: [variable in node.inputs] for variable in storage}
    # A loop compiles the graph of its step in place, which is still to be differentiated.
    op = node.op.clone() if isinstance(node.op, HasInnerGraph) else node.op
    impl = "py" if has_perform(op) else None  # that is C code, and an error if there is none
    op.make_thunk(node, storage, computed, no_recycling=[], impl=impl)()
    return [storage[variable][0] for variable in node.outputs]


def is_negative_power_of_integers(node: Apply, values: Sequence[Any]) -> bool:
    """Return whether a node asks for negative powers of integers: NumPy refuses them."""
    return (
        isinstance(node.op, Elemwise)
        and isinstance(node.op.scalar_op, Pow)
        and np.dtype(node.outputs[0].type.dtype).kind in "iu"
        and bool(np.any(np.less(values[1], 0)))
    )


def as_by_c(node: Apply, values: Sequence[Any]) -> np.ndarray:
    """Return powers without their digits after the point, as Theano's C code does."""
    with np.errstate(all="ignore"):
        powers = np.asarray(np.power(np.asarray(values[0], np.float64), values[1]))
        return powers.astype(node.outputs[0].type.dtype)


def has_perform(op: Op) -> bool:
    """Return whether an operation computes in Python, and not in C alone."""
    from lenet.theano_compat.theano.gof.op import Op as TheanoOp  # which needs this module

    return type(op).perform is not TheanoOp.perform


def missing(message: str, error: type[Exception] = ValueError) -> None:
    """Raise, warn of or ignore a missing test value, as ``compute_test_value`` says."""
    action = config.compute_test_value
    if action == "raise":
        raise error(message)
    if action == "warn":
        warnings.warn(message, stacklevel=outside())
    elif action == "pdb":
        pdb.set_trace()


def outside() -> int:
    """Return the level of the first caller that is neither PyTensor nor this package."""
    for level, (frame, _) in enumerate(traceback.walk_stack(sys._getframe(1)), start=1):
        name = frame.f_globals.get("__name__", "")
        if name.partition(".")[0] not in ("pytensor", "lenet", "theano"):
            return level
    return 2


def calling(call: Callable) -> Callable:
    """Return a method ``__call__`` of operations that gives their results test values."""
    without = without_test_values(
        call
    )  # of the variables in graphs that operations write themselves

    @wraps(call)
    def wrapped(op: Op, *inputs: Any, **keywords: Any) -> Any:
        if config.compute_test_value == "off":
            return call(op, *inputs, **keywords)
        result = without(op, *inputs, **keywords)
        compute_of(variables_in(result))
        return result

    return wrapped


def without_test_values(function: Callable) -> Callable:
    """Return a function that computes no test values, such as one that compiles."""

    @wraps(function)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        if config.compute_test_value == "off":
            return function(*arguments, **keywords)
        with config.change_flags(compute_test_value="off"):
            return function(*arguments, **keywords)

    return with_signature_of(function, wrapped)


def with_late_test_values(function: Callable) -> Callable:
    """Return a function whose results get test values once their graph is written."""
    without = without_test_values(function)

    @wraps(function)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        result = without(*arguments, **keywords)
        compute_of(variables_in(result))
        return result

    return with_signature_of(function, wrapped)


def with_signature_of(function: Callable, wrapped: Callable) -> Callable:
    """Return the second with the first's arguments, for ``inspect.getargspec``.

    Keras asks so for those of ``theano.function``.
    """
    wrapped.__signature__ = signature(function)  # type: ignore[attr-defined]
    return wrapped


def variables_in(result: Any) -> list[Variable]:
    """Return the variables in lists, however deep."""
    if isinstance(result, list | tuple):
        return [variable for each in result for variable in variables_in(each)]
    return [result] if isinstance(result, Variable) else []


def compute_of(variables: Sequence[Variable]) -> None:
    """Compute the test values of variables, and before them of those that lack one."""
    if config.compute_test_value == "off":
        return
    waiting = [variable.owner for variable in variables if lacks_value(variable)]
    seen = set()
    while waiting:
        node = waiting[-1]
        before = [
            each.owner for each in node.inputs if lacks_value(each) and each.owner not in seen
        ]
        if before and node not in seen:
            waiting.extend(before)
        else:
            waiting.pop()
            if any(lacks_value(output) for output in node.outputs):
                compute(node)
        seen.add(node)


def lacks_value(variable: Variable) -> bool:
    """Return whether a variable is computed, but has no test value."""
    return variable.owner is not None and not hasattr(variable.tag, "test_value")


# A gradient for batches is written for one element first, whose variables stand for no value. Rewritten
# graphs have none either; Theano had an option of its own for those.
METHODS = {
    **{(kind, "__call__"): calling for kind in CALLED},
    (Blockwise, "pullback"): with_late_test_values,
    (GraphRewriter, "rewrite"): without_test_values,
}


def add() -> None:
    """Let PyTensor compute test values; doing it again changes nothing."""
    for (kind, name), changed in METHODS.items():
        original = _originals.setdefault((kind, name), vars(kind).get(name))
        if original is not None:
            setattr(kind, name, changed(original))


def remove() -> None:
    """Take back `add`."""
    for (kind, name), original in _originals.items():
        if original is not None:
            setattr(kind, name, original)
    _originals.clear()
