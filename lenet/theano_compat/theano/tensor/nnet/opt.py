"""Theano's ``theano.tensor.nnet.opt``: rewriting of convolutions."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(__name__, missing={"conv_groupopt": "lenet.nnet.rewrites has the rewritings"})
