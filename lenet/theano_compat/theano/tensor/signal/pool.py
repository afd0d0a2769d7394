"""Theano's ``theano.tensor.signal.pool``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet import max_pool_2d_same_size, pool_2d, pool_3d
from lenet.nnet.geometry import pool_output_shape
from lenet.nnet.ops import pool, symbolic_pool
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.recognised import Recognising

__all__ = ["Pool", "max_pool_2d_same_size", "pool_2d", "pool_3d"]

__getattr__ = forward(
    __name__,
    "lenet.theano_compat.theano.tensor.signal.pool_grad",
    missing={"MaxPoolRop": "use theano.Rop of pool_2d"},
)


def spread(sizes: Any, ndim: int) -> tuple[Any, ...] | None:
    """Return sizes of so many axes; a single one counts for each, None stays None."""
    if sizes is None:
        return None
    if isinstance(sizes, Sequence | np.ndarray) and np.ndim(sizes) == 1:
        return tuple(sizes)
    return (sizes,) * ndim


class Pool(metaclass=Recognising):
    """Pools the last axes of an array.

    Parameters
    ----------
    ignore_border : bool
        Whether windows that stick out of the image are left out.
    mode : {'max', 'sum', 'average_inc_pad', 'average_exc_pad'}
    ndim : int
        How many axes are pooled, from 1 on.
    openmp
        Makes no difference.
    """

    operations = (pool.Pool, symbolic_pool.SymbolicPool)

    def __init__(
        self, ignore_border: bool = False, mode: str = "max", ndim: int = 2, openmp: Any = None
    ) -> None:
        if ndim < 1:
            raise ValueError(f"Pool: ndim is {ndim}, expected 1 or more")
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
        """Return the pooled array; see `pool_2d`.

        Raises
        ------
        NotImplementedError
            If the array has fewer axes than are pooled.
        """
        x = pt.as_tensor_variable(x)
        if x.type.ndim < self.ndim:
            raise NotImplementedError(f"Pool: {x.type.ndim} axes, expected {self.ndim} or more")
        window = listed(ws, self.ndim)
        steps = window if stride is None else listed(stride, self.ndim)
        pads = [0] * self.ndim if pad is None else listed(pad, self.ndim)
        # A window of several axes is pooled by some of them, and the results by the others.
        for first in range(self.ndim - 1, -1, -2):
            axes = range(max(first - 1, 0), first + 1)
            x = self.pooled(
                x, axes, *([each[axis] for axis in axes] for each in (window, steps, pads))
            )
        return x

    def pooled(
        self, x: TensorVariable, axes: Sequence[int], window: list, steps: list, pads: list
    ) -> TensorVariable:
        """Return `x`, pooled along one or two of the axes that this pools."""
        first = x.type.ndim - self.ndim
        places = [first + axis for axis in axes]
        others = [axis for axis in range(x.type.ndim) if axis not in places]
        order = [*others, *places]
        added = 2 - len(places)
        last = x.dimshuffle(*order, *["x"] * added)
        pooled = pool_2d(
            last,
            [*window, 1][:2],
            self.ignore_border,
            [*steps, 1][:2],
            [*pads, 0][:2],
            self.mode,
        )
        if added:
            pooled = pooled[..., 0]
        return pooled.dimshuffle([order.index(axis) for axis in range(x.type.ndim)])


def listed(sizes: Any, ndim: int) -> list[Any]:
    """Return sizes of so many axes, of a symbolic vector too."""
    if isinstance(sizes, Variable) and sizes.type.ndim == 1:
        return [sizes[axis] for axis in range(ndim)]
    each = list(spread(sizes, ndim) or ())
    if len(each) != ndim:
        raise ValueError(f"Pool: {len(each)} sizes, expected {ndim}")
    return each
