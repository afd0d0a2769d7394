"""Splits of scikit-learn's `cross_validation`, which are iterated over.

They know their labels. Today's splitters get the labels when they split. Which images a stratified or shuffled split takes is today's choice.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.model_selection import (
    cross_val_predict,
    cross_val_score,
    permutation_test_score,
    train_test_split,
)

__all__ = [
    "KFold",
    "LabelKFold",
    "LeaveOneLabelOut",
    "LeaveOneOut",
    "LeavePOut",
    "ShuffleSplit",
    "StratifiedKFold",
    "StratifiedShuffleSplit",
    "cross_val_predict",
    "cross_val_score",
    "permutation_test_score",
    "train_test_split",
]


class OldSplits:
    """Splits of some images, each as the indices to train on and those to test on."""

    def __init__(
        self, splitter: Any, n: int, labels: Sequence[Any] | None = None, of_groups: bool = False
    ) -> None:
        self.splitter, self.n = splitter, n
        self.labels = None if of_groups else labels
        self.groups = labels if of_groups else None

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield from self.splitter.split(np.zeros(self.n), self.labels, self.groups)

    def __len__(self) -> int:
        return int(self.splitter.get_n_splits(np.zeros(self.n), self.labels, self.groups))


class KFold(OldSplits):
    """Folds of consecutive images."""

    def __init__(
        self, n: int, n_folds: int = 3, shuffle: bool = False, random_state: Any = None
    ) -> None:
        super().__init__(
            model_selection.KFold(int(n_folds), shuffle=shuffle, random_state=random_state), n
        )


class StratifiedKFold(OldSplits):
    """Folds that have each class as often as all images together."""

    def __init__(
        self, y: Sequence[Any], n_folds: int = 3, shuffle: bool = False, random_state: Any = None
    ) -> None:
        splitter = model_selection.StratifiedKFold(
            int(n_folds), shuffle=shuffle, random_state=random_state
        )
        super().__init__(splitter, len(y), y)


class LabelKFold(OldSplits):
    """Folds that keep what has a label together."""

    def __init__(self, labels: Sequence[Any], n_folds: int = 3) -> None:
        super().__init__(model_selection.GroupKFold(int(n_folds)), len(labels), labels, True)


class LeaveOneLabelOut(OldSplits):
    """Splits that test on all that has one label."""

    def __init__(self, labels: Sequence[Any]) -> None:
        super().__init__(model_selection.LeaveOneGroupOut(), len(labels), labels, True)


class LeaveOneOut(OldSplits):
    """Splits that test on one image."""

    def __init__(self, n: int) -> None:
        super().__init__(model_selection.LeaveOneOut(), n)


class LeavePOut(OldSplits):
    """Splits that test on some images."""

    def __init__(self, n: int, p: int) -> None:
        super().__init__(model_selection.LeavePOut(p), n)


class ShuffleSplit(OldSplits):
    """Splits of shuffled images."""

    def __init__(
        self,
        n: int,
        n_iter: int = 10,
        test_size: float | None = 0.1,
        train_size: float | None = None,
        random_state: Any = None,
    ) -> None:
        splitter = model_selection.ShuffleSplit(
            n_iter, test_size=test_size, train_size=train_size, random_state=random_state
        )
        super().__init__(splitter, n)


class StratifiedShuffleSplit(OldSplits):
    """Splits of shuffled images that have each class as often as all together."""

    def __init__(
        self,
        y: Sequence[Any],
        n_iter: int = 10,
        test_size: float | None = 0.1,
        train_size: float | None = None,
        random_state: Any = None,
    ) -> None:
        splitter = model_selection.StratifiedShuffleSplit(
            n_iter, test_size=test_size, train_size=train_size, random_state=random_state
        )
        super().__init__(splitter, len(y), y)
