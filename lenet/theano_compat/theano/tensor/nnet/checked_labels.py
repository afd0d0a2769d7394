"""Labels of Theano's fused cross-entropies, which refused negative ones.

In `lenet.nnet` a negative label counts from the last class, as an index of NumPy does.
"""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

import pytensor.tensor as pt
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.type import int_dtypes
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.losses import softmax_argument

CHECK = CheckAndRaise(
    ValueError, "a label is negative: expected numbers of classes, which begin with 0"
)


def not_negative(labels: Any) -> TensorVariable:
    """Return labels that raise a ValueError, when the graph runs, if one is negative."""
    labels = pt.as_tensor_variable(labels)
    if labels.type.dtype not in int_dtypes:
        return labels
    return CHECK(labels, pt.all(pt.ge(labels, 0)))


def with_checked_labels(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a loss of logits, the argument ``y_idx`` of which is `not_negative`."""
    arguments_of = signature(function)

    @wraps(function)
    def checked(*arguments: Any, **keywords: Any) -> Any:
        given = arguments_of.bind(*arguments, **keywords)
        given.arguments["y_idx"] = not_negative(given.arguments["y_idx"])
        return function(*given.args, **given.kwargs)

    checked.__signature__ = arguments_of  # type: ignore[attr-defined]
    return checked


def with_checked_labels_of_softmax(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a loss whose labels are `not_negative` if a softmax precedes it.

    Of those Theano made a fused cross-entropy. With other probabilities, such as those of reshaped rows, some
    programs give rows that do not count a label of -1.
    """
    arguments_of = signature(function)
    _, labels = arguments_of.parameters

    @wraps(function)
    def checked(*arguments: Any, **keywords: Any) -> Any:
        given = arguments_of.bind(*arguments, **keywords)
        probabilities = pt.as_tensor_variable(given.arguments["coding_dist"])
        target = pt.as_tensor_variable(given.arguments[labels])
        if target.type.ndim == 1 and softmax_argument(probabilities) is not None:
            given.arguments[labels] = not_negative(target)
        return function(*given.args, **given.kwargs)

    checked.__signature__ = arguments_of  # type: ignore[attr-defined]
    return checked
