"""Loading of a backend's dispatch file when, and only when, that backend compiles a graph.

PyTensor has no hook for this, but each of its just-in-time linkers demands the rewrites that bear its
name as their tag, whatever the optimizer. A rewrite that changes nothing but imports the file
therefore runs just in time, and nobody pays for a backend that is installed but not used.
"""

from importlib import import_module

from pytensor.compile.mode import optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter

BACKENDS = ("jax", "numba")


class LoadDispatch(GraphRewriter):
    """Import ``lenet.nnet.dispatch.<backend>`` and leave the graph as it is."""

    def __init__(self, backend: str) -> None:
        self.backend = backend

    def apply(self, fgraph: FunctionGraph) -> None:
        import_module(f"lenet.nnet.dispatch.{self.backend}")


def register_loading() -> None:
    """Tell PyTensor to load the dispatch files."""
    for backend in BACKENDS:
        name = f"lenet_load_{backend}_dispatch"
        if name not in optdb:
            optdb.register(name, LoadDispatch(backend), backend, position=0)
