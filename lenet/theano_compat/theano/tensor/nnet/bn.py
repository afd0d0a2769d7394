"""Theano's ``theano.tensor.nnet.bn``: batch normalisation."""

from lenet.nnet import batch_normalization, batch_normalization_test, batch_normalization_train

__all__ = ["batch_normalization", "batch_normalization_test", "batch_normalization_train"]
