"""Functions of large graphs, as of networks of a hundred layers, compiled sooner.

PyTensor asks for each Op that could compute in place whether the whole graph still has an order, so that its time
grows with the square of the number of Ops: for ResNet-152, more than a quarter of an hour. Its setting
``cycle_detection="fast"`` asks the neighbours alone, and leaves some Ops a new array that could do without one.
"""

from typing import Any

from pytensor import config
from pytensor.compile.maker import FunctionMaker
from pytensor.graph.fg import FunctionGraph

# Ops before any is rewritten. Measured: GoogLeNet's training step has 1 658, which takes no longer than in Theano;
# ResNet-50's has 5 877, which took twice as long.
LARGE = 3000


class LargeGraphMaker(FunctionMaker):
    """Function maker that does not ask all of a large graph at each step."""

    @staticmethod
    def prepare_fgraph(*arguments: Any, **keywords: Any) -> None:
        """Rewrite a graph; see PyTensor's method."""
        given = (*arguments, *keywords.values())
        (fgraph,) = (each for each in given if isinstance(each, FunctionGraph))
        is_fast = len(fgraph.apply_nodes) >= LARGE
        with config.change_flags(cycle_detection="fast" if is_fast else config.cycle_detection):
            FunctionMaker.prepare_fgraph(*arguments, **keywords)
