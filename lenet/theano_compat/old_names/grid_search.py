"""Searches of parameters as in scikit-learn's `grid_search`."""

import inspect
from typing import Any, NamedTuple

import numpy as np
from sklearn import model_selection
from sklearn.model_selection import ParameterGrid, ParameterSampler

__all__ = ["GridSearchCV", "ParameterGrid", "ParameterSampler", "RandomizedSearchCV"]


class Score(NamedTuple):
    """Mean score of some parameters, and the score of each fold."""

    parameters: dict[str, Any]
    mean_validation_score: float
    cv_validation_scores: np.ndarray


class OldSearch:
    """Attributes and arguments that a search had."""

    cv_results_: dict[str, Any]
    n_splits_: int

    def __init__(self, *arguments: Any, **options: Any) -> None:
        for dropped in ("fit_params", "iid"):
            options.pop(dropped, None)
        if options.get("scoring") in ("log_loss", "mean_squared_error", "mean_absolute_error"):
            options["scoring"] = f"neg_{options['scoring']}"
        names = list(inspect.signature(super().__init__).parameters)[:2]
        super().__init__(**dict(zip(names, arguments, strict=False)), **options)

    @property
    def grid_scores_(self) -> list[Score]:
        """Scores of all parameters that have been tried."""
        results: dict[str, Any] = self.cv_results_
        folds = [results[f"split{i}_test_score"] for i in range(self.n_splits_)]
        return [
            Score(parameters, float(mean), np.array(scores))
            for parameters, mean, *scores in zip(
                results["params"], results["mean_test_score"], *folds, strict=True
            )
        ]


class GridSearchCV(OldSearch, model_selection.GridSearchCV):
    """Search of all combinations of parameters."""

    _get_param_names = model_selection.GridSearchCV._get_param_names


class RandomizedSearchCV(OldSearch, model_selection.RandomizedSearchCV):
    """Search of parameters by chance."""
