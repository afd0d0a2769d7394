"""Theano's ``theano.sandbox.cuda.opt``: rewrites for a GPU, which are not applied."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.graph.rewriting.db import EquilibriumDB, SequenceDB
from pytensor.misc.ordered_set import OrderedSet

from lenet.theano_compat.gpu_names import gpu_names
from lenet.theano_compat.theano.gof.opt import local_optimizer

__all__ = [
    "gpu_cut_copies",
    "gpu_optimizer",
    "gpu_optimizer2",
    "gpu_seqopt",
    "local_optimizer",
    "op_lifter",
    "register_inplace",
    "register_opt",
    "register_opt2",
]

__getattr__ = gpu_names(__name__)


class GpuRewrites(EquilibriumDB):
    """Database that has any of Theano's rewrites for a GPU, to be taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.__db__ = AnyRewrite(self)


class AnyRewrite(defaultdict):
    """Contents of a database, by name and tag."""

    def __init__(self, database: EquilibriumDB) -> None:
        super().__init__(OrderedSet)
        self.database = database

    def __missing__(self, name: str) -> OrderedSet:
        if not name.startswith("local_gpu"):
            return super().__missing__(name)
        self.database.register(name, node_rewriter(None)(lambda fgraph, node: None))
        return self[name]


gpu_optimizer, gpu_optimizer2, gpu_cut_copies = GpuRewrites(), GpuRewrites(), GpuRewrites()
gpu_seqopt = SequenceDB()


def register_opt(*tags: Any, **keywords: Any) -> Callable[[Any], Any]:
    """Return a decorator that leaves a rewrite as it is."""
    return lambda rewrite: rewrite


register_opt2 = register_inplace = op_lifter = register_opt
