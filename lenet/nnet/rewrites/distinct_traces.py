"""Traces of where variables were made, each kept once.

A rewrite gives what it makes the traces of what it replaces, for error messages. PyTensor's function joins lists of
them, with what is in them already: a constant that takes the place of ``switch(condition, 0, 0)`` has three times as
many as before, and after thirty such choices, memory is full. docs/upstream.md has an example.
"""

import sys
from collections.abc import Iterable
from typing import Any

from pytensor.graph.basic import Variable
from pytensor.graph.rewriting import basic

_original = basic.copy_stack_trace


def copy_stack_trace(from_var: Any, to_var: Any) -> Any:
    """Give variables the traces of others that they do not have, and return them.

    Parameters
    ----------
    from_var, to_var : Variable or iterable of Variable
    """
    traces = [trace for variable in listed(from_var) for trace in traces_of(variable)]
    for variable in listed(to_var):
        own = traces_of(variable)
        variable.tag.trace = [*{id(trace): trace for trace in [*own, *traces]}.values()]
    return to_var


def listed(variables: Any) -> Iterable[Variable]:
    """Return a variable, or several, as an iterable."""
    is_several = isinstance(variables, Iterable) and not isinstance(variables, Variable)
    return variables if is_several else [variables]


def traces_of(variable: Variable) -> list[Any]:
    """Return the traces of a variable, each a list of tuples."""
    traces = getattr(variable.tag, "trace", [])
    return [traces] if traces and isinstance(traces[0], tuple) else traces


def keep_traces_distinct() -> None:
    """Let PyTensor's rewrites keep each trace once; repeated calls change nothing."""
    for name, module in list(sys.modules.items()):
        if name.startswith("pytensor.") and vars(module).get("copy_stack_trace") is _original:
            module.copy_stack_trace = copy_stack_trace  # type: ignore[attr-defined]
