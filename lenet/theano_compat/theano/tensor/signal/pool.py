"""Theano's ``theano.tensor.signal.pool``."""

from collections.abc import Sequence
from typing import Any

from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import max_pool_2d_same_size, pool_2d, pool_3d
from lenet.nnet.geometry import pool_output_shape
from lenet.theano_compat.forwarding import forward

__all__ = ["Pool", "max_pool_2d_same_size", "pool_2d", "pool_3d"]

__getattr__ = forward(
    __name__,
    missing=dict.fromkeys(
        ["AveragePoolGrad", "DownsampleFactorMaxGradGrad", "MaxPoolGrad", "MaxPoolRop", "PoolGrad"],
        "use theano.grad of pool_2d",
    ),
)


def spread(sizes: Any, ndim: int) -> tuple[Any, ...] | None:
    """Return sizes of so many axes; a single one counts for each, None stays None."""
    if sizes is None:
        return None
    return tuple(sizes) if isinstance(sizes, Sequence) else (sizes,) * ndim


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

    @staticmethod
    def out_shape(
        imgshape: Sequence[Any],
        ws: Any = None,
        ignore_border: bool = False,
        stride: Any = None,
        pad: Any = None,
        ndim: int = 2,
        ds: Any = None,
        st: Any = None,
        padding: Any = None,
    ) -> list[Any]:
        """Return the shape that pooling gives, of integers or symbolic sizes.

        Parameters
        ----------
        imgshape : sequence
            Shape of the input, of at least `ndim` axes.
        ws, ignore_border, stride, pad, ndim
            As for `pool_2d`; a single integer counts for each axis.
        ds, st, padding
            Theano's older names of `ws`, `stride` and `pad`.

        Raises
        ------
        ValueError
            If there are fewer axes than are pooled, or no window.
        """
        window = spread(ws if ws is not None else ds, ndim)
        if window is None:
            raise ValueError("Pool.out_shape: no ws, expected the size of the window")
        if len(imgshape) < ndim:
            raise ValueError(f"imgshape {tuple(imgshape)}: expected at least {ndim} axes")
        steps = spread(stride if stride is not None else st, ndim) or window
        pads = spread(pad if pad is not None else padding, ndim) or (0,) * ndim
        (*others,) = imgshape[: len(imgshape) - ndim]
        sizes = pool_output_shape(imgshape[-ndim:], window, ignore_border, steps, pads)
        return [*others, *(size if isinstance(size, Variable) else max(size, 0) for size in sizes)]

    def __call__(self, x: Any, ws: Any, stride: Any = None, pad: Any = None) -> TensorVariable:
        """Return the pooled array; see `pool_2d`."""
        pool = pool_2d if self.ndim == 2 else pool_3d
        pad = (0,) * self.ndim if pad is None else pad
        return pool(x, ws, self.ignore_border, stride, pad, self.mode)
