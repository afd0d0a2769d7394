"""Theano's top-level names."""

import logging
import sys
from typing import Any

import numpy as np
from pytensor.graph.basic import Variable

from lenet.theano_compat import rare_modules
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile import (
    FunctionMaker,
    In,
    Mode,
    Out,
    Param,
    SymbolicInput,
    SymbolicOutput,
    function,
    shared,
)
from lenet.theano_compat.theano.configdefaults import config
from lenet.theano_compat.theano.configparser import change_flags
from lenet.theano_compat.theano.gof import (
    Apply,
    Constant,
    FunctionGraph,
    Generic,
    Op,
    OpenMPOp,
    Type,
    generic,
    object2,
)
from lenet.theano_compat.theano.gradient import Lop, Rop, grad, subgraph_grad
from lenet.theano_compat.theano.misc.safe_asarray import _asarray
from lenet.theano_compat.theano.printing import pp, pprint
from lenet.theano_compat.theano.scan_module import (
    clone,
    foldl,
    foldr,
    map,  # noqa: A004
    reduce,
    scan,
)
from lenet.theano_compat.theano.updates import OrderedUpdates
from lenet.theano_compat.theano.version import version as __version__

__all__ = [
    "Apply",
    "Constant",
    "FunctionGraph",
    "FunctionMaker",
    "Generic",
    "In",
    "Lop",
    "Mode",
    "Op",
    "OpFromGraph",
    "OpenMPOp",
    "OrderedUpdates",
    "Out",
    "Param",
    "Rop",
    "SymbolicInput",
    "SymbolicOutput",
    "Type",
    "Variable",
    "__version__",
    "_asarray",
    "as_op",
    "change_flags",
    "clone",
    "compile",
    "config",
    "dot",
    "foldl",
    "foldr",
    "function",
    "generic",
    "get_scalar_constant_value",
    "gof",
    "grad",
    "gradient",
    "map",
    "misc",
    "object2",
    "pp",
    "pprint",
    "printing",
    "reduce",
    "scalar",
    "scan",
    "scan_module",
    "shared",
    "sparse_grad",
    "subgraph_grad",
    "tensor",
    "theano",
    "theano_logger",
    "updates",
    "version",
]

__api_version__ = 1

rare_modules.install()

theano_logger = logging.getLogger("theano")

# Theano's package held itself, and ``from theano import *`` or ``from theano import theano`` gave it.
theano = sys.modules[__name__]

__getattr__ = forward(
    __name__,
    "lenet.theano_compat.theano.compile",
    "lenet.theano_compat.theano.gof",
    "lenet.theano_compat.theano.scan_module",
    "pytensor",
    "pytensor.sparse",
)


def dot(l: Any, r: Any) -> Variable:  # noqa: E741
    """Return the product of two vectors, matrices or sparse matrices."""
    for factor, method, other in ((l, "__dot__", r), (r, "__rdot__", l)):
        if hasattr(factor, method):
            return getattr(factor, method)(other)
    from pytensor.tensor import dot as tensor_dot

    return tensor_dot(l, r)


def sparse_grad(var: Variable) -> Variable:
    """Return rows of a matrix unchanged.

    Their gradient is dense, with the values of Theano's sparse one.

    PyTensor's own function made gradients that its C code cannot take, and newer ones have none.
    """
    return var


def get_scalar_constant_value(v: Any) -> np.ndarray:
    """Return the number that an expression is known to be, whatever its inputs.

    Raises
    ------
    pytensor.tensor.exceptions.NotScalarConstantError
        If it is not known.
    """
    from pytensor.tensor.basic import get_scalar_constant_value as find

    return find(v)
