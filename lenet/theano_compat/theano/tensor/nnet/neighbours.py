"""Theano's ``theano.tensor.nnet.neighbours``: windows as rows of a matrix.

The windows are those of images.
"""

from lenet.nnet import images2neibs, neibs2images
from lenet.theano_compat.forwarding import forward

__all__ = ["images2neibs", "neibs2images"]

__getattr__ = forward(__name__, missing={"Images2Neibs": "use images2neibs, a function"})
