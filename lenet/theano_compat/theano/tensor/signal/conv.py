"""Theano's ``theano.tensor.signal.conv``: convolution of images of one channel."""

from lenet.nnet import signal_conv2d as conv2d

__all__ = ["conv2d"]
