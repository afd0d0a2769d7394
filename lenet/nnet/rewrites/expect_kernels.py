"""The kernels of a graph are compiled side by side."""

from pytensor import config
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter

from lenet.nnet.kernels.library import expect
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.rewrites.matching import register_kernels

NAME = "lenet_expect_kernels"


class ExpectKernels(GraphRewriter):
    """Rewriter that tells which kernels a graph has, and changes nothing.

    PyTensor asks for one after the other, and would have each compiled while the other CPUs are idle.
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
        expect(kernels)


def register_expected_kernels() -> None:
    """Register the rewriter, after all others."""
    register_kernels(NAME, ExpectKernels(), position=10000, can_be_shared=True)
