"""Lazy loading of a backend's dispatch module, when it first compiles a graph.

PyTensor has no hook for this, but its linkers for JAX and Numba run the rewrites tagged with their name,
whatever the optimizer. A rewrite that imports the module and changes nothing therefore runs just in time,
and a backend that is installed but not used costs nothing. Those for MLX and PyTorch have no such tag: their methods
that convert a graph import the module first.
"""

from functools import wraps
from importlib import import_module
from typing import Any

from pytensor.compile.mode import optdb
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.link.basic import JITLinker
from pytensor.link.mlx.linker import MLXLinker
from pytensor.link.pytorch.linker import PytorchLinker

BACKENDS = ("jax", "numba")
WITHOUT_TAGS: dict[str, type[JITLinker]] = {"mlx": MLXLinker, "pytorch": PytorchLinker}


class LoadDispatch(GraphRewriter):
    """Rewriter that imports ``lenet.nnet.dispatch.<backend>`` and changes nothing."""

    def __init__(self, backend: str) -> None:
        self.backend = backend

    def apply(self, fgraph: FunctionGraph) -> None:
        load(self.backend)


def load(backend: str) -> None:
    """Import the dispatch module of a backend."""
    import_module(f"lenet.nnet.dispatch.{backend}")


def load_before_conversion(backend: str, linker: type[JITLinker]) -> None:
    """Have a linker load the dispatch module of its backend, at most once."""
    convert = linker.fgraph_convert
    if hasattr(convert, "__wrapped__"):
        return

    @wraps(convert)
    def loaded_and_converted(self: JITLinker, *arguments: Any, **keywords: Any) -> Any:
        load(backend)
        return convert(self, *arguments, **keywords)

    linker.fgraph_convert = loaded_and_converted


def register_loading() -> None:
    """Register what loads dispatch modules."""
    for backend, linker in WITHOUT_TAGS.items():
        load_before_conversion(backend, linker)
    for backend in BACKENDS:
        name = f"lenet_load_{backend}_dispatch"
        if name not in optdb:
            optdb.register(name, LoadDispatch(backend), backend, position=0)
