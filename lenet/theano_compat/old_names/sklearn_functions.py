"""Arguments and methods that scikit-learn's functions and classes had."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from lenet.theano_compat.old_names.numpy_functions import called_otherwise


def by_position(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes all of its arguments by their place, too."""
    names = list(inspect.signature(function).parameters)

    @wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        return function(
            *arguments[:2], **dict(zip(names[2:], arguments[2:], strict=False)), **options
        )

    return called


def take_places() -> None:
    """Let functions of `sklearn.metrics` take the labels by their place."""
    from sklearn import metrics

    for name in (
        "classification_report",
        "confusion_matrix",
        "f1_score",
        "precision_score",
        "recall_score",
    ):
        setattr(metrics, name, by_position(getattr(metrics, name)))


def give_feature_names() -> None:
    """Give vectorizers of text ``get_feature_names``."""
    from sklearn.feature_extraction import text

    text.CountVectorizer.get_feature_names = lambda self: self.get_feature_names_out().tolist()


def take_numbers_of_passes() -> None:
    """Let linear models take ``n_iter`` for the number of passes."""
    from sklearn import linear_model

    for name in ("Perceptron", "SGDClassifier", "SGDRegressor", "PassiveAggressiveClassifier"):
        if (kind := getattr(linear_model, name, None)) is not None:
            kind.__init__ = called_otherwise(kind.__init__, n_iter="max_iter")
