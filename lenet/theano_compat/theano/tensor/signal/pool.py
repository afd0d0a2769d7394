"""Theano's ``theano.tensor.signal.pool``."""

from typing import Any

from pytensor.tensor.variable import TensorVariable

from lenet.nnet import max_pool_2d_same_size, pool_2d, pool_3d
from lenet.theano_compat.forwarding import forward

__all__ = ["Pool", "max_pool_2d_same_size", "pool_2d", "pool_3d"]

__getattr__ = forward(
    __name__,
    missing=dict.fromkeys(
        ["AveragePoolGrad", "DownsampleFactorMaxGradGrad", "MaxPoolGrad", "MaxPoolRop", "PoolGrad"],
        "use theano.grad of pool_2d",
    ),
)


class Pool:
    """Pools the last axes of an array.

    Parameters
    ----------
    ignore_border : bool
        Whether windows that stick out of the image are left out.
    mode : {'max', 'sum', 'average_inc_pad', 'average_exc_pad'}
    ndim : {2, 3}
        How many axes are pooled.
    openmp
        Makes no difference.
    """

    def __init__(
        self, ignore_border: bool = False, mode: str = "max", ndim: int = 2, openmp: Any = None
    ) -> None:
        if ndim not in (2, 3):
            raise NotImplementedError(f"Pool: ndim is {ndim}, expected 2 or 3")
        self.ignore_border, self.mode, self.ndim = ignore_border, mode, ndim

    def __call__(self, x: Any, ws: Any, stride: Any = None, pad: Any = None) -> TensorVariable:
        """Return the pooled array; see `pool_2d`."""
        pool = pool_2d if self.ndim == 2 else pool_3d
        pad = (0,) * self.ndim if pad is None else pad
        return pool(x, ws, self.ignore_border, stride, pad, self.mode)
