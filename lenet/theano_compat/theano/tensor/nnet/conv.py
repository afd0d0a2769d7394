"""Theano's ``theano.tensor.nnet.conv``: the convolution of Theano before 0.8."""

from collections.abc import Sequence
from typing import Any

from pytensor.tensor.variable import TensorVariable

from lenet.nnet import get_conv_shape_1axis
from lenet.nnet import old_conv2d as conv2d
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.recognised import Recognising
from lenet.theano_compat.theano.tensor.nnet.abstract_conv import FORWARD, imported_scipy_signal

__all__ = ["ConvOp", "conv2d", "imported_scipy_signal"]

__getattr__ = forward(__name__)


class ConvOp(metaclass=Recognising):
    """Convolves images with filters.

    Parameters
    ----------
    imshp : sequence of three int, optional
        Channels, rows and columns of the images.
    kshp : pair of int, optional
        Rows and columns of the filters.
    nkern, bsize : int, optional
        Number of filters and of images.
    dx, dy : int
        Step in rows and in columns.
    output_mode : {'valid', 'full'}
        Whether filters stay within the image, or any overlap counts.
    **options
        How Theano was to compute it; they make no difference.
    """

    operations, axes = FORWARD, 2

    def __init__(
        self,
        imshp: Sequence | None = None,
        kshp: Sequence | None = None,
        nkern: int | None = None,
        bsize: int | None = None,
        dx: int = 1,
        dy: int = 1,
        output_mode: str = "valid",
        **options: Any,
    ) -> None:
        channels, *size = (None, None, None) if imshp is None else imshp
        self.image_shape = (bsize, channels, *size)
        self.filter_shape = (nkern, channels, *((None, None) if kshp is None else kshp))
        self.subsample, self.output_mode, self.options = (dx, dy), output_mode, options

    def __call__(self, img: Any, kern: Any) -> TensorVariable:
        """Return the convolution; see `conv2d`."""
        return conv2d(
            img,
            kern,
            self.image_shape,
            self.filter_shape,
            self.output_mode,
            self.subsample,
            **self.options,
        )

    @staticmethod
    def getOutputShape(
        inshp: Sequence, kshp: Sequence, stride: Sequence[int] = (1, 1), mode: str = "valid"
    ) -> tuple:
        """Return rows and columns of the output, for those of the image and of the filter."""
        return tuple(
            get_conv_shape_1axis(size, kernel, mode, step)
            for size, kernel, step in zip(inshp, kshp, stride, strict=True)
        )
