"""Theano's ``theano.tensor.nnet.ctc``: connectionist temporal classification.

It needed a library.
"""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(
    __name__,
    missing=dict.fromkeys(
        ["ConnectionistTemporalClassification", "ctc", "ctc_available", "ctc_present"],
        "write the loss as a recursion over time, with theano.scan",
    ),
)
