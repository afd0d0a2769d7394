"""Theano's ``theano.sandbox.multinomial``: draws of categories."""

from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward

__all__ = [
    "ChoiceFromUniform",
    "MultinomialFromUniform",
    "MultinomialWOReplacementFromUniform",
]

__getattr__ = forward(__name__)


class MultinomialFromUniform:
    """Counts of categories, drawn with replacement.

    Parameters
    ----------
    odtype : str
        Type of the result; "auto" for that of the probabilities.
    """

    def __init__(self, odtype: str) -> None:
        self.odtype = odtype

    def __call__(self, pvals: Any, unis: Any, n: int = 1) -> TensorVariable:
        """Draw `n` times for each row of probabilities.

        Parameters
        ----------
        pvals : tensor_like, shape (rows, categories)
        unis : tensor_like, shape (n * rows,)
            Number ``i * rows + r`` is that of draw i of row r.
        n : int

        Returns
        -------
        TensorVariable, shape (rows, categories)
        """
        pvals, unis = matrix(pvals), pt.as_tensor_variable(unis)
        ends = pt.cumsum(pvals.astype("float64"), axis=1)
        starts = pt.concatenate([pt.zeros_like(ends[:, :1]), ends[:, :-1]], axis=1)
        draws = unis.reshape((n, pvals.shape[0], 1))
        is_drawn = pt.ge(draws, starts) & pt.lt(draws, ends)
        return is_drawn.sum(axis=0).astype(self.odtype if self.odtype != "auto" else pvals.dtype)


class ChoiceFromUniform:
    """Indices of categories, of which each is drawn once at most.

    Parameters
    ----------
    odtype : str
        Type of the result; "auto" for integers.
    replace : bool
        Whether a category can be drawn again.
    """

    def __init__(self, odtype: str, replace: bool = False) -> None:
        self.odtype, self.replace = odtype, replace

    def __call__(self, pvals: Any, unis: Any, n: int = 1) -> TensorVariable:
        """Draw `n` times for each row of probabilities; see `MultinomialFromUniform`.

        Returns
        -------
        TensorVariable, shape (rows, n)
        """
        left, unis = matrix(pvals), pt.as_tensor_variable(unis)
        draws = unis.reshape((n, left.shape[0], 1))
        chosen = []
        for i in range(n):
            index = pt.argmax(pt.gt(pt.cumsum(left, axis=1), draws[i]), axis=1)
            chosen.append(index)
            if not self.replace:
                is_left = pt.neq(pt.arange(left.shape[1])[None, :], index[:, None])
                left = left * is_left
                left = left / left.sum(axis=1, keepdims=True)
        return pt.stack(chosen, axis=1).astype(self.odtype if self.odtype != "auto" else "int64")


MultinomialWOReplacementFromUniform = ChoiceFromUniform


def matrix(pvals: Any) -> TensorVariable:
    """Return probabilities as a matrix.

    Raises
    ------
    NotImplementedError
        For another number of axes, as Theano's.
    """
    pvals = pt.as_tensor_variable(pvals)
    if pvals.type.ndim != 2:
        raise NotImplementedError(f"pvals has {pvals.type.ndim} axes, expected 2")
    return pvals
