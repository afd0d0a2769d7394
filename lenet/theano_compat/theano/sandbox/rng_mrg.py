"""Theano's ``theano.sandbox.rng_mrg``: random numbers, new ones at each call."""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from lenet.random_streams.mrg_states import MODULI, STREAM, SUBSTREAM, jump, product, skipped
from lenet.random_streams.mrg_uniform import mrg_uniform
from lenet.random_streams.rng_mrg import MRG_RandomStreams, guess_n_streams
from lenet.theano_compat.forwarding import forward

__all__ = [
    "DotModulo",
    "MRG_RandomStream",
    "MRG_RandomStreams",
    "ff_2p72",
    "ff_2p134",
    "guess_n_streams",
    "matVecModM",
    "mrg_uniform",
    "multMatVect",
]

__getattr__ = forward(__name__)

MRG_RandomStream = MRG_RandomStreams  # Theano-PyMC's name

M1, M2 = (np.array(modulus, "int32") for modulus in MODULI)
A1p72, A2p72 = jump(SUBSTREAM)
A1p134, A2p134 = jump(STREAM)


def ff_2p72(rstate: np.ndarray) -> np.ndarray:
    """Return the state of the next stream of an array."""
    return skipped(rstate, SUBSTREAM)


def ff_2p134(rstate: np.ndarray) -> np.ndarray:
    """Return the state of the next array's first stream."""
    return skipped(rstate, STREAM)


def matVecModM(A: np.ndarray, s: np.ndarray, m: Any) -> np.ndarray:
    """Return the product of a matrix and a vector, modulo a number of 31 bits."""
    return product(A, s[None], m)[0].astype("int32")


def multMatVect(v: np.ndarray, A: np.ndarray, m1: Any, B: np.ndarray, m2: Any) -> np.ndarray:
    """Return a state whose halves are multiplied with matrices."""
    return np.concatenate([matVecModM(A, v[:3], m1), matVecModM(B, v[3:], m2)])


class DotModulo:
    """`multMatVect` as an expression: of matrix, vector and modulus, twice."""

    def __call__(self, *triples: Any) -> Variable:
        """Return the expression."""
        halves = zip(triples[::3], triples[1::3], triples[2::3], strict=True)
        return pt.join(0, *((A * s % m).sum(axis=1) % m for A, s, m in halves)).astype("int32")
