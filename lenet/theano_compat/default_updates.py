"""Default updates of shared variables, as Theano took them.

PyTensor refuses one of which more of the shape is known than of the variable, although it takes the
same expression as an update. It is met by ``running_mean.default_update = x.mean(0)``. In Theano, one could be deleted, and a
variable without one had no such attribute: programs ask by ``hasattr(variable, "default_update")``.

In a loop, each step made the default updates of what it used; PyTensor's makes those of variables alone that its step has
made, so that random numbers that are drawn outside of the step were the same in each. Those that the step was given as an argument,
by ``non_sequences``, were the same in Theano, too.
"""

import sys
from importlib import import_module
from typing import Any

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import graph_inputs
from pytensor.tensor.type import TensorType

_original = TensorType.filter_variable
_property = SharedVariable.default_update
_scan: Any = import_module("pytensor.scan.basic")  # pytensor.scan is the function
_split = _scan.get_updates_and_outputs


def get(variable: SharedVariable) -> Variable | None:
    """Return a shared variable's default update.

    Raises
    ------
    AttributeError
        If there is none, and a program asks: PyTensor's own code is given None.
    """
    update = variable._default_update
    if update is None and not sys._getframe(1).f_globals.get("__name__", "").startswith(
        "pytensor."
    ):
        raise AttributeError(f"{variable} has no attribute 'default_update'")
    return update


def delete(variable: SharedVariable) -> None:
    """Let a shared variable have no default update."""
    variable._default_update = None


def filter_variable(self: TensorType, other: Any, allow_convert: bool = True) -> Variable:
    """Return a variable of this type, or of one that is contained in it."""
    if isinstance(other, Variable) and self.is_super(other.type):
        return other
    return _original(self, other, allow_convert)


def split(results: Any) -> tuple[Any, list[Variable], dict[Any, Any]]:
    """Return a step's condition, outputs and updates, those by default among them."""
    condition, outputs, updates = _split(results)
    roots = [*outputs, *updates.values(), *([] if condition is None else [condition])]
    # What the step is given, such as a mask for all steps, is computed before the loop.
    given = [
        each
        for each in sys._getframe(1).f_locals.get("args", ())
        if not isinstance(each, SharedVariable)
    ]
    while roots:
        variables = [root for root in roots if isinstance(root, Variable)]
        found = {
            each: each._default_update
            for each in graph_inputs(variables, blockers=given)
            if isinstance(each, SharedVariable)
            and each._default_update is not None
            and each not in updates
        }
        updates.update(found)
        roots = list(found.values())
    return condition, outputs, updates


def accept() -> None:
    """Let PyTensor accept them; doing it again changes nothing."""
    TensorType.filter_variable = filter_variable
    SharedVariable.default_update = property(get, _property.fset, delete)
    _scan.get_updates_and_outputs = split


def refuse() -> None:
    """Take back `accept`."""
    TensorType.filter_variable = _original
    SharedVariable.default_update = _property
    _scan.get_updates_and_outputs = _split
