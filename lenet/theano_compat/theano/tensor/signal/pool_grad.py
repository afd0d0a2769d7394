"""Gradients of Theano's pooling as operations, such as for an unpooling."""

from typing import Any, ClassVar

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.ops import pool, symbolic_pool
from lenet.theano_compat.recognised import Recognising
from lenet.theano_compat.theano.gradient import Lop, Rop, with_arguments
from lenet.theano_compat.theano.tensor.signal.pool import Pool

__all__ = ["AveragePoolGrad", "DownsampleFactorMaxGradGrad", "MaxPoolGrad", "PoolGrad"]

OF_MAXIMA = (pool.MaxPoolGrad, symbolic_pool.SymbolicMaxPoolGrad)
OF_AVERAGES = (pool.PoolGrad, symbolic_pool.SymbolicPoolGrad)


class PoolGrad(metaclass=Recognising):
    """Base class of gradients of poolings."""

    operations: ClassVar[tuple[type, ...]] = (*OF_MAXIMA, *OF_AVERAGES)


class MaxPoolGrad(PoolGrad):
    """Puts gradients of maxima where the maxima are, and zeros elsewhere.

    Parameters
    ----------
    ignore_border, ndim
        As for `Pool`.
    openmp
        Makes no difference.
    """

    operations = OF_MAXIMA

    def __init__(self, ignore_border: bool, ndim: int = 2, openmp: Any = None) -> None:
        self.pool = Pool(ignore_border, "max", ndim)

    def __call__(
        self, x: Any, maxout: Any, gz: Any, ws: Any, stride: Any = None, pad: Any = None
    ) -> TensorVariable:
        """Return the gradient, of the shape of `x`.

        Parameters
        ----------
        x : tensor_like
            What is pooled.
        maxout
            The maxima, which follow from `x`.
        gz : tensor_like
            Their gradients.
        ws, stride, pad
            As for `Pool`.
        """
        x = pt.as_tensor_variable(x)
        gradient = Lop(self.pool(x, ws, stride, pad), x, pt.as_tensor_variable(gz))
        return with_arguments(gradient, [maxout])


class AveragePoolGrad(MaxPoolGrad):
    """Spreads gradients of averages, or of sums, over the windows; see `MaxPoolGrad`.

    Parameters
    ----------
    ignore_border, mode, ndim
        As for `Pool`.
    """

    operations = OF_AVERAGES

    def __init__(self, ignore_border: bool, mode: str = "average_inc_pad", ndim: int = 2) -> None:
        if mode not in ("sum", "average_inc_pad", "average_exc_pad"):
            raise ValueError(f"AveragePoolGrad: mode {mode!r}, expected sum or an average")
        self.pool = Pool(ignore_border, mode, ndim)

    def __call__(  # type: ignore[override]
        self, x: Any, gz: Any, ws: Any, stride: Any = None, pad: Any = None, dummy: Any = None
    ) -> TensorVariable:
        """Return the gradient, of the shape of `x`; `dummy` has no use."""
        return super().__call__(x, None, gz, ws, stride, pad)


class DownsampleFactorMaxGradGrad(MaxPoolGrad):
    """Adds up values where the maxima of windows are: the gradient of `MaxPoolGrad`.

    Parameters
    ----------
    ignore_border, ndim
        As for `Pool`.
    mode : {'max'}
    openmp
        Makes no difference.
    """

    def __init__(
        self, ignore_border: bool, mode: str = "max", ndim: int = 2, openmp: Any = None
    ) -> None:
        if mode != "max":
            raise ValueError(f"DownsampleFactorMaxGradGrad: mode {mode!r}, expected 'max'")
        super().__init__(ignore_border, ndim)

    def __call__(
        self, x: Any, maxout: Any, gz: Any, ws: Any, stride: Any = None, pad: Any = None
    ) -> TensorVariable:
        """Return the sums, of the shape of `maxout`, for values `gz` of the shape of `x`."""
        x = pt.as_tensor_variable(x)
        sums = Rop(self.pool(x, ws, stride, pad), x, pt.as_tensor_variable(gz))
        return with_arguments(sums, [maxout])
