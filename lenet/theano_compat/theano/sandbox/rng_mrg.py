"""Theano's ``theano.sandbox.rng_mrg``: random numbers, new ones at each call."""

import warnings
from typing import Any

import numpy as np

from lenet.random_streams.rng_mrg import MRG_RandomStreams
from lenet.theano_compat.pickled_graphs import lost_op

__all__ = ["MRG_RandomStream", "MRG_RandomStreams", "guess_n_streams", "mrg_uniform"]

MRG_RandomStream = MRG_RandomStreams  # Theano-PyMC's name
mrg_uniform = lost_op("mrg_uniform", "use MRG_RandomStreams")

# How many streams Theano's GPUs had at most.
MAX_STREAMS = 60 * 256


def guess_n_streams(size: Any, warn: bool = False) -> int:
    """Return how many streams Theano would have used for an array of a shape.

    Parameters
    ----------
    size : sequence of int, or anything else
    warn : bool
        Whether to warn of a shape that is not known.
    """
    if isinstance(size, list | tuple) and all(isinstance(length, int) for length in size):
        count = int(np.prod(size, dtype=object))
        return min(count // 6 if count > 6 else count, MAX_STREAMS)
    if warn:
        warnings.warn(
            f"MRG_RandomStreams cannot tell the number of streams from {size}, and takes {MAX_STREAMS}",
            stacklevel=2,
        )
    return MAX_STREAMS
