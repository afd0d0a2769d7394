"""Kernels are compiled side by side, from when a graph is rewritten."""

from pytensor import config
from pytensor.compile.mode import optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter

from lenet.nnet.kernels.library import start_compiling
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.rewrites.matching import FOR_NUMBA, NUMBA_TAGS, TAGS

NAME = "lenet_start_kernels"


class StartKernels(GraphRewriter):
    """Rewriter that begins to compile the kernels of a graph, and changes nothing.

    PyTensor asks for one after the other, and would have each compiled while the CPUs are idle.
    """

    def apply(self, fgraph: FunctionGraph) -> None:
        if not config.cxx:
            return
        kernels = []
        for node in fgraph.apply_nodes:
            if isinstance(node.op, CFileOp):
                try:
                    kernels.append(node.op.kernel(node))
                except NotImplementedError:
                    continue  # NumPy computes it
        start_compiling(kernels)


def register_start_of_kernels() -> None:
    """Register the rewriter, after all others."""
    if NAME not in optdb:
        for suffix, tags in (("", TAGS), (FOR_NUMBA, NUMBA_TAGS)):
            optdb.register(NAME + suffix, StartKernels(), *tags, position=10000)
