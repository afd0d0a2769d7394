"""Theano's ``theano.misc.safe_asarray``."""

from typing import Any

import numpy as np

__all__ = ["_asarray"]


def _asarray(a: Any, dtype: Any, order: Any = None) -> np.ndarray:
    """Return an array of a type; "floatX" stands for that option's."""
    from lenet.theano_compat.theano.configdefaults import config

    return np.asarray(a, dtype=config.floatX if dtype == "floatX" else dtype, order=order)
