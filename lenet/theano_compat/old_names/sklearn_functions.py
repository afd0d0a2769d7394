"""Arguments and methods that scikit-learn's functions and classes had."""

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import Any

import numpy as np

from lenet.theano_compat.arguments import called_otherwise, without

# Modules whose functions and classes took arguments by their place before scikit-learn 1.0.
MODULES = [
    f"sklearn.{name}"
    for name in (
        *("cluster", "datasets", "decomposition", "ensemble", "feature_selection", "linear_model"),
        *("manifold", "metrics", "mixture", "naive_bayes", "neighbors", "neural_network"),
        *("preprocessing", "svm", "tree", "utils"),
    )
]
DONE: set[Any] = set()


def by_position(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes all of its arguments by their place, too."""
    parameters = inspect.signature(function).parameters.values()
    names = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
    count = sum(each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters)
    if not names or any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return function  # such as ``shuffle(X, y, ...)``

    @wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        named = dict(zip(names, arguments[count:], strict=False))
        return function(*arguments[:count], **named, **options)

    return called


def take_places() -> None:
    """Let functions and classes take all of their arguments by their place."""
    for module in [sys.modules[name] for name in MODULES if name in sys.modules]:
        for name in module.__all__ if hasattr(module, "__all__") else ():
            thing = getattr(module, name, None)
            if isinstance(thing, FunctionType) and thing not in DONE:
                setattr(module, name, by_position(thing))
                DONE.add(getattr(module, name))
            elif isinstance(thing, type) and "__init__" in vars(thing) and thing not in DONE:
                DONE.add(thing)
                setattr(thing, "__init__", by_position(vars(thing)["__init__"]))  # noqa: B010


def take_numbers_of_jobs() -> None:
    """Let clusters be told of `n_jobs` and `precompute_distances`, and do nothing."""
    from sklearn.cluster import KMeans

    KMeans.__init__ = without(KMeans.__init__, "n_jobs", "precompute_distances")
    take_places()


def take_labels_of_bytes() -> None:
    """Let labels be bytes, such as those of HDF5 files.

    Before scikit-learn 1.7 they were. What their kind is, scikit-learn finds out of them as of any array that it has checked.
    """
    from sklearn.utils import multiclass

    check = multiclass.check_array

    @wraps(check)
    def checked(*arguments: Any, **options: Any) -> Any:
        found = check(*arguments, **options)
        return (
            np.char.decode(found, "latin-1")
            if getattr(found, "dtype", np.dtype(int)).kind == "S"
            else found
        )

    multiclass.check_array = checked


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
    take_places()


def array2d(
    X: Any, dtype: Any = None, order: Any = None, copy: bool = False, **options: Any
) -> Any:
    """Return an array of two axes, a row of a vector."""
    return np.array(np.atleast_2d(X), dtype, order=order, copy=copy or None)


def atleast2d_or_csr(
    X: Any, dtype: Any = None, order: Any = None, copy: bool = False, **options: Any
) -> Any:
    """Return an array of two axes, or a sparse one by rows."""
    from scipy.sparse import csr_matrix, issparse

    return csr_matrix(X, dtype=dtype, copy=copy) if issparse(X) else array2d(X, dtype, order, copy)


def safe_asarray(X: Any, dtype: Any = None, order: Any = None) -> Any:
    """Return an array, unless it is a sparse one."""
    from scipy.sparse import issparse

    return X if issparse(X) else np.asarray(X, dtype, order)


def check_arrays(*arrays: Any, **options: Any) -> list[Any]:
    """Return arrays of the same length, None for None.

    Raises
    ------
    ValueError
        If they are not.
    """
    lengths = {
        len(array) if isinstance(array, list | tuple) else array.shape[0]
        for array in arrays
        if array is not None
    }
    if len(lengths) > 1:
        raise ValueError(f"the arrays have {sorted(lengths)} rows, expected as many in each")
    dtype, copy = options.get("dtype"), options.get("copy", False)
    found = [array if array is None else safe_asarray(array, dtype) for array in arrays]
    return [array.copy() if copy and array is not None else array for array in found]
