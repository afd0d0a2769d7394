"""Back-propagation of the diagonal of the Gauss-Newton matrix.

As gradients go back through a network, so do second derivatives, if those between different units are
neglected: a factor that multiplies a gradient multiplies a second derivative by its square.

References
----------
LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied to document
recognition. Proceedings of the IEEE 86(11), appendix C.
"""

from collections.abc import Callable

import pytensor
from pytensor.tensor.variable import TensorVariable

from lenet.layers.activations import Function, activation
from lenet.nnet import identity, softmax

Linear = Callable[[TensorVariable, TensorVariable], TensorVariable]


def before_activation(
    chosen: str | Function, sums: TensorVariable, h: TensorVariable
) -> TensorVariable:
    """Return the second derivatives with respect to the pre-activations.

    Parameters
    ----------
    chosen : str or callable
        See `lenet.layers.activations`.
    sums, h : TensorVariable, of one shape
        Its arguments, and the second derivatives with respect to its values.

    Raises
    ------
    ValueError
        If the function makes each of its values of several arguments.
    """
    function = activation(chosen)
    if function is softmax:
        raise ValueError("second derivatives go back through functions of one unit, not softmax")
    if function is identity:
        return h
    return pytensor.grad(function(sums).sum(), sums) ** 2 * h


def of_input(
    linear: Linear, input: TensorVariable, W: TensorVariable, h: TensorVariable
) -> TensorVariable:
    """Return the second derivatives with respect to the input of ``linear(input, W)``.

    Parameters
    ----------
    linear : callable
        Linear in each of its arguments; no product of numbers of `input` and `W` occurs in an output twice.
    input, W : TensorVariable
    h : TensorVariable
        Second derivatives with respect to the output.
    """
    return pytensor.grad((linear(input, W**2) * h).sum(), input, consider_constant=[h])


def of_weights(
    linear: Linear, input: TensorVariable, W: TensorVariable, h: TensorVariable
) -> TensorVariable:
    """Return the second derivatives with respect to the weights `W`.

    Those of all connections that share a weight are added up.

    See `of_input`.
    """
    return pytensor.grad((linear(input**2, W) * h).sum(), W, consider_constant=[h])


def before_pooling(
    pooled: TensorVariable, input: TensorVariable, h: TensorVariable
) -> TensorVariable:
    """Return the second derivatives with respect to the input of a pooling.

    Parameters
    ----------
    pooled, input : TensorVariable
        Output and input: maxima, sums or means.
    h : TensorVariable
        Second derivatives with respect to the output; of a mean, divided by how many numbers it is of.
    """
    # Factors of 0 and 1 are their own squares; those of a mean occur in `h` and in the gradient.
    return pytensor.grad((pooled * h).sum(), input, consider_constant=[h])
