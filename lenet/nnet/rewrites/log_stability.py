"""Rewrites that keep logarithms of probabilities and their gradients finite.

``log(softmax(x)[rows, labels])`` is infinite where a probability underflows, and its gradient divides
by the probability and multiplies by it again. The rewrites for C turn such graphs into Ops of this
package; the rewrites here use PyTensor's, so that JAX and Numba can run the result, and also apply in
mode "FAST_COMPILE".
"""

import pytensor.tensor as pt
from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter
from pytensor.graph.rewriting.db import SequenceDB
from pytensor.tensor.rewriting.special import local_logsoftmax
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
)

from lenet.nnet.rewrites.matching import constant_value, operands

NAME = "lenet_log_stability"


@node_rewriter([pt.mul])
def undone_division(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace ``zeros[i].inc(g / p[i]) * p`` by ``zeros[i].inc(g)``, in a sum too.

    The pattern arises where the gradient of a logarithm of selected probabilities meets that of their
    softmax.
    """
    match node.inputs:
        case [a, b]:
            for gradient, p in ((a, b), (b, a)):
                terms = operands(gradient, pt.add) or [gradient]
                undone = [without_division(term, p) for term in terms]
                if any(term is not None for term in undone):
                    summands = [
                        term * p if new is None else new
                        for term, new in zip(terms, undone, strict=True)
                    ]
                    new = pt.add(*summands) if len(summands) > 1 else summands[0]
                    copy_stack_trace(node.outputs, new)
                    return [new]
    return None


def without_division(spread: Variable, p: Variable) -> Variable | None:
    """Return ``zeros[i].inc(g)`` if `spread` is ``zeros[i].inc(g / p[i])``."""
    if spread.owner is None or not isinstance(spread.owner.op, AdvancedIncSubtensor | IncSubtensor):
        return None
    op, (zeros, quotient, *index) = spread.owner.op, spread.owner.inputs
    pick = AdvancedSubtensor if isinstance(op, AdvancedIncSubtensor) else Subtensor
    match operands(quotient, pt.true_div):
        case [numerator, divisor] if (
            not op.set_instead_of_inc
            and constant_value(zeros) == 0
            and operands(divisor, pick) == [p, *index]
            and divisor.owner.op.idx_list == op.idx_list
            and p.type.dtype == spread.type.dtype
        ):
            return op(zeros, numerator, *index)
    return None


def register_log_stability_rewrites() -> None:
    """Register the rewrites of this module."""
    if NAME in optdb:
        return
    sequence = SequenceDB()
    tags = "fast_run", "fast_compile"
    sequence.register("lenet_log_of_picked_softmax", dfs_rewriter(local_logsoftmax), *tags)
    sequence.register("lenet_undone_division", dfs_rewriter(undone_division), *tags)
    # After the rewrites for C, which match larger patterns; before canonicalisation hides the pattern.
    optdb.register(NAME, sequence, *tags, position=0.03)
