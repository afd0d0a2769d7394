"""The output layer: multi-class logistic regression."""

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.layers.parameters import shared_parameter
from lenet.nnet import softmax
from lenet.nnet.losses import of_labels


class LogisticRegression:
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
    W : SharedVariable, shape (n_in, n_out)
    b : SharedVariable, shape (n_out,)
    params : list of SharedVariable
    p_y_given_x : TensorVariable, shape (batch, n_out)
        Probability of each class.
    y_pred : TensorVariable, shape (batch,)
        The most probable class.
    """

    def __init__(self, input: TensorVariable, n_in: int, n_out: int, name: str = "output") -> None:
        self.input = input
        self.output_shape = (input.type.shape[0], n_out)
        self.W = shared_parameter(np.zeros((n_in, n_out)), f"{name}_W")
        self.b = shared_parameter(np.zeros(n_out), f"{name}_b")
        self.params = [self.W, self.b]
        self.logits = input @ self.W + self.b
        self.p_y_given_x = softmax(self.logits)
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
        log_p = pt.special.log_softmax(self.logits, axis=1)
        return -pt.mean(of_labels(log_p, y))

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
