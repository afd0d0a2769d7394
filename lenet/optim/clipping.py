"""Clipping of gradients by their global norm."""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.optim.updates import scalar


def clip_by_global_norm(
    gradients: Sequence[TensorVariable], max_norm: Any
) -> Sequence[TensorVariable]:
    """Scale gradients, all by the same factor, to a global norm of at most `max_norm`.

    The norm is the root of the sum of the squares of all numbers in all of them. Their direction stays, and
    gradients that are short enough stay as they are.

    Parameters
    ----------
    gradients : sequence of TensorVariable
    max_norm : float or scalar variable
        Positive.

    References
    ----------
    Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training recurrent neural networks.
    ICML.
    """
    limit = scalar(max_norm)
    norm = pt.sqrt(pt.add(*(pt.sum(grad**2) for grad in gradients)))
    # Nothing is divided by a norm of zero; and a 1 that is no quotient to PyTensor, which would otherwise multiply by
    # the limit before it divides, keeps the bits of short gradients.
    factor = pt.minimum(scalar(1), limit / pt.maximum(norm, limit))
    return [grad * factor for grad in gradients]
