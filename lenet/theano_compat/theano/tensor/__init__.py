"""Theano's ``theano.tensor``."""
# ruff: noqa: A004, F401, F403, F811

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano import scalar as scal
from lenet.theano_compat.theano.compile.sharedvalue import shared  # as before version 0.6

# The modules come first: some functions have the name of their module.
from lenet.theano_compat.theano.tensor import (
    basic,
    blas,
    elemwise,
    extra_ops,
    fft,
    inplace,
    io,
    nlinalg,
    nnet,
    opt,
    opt_uncanonicalize,
    raw_random,
    sharedvar,
    signal,
    slinalg,
    sort,
    subtensor,
    type,
    type_other,
    utils,
    var,
    xlogx,
)
from lenet.theano_compat.theano.tensor.basic import *
from lenet.theano_compat.theano.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from lenet.theano_compat.theano.tensor.extra_ops import (
    DiffOp,
    bartlett,
    bincount,
    cumprod,
    cumsum,
    fill_diagonal,
    fill_diagonal_offset,
    ravel_multi_index,
    repeat,
    squeeze,
    unravel_index,
)
from lenet.theano_compat.theano.tensor.io import LoadFromDisk, load
from lenet.theano_compat.theano.tensor.sharedvar import tensor_constructor as _shared
from lenet.theano_compat.theano.tensor.sort import (  # type: ignore[no-redef]
    argsort,
    argtopk,
    sort,
    topk,
    topk_and_argtopk,
)
from lenet.theano_compat.theano.tensor.subtensor import *
from lenet.theano_compat.theano.tensor.type_other import *
from lenet.theano_compat.theano.tensor.var import (
    AsTensorError,
    TensorConstant,
    TensorConstantSignature,
    TensorVariable,
    _tensor_py_operators,
)

__getattr__ = forward(__name__, basic.__name__, *basic.SOURCES, missing=basic.MISSING | io.MISSING)
