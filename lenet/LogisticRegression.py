"""Output layer: multi-class logistic regression."""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.Layer import AppliedLayer
from lenet.models.architectures import output_layer
from lenet.models.losses import cross_entropy
from lenet.nnet import softmax


class LogisticRegression(AppliedLayer):
    """Softmax of a linear map, with weights and biases that start at zero.

    Parameters
    ----------
    input : TensorVariable, shape (batch, n_in)
    n_in, n_out : int
        Numbers of features and of classes.
    name : str
        Prefix of the parameters' names.

    Attributes
    ----------
    W, b, params, input, output, output_shape
        See `lenet.Layer.AppliedLayer`.
    logits : TensorVariable, shape (batch, n_out)
        Linear map, also called `output`.
    p_y_given_x : TensorVariable, shape (batch, n_out)
        Probability of each class.
    y_pred : TensorVariable, shape (batch,)
        The most probable class.
    """

    def __init__(self, input: TensorVariable, n_in: int, n_out: int, name: str = "output") -> None:
        layer = output_layer(n_out)
        layer.initialise(np.random.default_rng(), (n_in,), name)  # which draws nothing
        self.place(layer, input, layer.forward(input), input.type.shape[0])

    def place(
        self, layer: Any, input: TensorVariable, output: TensorVariable, batch_size: int | None
    ) -> None:
        """Set the attributes of the layer, and what follows from its output."""
        super().place(layer, input, output, batch_size)
        self.logits = output
        self.p_y_given_x = softmax(output)
        self.p_y_given_x.name = "p_y_given_x"
        self.y_pred = pt.argmax(self.p_y_given_x, axis=1)
        self.y_pred.name = "y_pred"

    def negative_log_likelihood(self, y: TensorVariable) -> TensorVariable:
        """Return the mean negative log-probability of the right classes.

        Parameters
        ----------
        y : TensorVariable, integer, shape (batch,)
            The right classes.

        Returns
        -------
        TensorVariable, scalar
            In nats. Computed from the logits, so that a confident mistake costs what it should where
            the probability itself underflows to zero.
        """
        return cross_entropy(self.logits, y)

    def errors(self, y: TensorVariable) -> TensorVariable:
        """Return the fraction of wrong predictions.

        Parameters
        ----------
        y : TensorVariable, integer, shape (batch,)
            The right classes.

        Returns
        -------
        TensorVariable, scalar
            Between 0 and 1.

        Raises
        ------
        TypeError
            If `y` has not the shape of `y_pred`.
        NotImplementedError
            If `y` does not hold integers.
        """
        if y.ndim != self.y_pred.ndim:
            raise TypeError(f"y has {y.ndim} axes, expected {self.y_pred.ndim} as y_pred: {y.type}")
        if not np.issubdtype(np.dtype(y.dtype), np.integer):
            raise NotImplementedError(f"y holds {y.dtype}, expected integer class numbers")
        return pt.mean(pt.neq(self.y_pred, y))
