"""Theano's ``theano.gof``: graphs of operations."""

from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.link.c.type import Generic, generic

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.gof import graph, op, utils
from lenet.theano_compat.theano.gof.graph import view_roots
from lenet.theano_compat.theano.gof.op import COp, Op, OpenMPOp, PureOp
from lenet.theano_compat.theano.gof.type import Type
from lenet.theano_compat.theano.gof.utils import hashtype, object2

__all__ = [
    "Apply",
    "COp",
    "Constant",
    "Env",
    "FunctionGraph",
    "Generic",
    "Op",
    "OpenMPOp",
    "PureOp",
    "Type",
    "Variable",
    "generic",
    "graph",
    "hashtype",
    "object2",
    "op",
    "utils",
    "view_roots",
]

Env = FunctionGraph  # its first name

__getattr__ = forward(
    __name__,
    "lenet.theano_compat.theano.gof.link",
    "lenet.theano_compat.theano.gof.opt",
    "lenet.theano_compat.theano.gof.optdb",
    "lenet.theano_compat.theano.gof.toolbox",
    "lenet.theano_compat.theano.gof.vm",
    "pytensor.graph",
    "pytensor.graph.utils",
    "pytensor.graph.features",
    "pytensor.graph.destroyhandler",
    "pytensor.graph.rewriting.basic",
    "pytensor.link.basic",
    "pytensor.link.c.basic",
    "pytensor.link.c.type",
    "pytensor.link.c.params_type",
    "pytensor.compile.aliasing",
)
