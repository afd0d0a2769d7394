"""Theano's ``theano.tensor.nnet.neighbours``: windows as rows of a matrix.

The windows are those of images.
"""

from typing import Any

import pytensor.tensor as pt
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.variable import TensorVariable

from lenet import nnet
from lenet.nnet import neibs2images
from lenet.nnet.ops.neighbours import Neighbours
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.recognised import Recognising

__all__ = ["Images2Neibs", "images2neibs", "neibs2images"]

__getattr__ = forward(__name__)


def images2neibs(
    ten4: Any, neib_shape: Any, neib_step: Any = None, mode: str = "valid"
) -> TensorVariable:
    """Return the windows of images as rows of a matrix; see `lenet.nnet.images2neibs`.

    Raises
    ------
    TypeError
        As in Theano, for windows that do not cover the images, and for even ones with "wrap_centered".
    """
    images = pt.as_tensor_variable(ten4)
    try:
        return nnet.images2neibs(
            covered(images, neib_shape, neib_step, mode), neib_shape, neib_step, mode
        )
    except ValueError as error:
        if "neib_step" in str(error):
            raise
        raise TypeError(str(error)) from error


def covered(images: TensorVariable, window: Any, step: Any, mode: str) -> TensorVariable:
    """Return images with a check, when the graph runs, that windows cover them."""
    if mode == "wrap_centered" and images.type.ndim == 4:
        fits = [pt.ge(images.shape[2 + axis], window[axis]) for axis in range(2)]
        text = f"images2neibs: windows of {tuple(window)} are larger than the images"
        return CheckAndRaise(TypeError, text)(images, *fits)
    around = {"valid": lambda n: 0, "half": lambda n: n // 2, "full": lambda n: n - 1}.get(mode)
    if around is None or images.type.ndim != 4:
        return images
    step = window if step is None else step
    conditions = []
    for axis in range(2):
        size, length = images.shape[2 + axis], window[axis]
        conditions.append(pt.ge(size, length))
        conditions.append(pt.eq((size + 2 * around(length) - length) % step[axis], 0))
    text = f"images2neibs: windows of {tuple(window)} with steps of {tuple(step)} do not cover the images"
    return CheckAndRaise(TypeError, text)(images, *conditions)


class Images2Neibs(metaclass=Recognising):
    """The operation of `images2neibs`.

    Parameters
    ----------
    mode : str
        As for `images2neibs`.
    """

    operations = (Neighbours,)

    def __init__(self, mode: str = "valid") -> None:
        if mode not in nnet.neighbours.MODES:
            raise NotImplementedError(
                f"invalid mode {mode!r}: expected one of {', '.join(nnet.neighbours.MODES)}"
            )
        self.mode = mode

    def __call__(self, ten4: Any, neib_shape: Any, neib_step: Any = None) -> TensorVariable:
        """Return the windows; see `images2neibs`."""
        return images2neibs(ten4, neib_shape, neib_step, self.mode)
