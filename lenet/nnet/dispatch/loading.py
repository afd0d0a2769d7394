"""Lazy loading of a backend's dispatch module, when it first compiles a graph.

PyTensor has no hook for this, but each of its just-in-time linkers runs the rewrites tagged with its name,
whatever the optimizer. A rewrite that imports the module and changes nothing therefore runs just in time,
and a backend that is installed but not used costs nothing.
"""

from importlib import import_module

from pytensor.compile.mode import optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter

BACKENDS = ("jax", "numba")


class LoadDispatch(GraphRewriter):
    """Rewriter that imports ``lenet.nnet.dispatch.<backend>`` and changes nothing."""

    def __init__(self, backend: str) -> None:
        self.backend = backend

    def apply(self, fgraph: FunctionGraph) -> None:
        import_module(f"lenet.nnet.dispatch.{self.backend}")


def register_loading() -> None:
    """Register the rewriters that load dispatch modules."""
    for backend in BACKENDS:
        name = f"lenet_load_{backend}_dispatch"
        if name not in optdb:
            optdb.register(name, LoadDispatch(backend), backend, position=0)
