"""Theano's ``theano.tensor.signal.downsample``: max pooling before Theano 0.8.

``theano.tensor.signal.pool`` replaced it.
"""

from typing import Any

from lenet.nnet import max_pool_2d, max_pool_2d_same_size
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.recognised import Recognising
from lenet.theano_compat.theano.tensor.signal.pool import Pool

__all__ = ["DownsampleFactorMax", "max_pool_2d", "max_pool_2d_same_size"]

__getattr__ = forward(__name__, "lenet.theano_compat.theano.tensor.signal.pool")


class DownsampleFactorMax(metaclass=Recognising):
    """Pools the last two axes of an array.

    Parameters
    ----------
    ds, ignore_border, st, padding, mode
        As for `max_pool_2d`.
    """

    operations = Pool.operations

    def __init__(
        self,
        ds: Any,
        ignore_border: bool = False,
        st: Any = None,
        padding: Any = (0, 0),
        mode: str = "max",
    ) -> None:
        self.options = (ds, ignore_border, st, padding, mode)

    out_shape = staticmethod(Pool.out_shape)

    def __call__(self, x: Any) -> Any:
        """Return the pooled array."""
        return max_pool_2d(x, *self.options)
