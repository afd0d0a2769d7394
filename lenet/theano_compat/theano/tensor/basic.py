"""Theano's ``theano.tensor.basic``.

PyTensor answers for nearly all of it, with the same meaning. What it names, calls or means otherwise is
in `theano.tensor.arithmetic`, `shaping`, `broadcasting` and `type`.
"""
# ruff: noqa: F401, F403

from functools import partial
from types import ModuleType
from typing import Any

from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.op import Op
from pytensor.tensor import *
from pytensor.tensor.exceptions import NotScalarConstantError, ShapeError
from pytensor.tensor.math import Argmax, Max, max_and_argmax
from pytensor.tensor.shape import Reshape, Shape
from pytensor.tensor.type_other import NoneConst

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import stand_in
from lenet.theano_compat.theano import scalar as scal
from lenet.theano_compat.theano.configdefaults import config
from lenet.theano_compat.theano.gof.type import Type
from lenet.theano_compat.theano.gof.utils import hashtype
from lenet.theano_compat.theano.gradient import (
    Lop,
    Rop,
    consider_constant,
    grad,
    grad_not_implemented,
    grad_undefined,
    hessian,
    jacobian,
    numeric_grad,
    verify_grad,
)
from lenet.theano_compat.theano.tensor.arithmetic import *
from lenet.theano_compat.theano.tensor.broadcasting import *
from lenet.theano_compat.theano.tensor.default_values import *
from lenet.theano_compat.theano.tensor.elemwise import CAReduce, DimShuffle, Elemwise, Sum
from lenet.theano_compat.theano.tensor.products import *
from lenet.theano_compat.theano.tensor.products import _dot
from lenet.theano_compat.theano.tensor.shaping import *
from lenet.theano_compat.theano.tensor.sort import argtopk, topk, topk_and_argtopk
from lenet.theano_compat.theano.tensor.type import *
from lenet.theano_compat.theano.tensor.type import TensorType
from lenet.theano_compat.theano.tensor.var import AsTensorError, TensorConstant, TensorVariable


def max_and_argmax_along(axis: Any) -> Any:
    """Return the function of maxima along axes, and their places."""
    return partial(max_and_argmax, axis=axis)


MaxAndArgmax = stand_in("MaxAndArgmax", Argmax, Max, build=max_and_argmax_along)
EmptyConstantError = NotScalarConstantError
Tensor = TensorType

MISSING = {
    "constructor": "call the function itself",
}

SOURCES = ("pytensor.tensor.basic", "pytensor.tensor.math", "pytensor.tensor.shape")

__getattr__ = forward(__name__, *SOURCES, missing=MISSING)
