"""Randomized principal components, which were a class of their own."""

from typing import Any

from sklearn import decomposition

__all__ = ["RandomizedPCA"]


class RandomizedPCA(decomposition.PCA):
    """Principal components by randomized decomposition."""

    def __init__(
        self,
        n_components: int | None = None,
        copy: bool = True,
        iterated_power: int = 2,
        whiten: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            n_components,
            copy=copy,
            whiten=whiten,
            svd_solver="randomized",
            iterated_power=iterated_power,
            random_state=random_state,
        )

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return ["copy", "iterated_power", "n_components", "random_state", "whiten"]
