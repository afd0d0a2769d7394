"""Mixtures of normal distributions as scikit-learn's `GMM`."""

from typing import Any

import numpy as np
from sklearn import mixture

__all__ = ["GMM"]


class GMM(mixture.GaussianMixture):
    """Mixture of normal distributions with ``covars_``, and a score for each row."""

    def __init__(
        self,
        n_components: int = 1,
        covariance_type: str = "diag",
        random_state: Any = None,
        tol: float = 1e-3,
        min_covar: float = 1e-3,
        n_iter: int = 100,
        n_init: int = 1,
        **options: Any,
    ) -> None:
        self.min_covar, self.n_iter = min_covar, n_iter
        super().__init__(
            n_components,
            covariance_type=covariance_type,
            random_state=random_state,
            tol=tol,
            reg_covar=min_covar,
            max_iter=n_iter,
            n_init=n_init,
        )

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return [
            "covariance_type",
            "min_covar",
            "n_components",
            "n_init",
            "n_iter",
            "random_state",
            "tol",
        ]

    @property
    def covars_(self) -> np.ndarray:
        """Covariances of the components."""
        return np.asarray(self.covariances_)

    def score(self, X: Any, y: Any = None) -> np.ndarray:
        """Return the logarithm of the density at each row."""
        return np.asarray(self.score_samples(X))
