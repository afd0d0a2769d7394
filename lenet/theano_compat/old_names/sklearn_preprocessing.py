"""Classes of scikit-learn's `preprocessing` that are gone, or have changed."""

from typing import Any

import numpy as np
from sklearn import preprocessing
from sklearn.base import BaseEstimator, TransformerMixin

from lenet.theano_compat.old_names.sklearn_functions import take_places

__all__ = ["Imputer", "OneHotEncoder", "take_number_of_values"]


class Imputer(TransformerMixin, BaseEstimator):
    """Means in the place of missing values: of their column (axis 0) or row (1)."""

    def __init__(
        self,
        missing_values: Any = "NaN",
        strategy: str = "mean",
        axis: int = 0,
        verbose: int = 0,
        copy: bool = True,
    ) -> None:
        self.missing_values, self.strategy, self.axis = missing_values, strategy, axis
        self.verbose, self.copy = verbose, copy

    def fit(self, X: Any, y: Any = None) -> "Imputer":
        """Learn the value of each column."""
        from sklearn.impute import SimpleImputer

        missing = np.nan if self.missing_values == "NaN" else self.missing_values
        self.imputer_ = SimpleImputer(missing_values=missing, strategy=self.strategy)
        if self.axis == 0:
            self.statistics_ = self.imputer_.fit(X).statistics_
        return self

    def transform(self, X: Any) -> Any:
        """Return an array without missing values."""
        if self.axis == 0:
            return self.imputer_.transform(X)
        return self.imputer_.fit_transform(np.transpose(X)).T


class OneHotEncoder(preprocessing.OneHotEncoder):
    """Encoder of whole numbers as columns of 0 and 1.

    Parameters
    ----------
    n_values : "auto" or int
        How many values each column has.
    """

    def __init__(
        self,
        n_values: Any = "auto",
        categorical_features: Any = "all",
        dtype: Any = np.float64,
        sparse: bool = True,
        handle_unknown: str = "error",
        **options: Any,
    ) -> None:
        self.n_values, self.categorical_features, self.sparse = (
            n_values,
            categorical_features,
            sparse,
        )
        super().__init__(
            **{"sparse_output": sparse, "dtype": dtype, "handle_unknown": handle_unknown, **options}
        )

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return ["categorical_features", "dtype", "handle_unknown", "n_values", "sparse"]

    def fit(self, X: Any, y: Any = None) -> "OneHotEncoder":
        """Learn the values of each column."""
        if not isinstance(self.categorical_features, str):
            raise ValueError(
                "OneHotEncoder: categorical_features, expected 'all': use sklearn.compose.ColumnTransformer"
            )
        if isinstance(self.n_values, int):
            self.categories = [range(self.n_values)] * np.shape(X)[1]
        super().fit(X, y)
        self.n_values_ = np.array([int(np.max(each)) + 1 for each in self.categories_])
        return self


def take_number_of_values() -> None:
    """Let ``sklearn.preprocessing.OneHotEncoder`` be told how many values there are."""
    preprocessing.OneHotEncoder = OneHotEncoder
    take_places()
