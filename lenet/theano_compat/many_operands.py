"""Sums and products of many terms in functions that run in Python.

NumPy's functions take at most 32 arrays, and PyTensor gives them all that a sum has, such as the squares of forty gradients
whose norm is clipped. Theano computed those in C.
"""

from functools import reduce

from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, node_rewriter
from pytensor.scalar import Add, Mul
from pytensor.tensor.elemwise import Elemwise

NAME = "theano_compat_many_operands"
MOST = 31  # beside the result


@node_rewriter([Elemwise])
def split_operands(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Compute a sum or product of many terms by parts, in their order."""
    op, terms = node.op, node.inputs
    if not isinstance(op.scalar_op, Add | Mul) or len(terms) <= MOST:
        return None
    plain = Elemwise(op.scalar_op)
    parts = [terms[first : first + MOST - 1] for first in range(0, len(terms), MOST - 1)]
    result = reduce(lambda before, part: plain(before, *part), parts[1:], plain(*parts[0]))
    copy_stack_trace(node.outputs[0], result)
    return [result]


def split_in_python() -> None:
    """Let functions that run in Python compute long sums by parts."""
    python_only = optdb["py_only"]
    if NAME not in python_only:
        python_only.register(NAME, split_operands, "fast_compile", "py_only")
