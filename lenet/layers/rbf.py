"""Radial basis functions: the output layer of 1998."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.layers.base import Layer, Shape, flattened
from lenet.layers.initialisers import Rng


@dataclass
class RBF(Layer):
    """Euclidean radial basis functions: minus the squared distances to fixed codes.

    The paper's output is the distance, the smallest of which wins; with the sign changed, the largest
    does, as with every other layer, and ``exp(output)`` is proportional to a probability.

    Parameters
    ----------
    codes : nested sequence of float, shape (classes, features)

    References
    ----------
    LeCun et al. (1998), section II.B, equation 7.
    """

    codes: Sequence[Sequence[float]]
    kind: ClassVar[str] = "rbf"

    def set_up(self, rng: Rng) -> Shape:
        codes = np.asarray(self.codes, pytensor.config.floatX)
        features = int(np.prod(self.input_shape))
        if codes.ndim != 2 or codes.shape[1] != features:
            raise ValueError(
                f"layer {self.name}: codes of shape {codes.shape}, expected (classes, {features})"
            )
        self.constant = pt.constant(codes, name=f"{self.name}_codes")
        return (len(codes),)

    def forward(self, input: TensorVariable) -> TensorVariable:
        vectors = flattened(input, self.input_shape)
        # |x - w|^2 by a matrix product; every term is small, so that little is lost.
        squares = (vectors**2).sum(axis=1, keepdims=True) + (self.constant**2).sum(axis=1)
        return 2 * vectors @ self.constant.T - squares

    def criterion_second_derivatives(
        self, input: TensorVariable, shares: TensorVariable
    ) -> TensorVariable:
        """Return the second derivatives of the maximum a posteriori criterion.

        That is ``distance of the right class + log(... sum exp(output))``.

        Those of such a criterion are not found from second derivatives with respect to the output alone,
        because distances are squares.

        Parameters
        ----------
        input : TensorVariable
            As for `forward`.
        shares : TensorVariable, shape (batch, classes)
            Derivatives of the logarithm with respect to the output: at least 0, and at most 1 together.

        Returns
        -------
        TensorVariable
            With respect to the input, exactly.
        """
        vectors = flattened(input, self.input_shape)
        total = shares.sum(axis=1, keepdims=True)
        # sum_i share_i (x - code_i) and sum_i share_i (x - code_i)^2, multiplied out.
        codes, squares = shares @ self.constant, shares @ self.constant**2
        first = total * vectors - codes
        second = total * vectors**2 - 2 * vectors * codes + squares
        return (2 * (1 - total) + 4 * (second - first**2)).reshape(input.shape)
