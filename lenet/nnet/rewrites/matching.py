"""Pattern matching on graphs, and registration of rewrites."""

from typing import Any

import pytensor.tensor as pt
from pytensor import config
from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.graph.rewriting.db import SequenceDB
from pytensor.tensor.basic import get_underlying_scalar_constant_value
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.math import Sum
from pytensor.tensor.shape import Shape, Shape_i

# Just-in-time backends exclude rewrites with the tag `cxx_only`.
TAGS = ("fast_run", "cxx_only")
# Numba's linker asks for those with this tag, whatever the optimizer, and no other linker does.
NUMBA_TAGS = ("numba",)
FOR_NUMBA = "_for_numba"
# Likewise. By the second, a linker without kernels leaves them out; by the third, one that shares a graph among
# devices, unless what the rewrite makes can be shared: each device then computes its part of a batch.
KERNELS, WHOLE = "lenet_kernels", "lenet_whole_kernels"
JAX_TAGS = ("jax", KERNELS)
FOR_JAX = "_for_jax"


class OnCpus(GraphRewriter):
    """Rewriter for graphs that JAX computes on CPUs; accelerators have no kernels.

    Parameters
    ----------
    rewriter : GraphRewriter
    """

    def __init__(self, rewriter: GraphRewriter) -> None:
        self.rewriter = rewriter

    def apply(self, fgraph: FunctionGraph) -> Any:
        import jax

        return self.rewriter.apply(fgraph) if jax.default_backend() == "cpu" else None


def register_kernels(
    name: str,
    rewriters: dict[str, GraphRewriter] | GraphRewriter,
    position: float,
    can_be_shared: bool = False,
) -> bool:
    """Register rewriters to Ops that kernels compute, for C, Numba and JAX.

    Several run in turn, and have one name each besides the common one: ``mode.excluding(name)`` leaves
    them out, whatever the linker. Where JAX shares a graph among devices, only those run that say so. Without a
    C++ compiler, Numba and JAX have PyTensor's own Ops.

    Returns
    -------
    bool
        Whether they were not registered yet; else nothing is changed.
    """
    if name in optdb:
        return False
    steps = rewriters if isinstance(rewriters, dict) else {name: rewriters}
    optdb.register(name, in_turn(steps, TAGS), *TAGS, position=position)
    if config.cxx:
        on_cpus = {each: OnCpus(rewriter) for each, rewriter in steps.items()}
        jax_tags = JAX_TAGS if can_be_shared else (*JAX_TAGS, WHOLE)
        for some, suffix, tags in ((steps, FOR_NUMBA, NUMBA_TAGS), (on_cpus, FOR_JAX, jax_tags)):
            # What is excluded by the name is the step of that name inside.
            inside = {name: in_turn(some, tags)} if len(some) > 1 else some
            optdb.register(name + suffix, in_turn(inside, tags), *tags, position=position)
    return True


def in_turn(steps: dict[str, Any], tags: tuple[str, ...]) -> SequenceDB:
    """Return a sequence of named rewriters."""
    sequence = SequenceDB()
    for name, step in steps.items():
        sequence.register(name, step, *tags)
    return sequence


def operands(variable: Variable, op: Any) -> list[Variable]:
    """Return the inputs of the node that makes a variable, if it applies `op`.

    `op` may also be a class of Ops. If it applies another Op, the list is empty.
    """
    node = variable.owner
    if node is None:
        return []
    matches = isinstance(node.op, op) if isinstance(op, type) else node.op == op
    return node.inputs if matches else []


def other_operand(variable: Variable, op: Any, known: Variable) -> Variable | None:
    """Return `a` if the variable is ``op(a, known)`` or ``op(known, a)``."""
    match operands(variable, op):
        case [a, b] if known in (a, b):
            return a if b is known else b
    return None


def constant_value(variable: Variable) -> Any:
    """Return the number that fills a variable, or None if it is not constant."""
    value = get_underlying_scalar_constant_value(variable, raise_not_constant=False)
    return None if isinstance(value, Variable) else value.item()


def clients(fgraph: FunctionGraph, variable: Variable) -> list[Apply]:
    """Return the nodes that read the values of a variable, not only its shape."""
    nodes = (node for node, _ in fgraph.clients[variable])
    return [node for node in nodes if not isinstance(node.op, Shape | Shape_i)]


def biased(variable: Variable) -> tuple[Variable, Variable] | None:
    """Return `a` and `b` if a variable is `a` with the vector `b` added as its bias.

    The pattern is ``a + b.dimshuffle("x", 0, "x", "x")``.
    """
    match operands(variable, pt.add):
        case [a, b]:
            for values, bias in ((a, b), (b, a)):
                for vector in operands(bias, DimShuffle):
                    if (
                        bias.owner.op.new_order == ("x", 0, "x", "x")
                        and vector.type.dtype == values.type.dtype
                        and vector.type.shape[0] in (None, values.type.shape[1])
                        and values.type == variable.type
                    ):
                        return values, vector
    return None


def sums_over_positions(node: Apply) -> bool:
    """Return whether a node sums a gradient over all axes but the maps.

    Axes of length one need not be summed.
    """
    if not isinstance(node.op, Sum) or node.inputs[0].type.ndim != 4:
        return False
    summed, shape = node.op.axis or (), node.inputs[0].type.shape
    return 1 not in summed and all(axis in summed or shape[axis] == 1 for axis in (0, 2, 3))


def in_place_of_sum(node: Apply, biases: Variable) -> Variable:
    """Return a vector in the form of the sums of a node of `sums_over_positions`."""
    kept = [axis for axis in range(4) if axis not in node.op.axis]
    return biases if kept == [1] else biases.dimshuffle([0 if axis == 1 else "x" for axis in kept])
