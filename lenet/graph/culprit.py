"""Search for the first Op that a backend computes incorrectly.

Each Op runs alone, on the values that Python has computed so far: an Op whose result differs is at fault.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from pytensor.compile.executor import Function
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.traversal import ancestors

from lenet.graph.agreement import MAX_ROUNDING, Batch
from lenet.graph.debugging import brief
from lenet.terminal import progress
from lenet.text import shape_text, table

Run = Callable[[Apply, Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Culprit:
    """Op with an incorrect result.

    Attributes
    ----------
    node : Apply
    number, of : int
        Its position among the Ops of the graph, in the order in which they run.
    result : str
        The first of the compared results that depends on it.
    inputs : list of array
    comparison : str
        Size of the error, in words.
    """

    node: Apply
    number: int
    of: int
    result: str
    inputs: list[Any]
    comparison: str

    def report(self) -> str:
        """Return the Op, its inputs and the size of its error, as text."""
        rows = [("input", "shape", "type")]
        for variable, value in zip(self.node.inputs, self.inputs, strict=True):
            array = np.asarray(value)
            shape = shape_text(array.shape) or "number"
            rows.append((brief(variable), shape, str(array.dtype)))
        return (
            f"number {self.number} of {self.of}, for {self.result}:\n{self.node.op}\n\n"
            f"{table(rows)}\n\n{self.comparison}"
        )


def run_in_python(node: Apply, inputs: Sequence[Any]) -> list[Any]:
    """Return the outputs of a node computed by its Python code.

    It may overwrite the inputs.
    """
    # PyTensor puts it into graphs for JAX only, and its Python code does nothing.
    if type(node.op).__name__ == "JAXShapeTuple":
        return [np.array(inputs)]
    return run_thunk(node, inputs, "py")


def run_in_c(node: Apply, inputs: Sequence[Any]) -> list[Any]:
    """Return the outputs of a node computed by its C code, or else its Python code."""
    return run_thunk(node, inputs, None)


def run_thunk(node: Apply, inputs: Sequence[Any], implementation: str | None) -> list[Any]:
    """Run a node alone, with one of its implementations.

    See `pytensor.graph.op.Op.make_thunk`.
    """
    storage = dict(zip(node.inputs, ([value] for value in inputs), strict=True))
    storage |= {variable: [None] for variable in node.outputs}
    computed = {variable: [variable not in node.outputs] for variable in storage}
    node.op.make_thunk(node, storage, computed, [], impl=implementation)()
    return [storage[variable][0] for variable in node.outputs]


def run_in_jax(node: Apply, inputs: Sequence[Any]) -> list[Any]:
    """Return the outputs of a node computed by JAX."""
    from pytensor.link.jax.dispatch import jax_funcify, jax_typify

    results = jax_funcify(node.op, node=node)(*map(jax_typify, inputs))
    return [results] if len(node.outputs) == 1 else list(results)


RUNS: dict[str, Run] = {"C": run_in_c, "JAX": run_in_jax, "rewritten": run_in_python}


def first_wrong_op(
    function: Function, batch: Batch, names: Sequence[str], backend: str
) -> Culprit | None:
    """Return the first Op of a compiled function that differs from its Python code.

    Parameters
    ----------
    function : Function
        Of (images, labels).
    batch : (images, labels)
    names : sequence of str
        Names of its outputs.
    backend : str
        One of `RUNS`, for which the function was compiled.
    """
    fgraph = function.maker.fgraph
    containers = zip(fgraph.inputs, function.input_storage, strict=True)
    values = {variable: container.data for variable, container in containers}
    values |= dict(zip(fgraph.inputs, batch, strict=False))
    nodes = fgraph.toposort()
    for number, node in enumerate(progress(nodes, f"Ops in {backend}", "Op"), start=1):
        inputs = values_of(node.inputs, values)
        expected = run_in_python(node, deepcopy(inputs))
        found = RUNS[backend](node, deepcopy(inputs))
        values |= dict(zip(node.outputs, expected, strict=True))
        for variable, one, other in zip(node.outputs, found, expected, strict=True):
            # Memory that is only allocated may hold any values; NanGuardMode uses the same tag.
            if not getattr(variable.tag, "nan_guard_mode_check", True):
                continue
            if comparison := compare_values(np.asarray(one), np.asarray(other), backend):
                result = first_that_needs(node, fgraph.outputs, names)
                return Culprit(node, number, len(nodes), result, inputs, comparison)
    return None


def values_of(variables: Sequence[Variable], values: dict[Variable, Any]) -> list[Any]:
    """Return the values of variables, constants included."""
    return [v.data if isinstance(v, Constant) else values[v] for v in variables]


def first_that_needs(node: Apply, results: Sequence[Variable], names: Sequence[str]) -> str:
    """Return the name of the first result that depends on a node."""
    return next(
        name
        for name, result in zip(names, results, strict=True)
        if any(variable.owner is node for variable in ancestors([result]))
    )


def compare_values(found: np.ndarray, expected: np.ndarray, backend: str) -> str:
    """Describe the difference of a value from Python's; empty text if there is none.

    Infinities and NaN agree if they are in the same places: intermediate results may contain them.
    """
    if found.shape != expected.shape:
        return f"its shape is {found.shape} in {backend}, {expected.shape} in Python"
    if expected.dtype.kind not in "fiub":
        return ""
    found, expected = found.astype(float), expected.astype(float)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        distance = np.where(same, 0.0, np.abs(found - expected))
    distance = np.where(np.isnan(distance), np.inf, distance)
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=0.0) or 1.0
    most = distance.max(initial=0.0)
    if most <= MAX_ROUNDING * scale:
        return ""
    place = np.unravel_index(np.argmax(distance), distance.shape)
    where = f", at {list(map(int, place))}" if place else ""
    return (
        f"differs by up to {most:.3g}, {most / scale:.0e} of its largest element{where}: "
        f"{found[place]:.6g} in {backend}, {expected[place]:.6g} in Python"
    )
