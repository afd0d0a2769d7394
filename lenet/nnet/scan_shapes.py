"""Shapes of loops that leave the graph of a step to the loop alone.

PyTensor's `Scan.infer_shape` answers with nodes of the graph of a step where a size follows from constants. The graph
around the loop takes them in as its own; what is merged or rewritten there then changes the step, behind the back of
its `FunctionGraph`, which no longer knows the inputs of its own nodes.
"""

from collections.abc import Sequence
from copy import copy
from functools import wraps
from typing import Any

from pytensor.graph.basic import Apply, Variable
from pytensor.scan.op import Scan

_original = Scan.infer_shape


@wraps(_original)
def infer_shape(
    scan: Scan, fgraph: Any, node: Apply, input_shapes: Sequence[Sequence[Variable] | None]
) -> list[tuple[Variable, ...] | None]:
    apart = copy(scan)
    apart.fgraph = scan.fgraph.clone()
    return _original(apart, fgraph, node, input_shapes)


def keep_steps_apart() -> None:
    """Let PyTensor take shapes of loops from copies; doing it again changes nothing."""
    Scan.infer_shape = infer_shape
