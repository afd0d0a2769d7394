"""Theano's ``theano.tensor.nnet``."""
# ruff: noqa: F401

from lenet.nnet import conv2d, conv2d_grad_wrt_inputs, conv2d_transpose, conv3d, separable_conv2d
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.tensor.nnet import (
    abstract_conv,
    blocksparse,
    bn,
    conv,
    conv3d2d,
    corr,
    corr3d,
    ctc,
    neighbours,
    nnet,
    opt,
    sigm,
)
from lenet.theano_compat.theano.tensor.nnet.bn import batch_normalization
from lenet.theano_compat.theano.tensor.nnet.conv import ConvOp
from lenet.theano_compat.theano.tensor.nnet.nnet import *  # noqa: F403
from lenet.theano_compat.theano.tensor.nnet.sigm import *  # noqa: F403

abstract_conv2d = conv2d

__getattr__ = forward(
    __name__, "lenet.theano_compat.theano.tensor.nnet.Conv3D", missing=nnet.MISSING
)
