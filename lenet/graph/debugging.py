"""Training step in PyTensor's DebugMode, which checks every Op and every rewrite."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor
from pytensor.compile.debug.debugmode import (
    BadOptimization,
    BadThunkOutput,
    DebugMode,
    DebugModeError,
)
from pytensor.graph.basic import Variable
from pytensor.graph.rewriting.basic import GraphRewriter

from lenet.compile.parallel import compiler_flags
from lenet.graph.functions import compile_step
from lenet.graph.subject import Subject
from lenet.terminal import progress


def debug_mode(in_c: bool, rewrites: str | GraphRewriter = "fast_run") -> DebugMode:
    """Return a DebugMode that compares values.

    Parameters
    ----------
    in_c : bool
        Whether to run the C code of Ops besides Python.
    rewrites : str or GraphRewriter
        Name of the mode whose rewrites are checked, or the rewrites.

    Notes
    -----
    Neither the order of rewrites nor the memory layout of results is checked: each implementation may
    choose its own.
    """
    return DebugMode(
        optimizer=rewrites,
        stability_patience=1,
        check_c_code=in_c,
        check_py_code=True,
        require_matching_strides=0,
    )


def debug_step(subject: Subject, batch: tuple[np.ndarray, np.ndarray], in_c: bool) -> str:
    """Run a training step in DebugMode; return the fault in one line, or empty text.

    Parameters
    ----------
    subject : Subject
        Its parameters are changed by the step.
    batch : (images, labels)
    in_c : bool
        Whether to run the C code of Ops besides Python.

    Notes
    -----
    DebugMode gives up at the first difference, as all that follows would differ too.
    """

    def run() -> None:
        for _ in progress([None], "DebugMode compiles and runs a step", "step"):
            function, _ = compile_step(subject, debug_mode(in_c))
            function(*batch)

    return first_fault(run)


def first_fault(run: Callable[[], None]) -> str:
    """Compile and run in DebugMode; return the first fault in one line, or empty text."""
    try:
        with compiler_flags():
            run()
    except DebugModeError as error:
        return explain(error)
    return ""


def explain(error: DebugModeError) -> str:
    """Return DebugMode's error in one line that names the Op."""
    if isinstance(error, BadThunkOutput):
        difference = largest_difference(error.val1, error.val2)
        return f"{operation(error.r)}: its C and its Python code differ by up to {difference:.3g}"
    if isinstance(error, BadOptimization):
        difference = largest_difference(error.old_r_val, error.new_r_val)
        return (
            f"{operation(error.new_r)}: differs by up to {difference:.3g} from "
            f"{operation(error.old_r)}, in whose place the rewrite {error.reason} has put it"
        )
    described: Any = getattr(error, "node", None) or getattr(error, "r", None)
    if described is not None and isinstance(described, Variable):
        described = operation(described)
    return f"{described or 'DebugMode'}: {type(error).__name__} (see PyTensor's DebugMode)"


def operation(variable: Variable) -> str:
    """Return the Op that makes a variable, with its arguments, as text."""
    if variable.owner is None:
        return str(variable)
    return f"{variable.owner.op}({', '.join(map(brief, variable.owner.inputs))})"


def brief(variable: Variable) -> str:
    """Return the name of a variable, or else of the Op that makes it."""
    if variable.name or variable.owner is None:
        return str(variable)
    return f"{str(variable.owner.op).partition('{')[0]}(...)"


def largest_difference(one: Any, other: Any) -> float:
    """Return the largest difference of two arrays; infinity if their shapes differ."""
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return np.inf
    return float(np.abs(one.astype(float) - other.astype(float)).max(initial=0.0))


def has_compiler() -> bool:
    """Return whether PyTensor found a C++ compiler."""
    return bool(pytensor.config.cxx)
