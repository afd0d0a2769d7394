"""`LenetClassifier`, a classifier of scikit-learn."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from lenet.compile.backends import select_backend
from lenet.compile.threads import default_threads
from lenet.data.array_images import Levels, is_ragged, of_list, squares, with_channels_first
from lenet.data.dataset import Dataset, Split
from lenet.data.splits import stratified
from lenet.estimator.arguments import DEFAULTS, SIGNATURE, settings_of, weights_of
from lenet.estimator.notebook import fitted_html
from lenet.estimator.training import Training
from lenet.models.architectures import MIN_LENET
from lenet.report import console
from lenet.runs import checkpoint
from lenet.runs.checkpoint import Checkpoint
from lenet.runs.ensemble import TrainedModel
from lenet.runs.network_flags import flags_left_open
from lenet.runs.saved_model import SavedModel
from lenet.runs.transfer import source_of
from lenet.runs.writer import described_model
from lenet.seeds import SPLITS, generator
from lenet.terminal import epoch_progress, say
from lenet.training.loop import EpochResult, run_epochs
from lenet.training.settings import Settings

Callback = Callable[[EpochResult], Any]

NAME, LEVELS = "arrays", "levels"  # of the data set; of its range of numbers in a file


class LenetClassifier(ClassifierMixin, BaseEstimator):
    """Classifier of small images, for scikit-learn.

    Parameters
    ----------
    **settings
        Those of `lenet-train`, by the names of its flags: ``nepochs``, ``lr``, ``model``, ``update``, ...;
        see `Settings`. ``model`` is lenet by default, or mlp for images that are smaller than it takes.
    validation_split : float
        Share of the images, in each class, that choose the best epoch; 0: those that are trained on.
    image_shape : sequence of int, optional
        Shape (rows, columns), (channels, rows, columns) or (rows, columns, channels) of the image that a row of
        features is.
    image_size : int, optional
        Side in pixels to which lists of arrays or of paths are brought; 32 if left out.
    class_names : sequence of str, optional
        Names of the sorted classes in files; the classes themselves if left out.
    seed : int
        Decides everything that is random.
    backend : {"c", "jax", "numba"}
    threads : int, optional
        Of the kernels; the result does not depend on it.
    tta : bool
        Test-time augmentation: predictions are averaged over five versions of each image, moved by a pixel, or ten if
        the network knows that mirror images are of the same class; see `lenet.augment.test_time`.
    callbacks : sequence of callable
        Each is given the `EpochResult` of an epoch; training stops if one returns True.
    verbose : int
        1 prints a line for each epoch, and shows a progress bar in a terminal or a notebook.

    Attributes
    ----------
    classes_ : ndarray
    n_features_in_ : int
        Numbers of an image.
    history_ : dict of str to list of float
        Results of the epochs by name, as in ``metrics.csv``.
    model_ : SavedModel
        The network of the best epoch.

    Examples
    --------
    >>> from lenet import LenetClassifier
    >>> classifier = LenetClassifier(nepochs=5).fit(images, labels)
    >>> classifier.predict(more_images)
    """

    model_: TrainedModel
    # What `partial_fit` goes on with.
    _trained: Training | None = None

    def __init__(self, **settings: Any) -> None:
        for name in settings.keys() - DEFAULTS.keys():
            raise TypeError(f"LenetClassifier has no {name!r}; it has {', '.join(DEFAULTS)}")
        for name, default in DEFAULTS.items():
            setattr(self, name, settings.get(name, default))

    __init__.__signature__ = SIGNATURE  # type: ignore[attr-defined]

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        validation_data: tuple[Any, Any] | None = None,
    ) -> Self:
        """Train a new network, and keep that of the best epoch.

        Parameters
        ----------
        X : array_like, or list of array_like or path-like
            Images: bytes or numbers, see `lenet.data.array_images`.
        y : array_like, shape (n,)
            Labels, of any type.
        sample_weight : array_like, optional, shape (n,)
            How much each image counts in the cost; one that counts nothing is left out. All count alike in the
            validation error.
        validation_data : pair of array_like, optional
            Images and labels that choose the best epoch, in place of `validation_split`.

        Raises
        ------
        ValueError
            If the images, labels or settings cannot be.
        DivergenceError
            If the numbers are no longer finite.
        """
        train = Split(*self._begin(X, y, None))
        weights = weights_of(sample_weight, len(train.labels))
        if weights is not None:
            train, weights = train.take(weights > 0), weights[weights > 0]
        valid = self._valid(train, validation_data)
        if valid is None:
            rest, chosen = self._split(train)
            train, valid = train.take(rest), train.take(chosen)
            weights = None if weights is None else weights[rest]
        training = self._training(train, valid, weights is not None)
        if weights is not None:
            training = training.weighted(weights)
        with closing(self._epochs(training, training.settings)) as results:
            try:
                for result in results:
                    if self._tell(training, result):
                        break
            finally:  # also of what an error or Ctrl-C has ended
                self._take_best(training)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Train for one epoch on more images.

        Parameters
        ----------
        X, y
            As in `fit`. The first images also decide the size and the range of numbers of those to come.
        classes : array_like, optional
            All classes there will be; needed by the first call.

        Notes
        -----
        After `pickle` or `load`, weights are what they were, and the optimizer begins anew. A loaded network needs
        the settings that it was trained with: ``load(path).set_params(...)``.
        """
        images, labels = (
            self._checked(X, y) if hasattr(self, "classes_") else self._begin(X, y, classes)
        )
        train = Split(images, labels)
        if self._trained is None:
            self._trained = self._training(train, train, is_weighted=False)
        training = self._trained.on(train, train)
        settings = replace(
            training.settings, nepochs=max(training.settings.nepochs, training.progress.epoch + 1)
        )
        training.progress.best_error, training.progress.patience = np.inf, 2**62
        with closing(self._epochs(training, settings)) as results:
            self._tell(training, next(results))
        self._take_best(training)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each image."""
        check_is_fitted(self, "model_")
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each of `classes_`, shape (n, classes)."""
        check_is_fitted(self, "model_")
        images = self._images(self._numbers(X, reset=False))
        return self.model_.probabilities(images, tta=self.tta)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of images whose class is predicted, weighted if so wanted.

        The classes of a loaded network are names, texts: numbers are compared as such.
        """
        labels = np.asarray(y)
        if (
            hasattr(self, "classes_")
            and self.classes_.dtype.kind == "U"
            and labels.dtype.kind in "iu"
        ):
            labels = labels.astype(str)
        return float(super().score(X, labels, sample_weight))

    def summary(self) -> str:
        """Return a table of the network's layers."""
        check_is_fitted(self, "model_")
        return repr(self.model_.network.model)

    def save(self, path: str | Path) -> None:
        """Write the network to a file, for `lenet.load` and ``lenet predict``.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        check_is_fitted(self, "model_")
        checkpoint.save(path, self.model_.network.model, **self.model_.attributes)

    def _begin(self, X: Any, y: Any, classes: Any) -> tuple[np.ndarray, np.ndarray]:
        """Note classes, size and range of the first images; return images and labels."""
        self.history_: dict[str, list[float]] = {}
        self._trained = None
        for name in ("image_shape_", "model_"):
            self.__dict__.pop(name, None)  # of an earlier training
        numbers = self._numbers(X, reset=True)
        check_classification_targets(y)
        self.classes_ = np.unique(np.asarray(y if classes is None else classes))
        self.levels_ = Levels.of(numbers)
        images = self._images(numbers)
        self.image_shape_ = images.shape[1:]
        return images, self._labels(y, len(images))

    def _checked(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return images and labels as those that the network has learnt."""
        images = self._images(self._numbers(X, reset=False))
        return images, self._labels(y, len(images))

    def _numbers(self, X: Any, reset: bool) -> np.ndarray:
        """Return images as an array with channels first."""
        if isinstance(X, list | tuple) and len(X) and not np.isscalar(X[0]) and is_ragged(X):
            shape = None if reset else self.image_shape_
            numbers = of_list(
                X, shape[1] if shape else self.image_size, shape[0] if shape else None
            )
        else:
            has_axes = (X if hasattr(X, "ndim") else np.asarray(X)).ndim > 2
            values = validate_data(
                self, X, reset=reset, dtype="numeric", allow_nd=True, ensure_2d=not has_axes
            )
            numbers = with_channels_first(values, self.image_shape)
            if not has_axes:  # scikit-learn counts the features
                return numbers
        if reset:
            self.n_features_in_ = int(np.prod(numbers.shape[1:]))
        return numbers

    def _images(self, numbers: np.ndarray) -> np.ndarray:
        """Return images as the network takes them."""
        images = squares(self.levels_.bytes_of(numbers))
        if hasattr(self, "image_shape_") and images.shape[1:] != self.image_shape_:
            raise ValueError(
                f"images of shape {images.shape[1:]}: expected {self.image_shape_}, as those trained on"
            )
        return images

    def _labels(self, y: Any, n_images: int) -> np.ndarray:
        """Return classes as their numbers."""
        given = column_or_1d(y, warn=True)
        if len(given) != n_images:
            raise ValueError(f"{len(given)} labels: expected {n_images}, one for each image")
        encoder = LabelEncoder()
        encoder.classes_ = self.classes_
        return encoder.transform(given).astype(np.int32)

    def _valid(self, train: Split, given: tuple[Any, Any] | None) -> Split | None:
        """Return the images that choose the best epoch, unless they have to be split off."""
        if given is not None:
            return Split(*self._checked(*given))
        fewest = np.bincount(train.labels, minlength=len(self.classes_)).min()
        return train if not self.validation_split or fewest < 2 else None

    def _split(self, train: Split) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices of the images to train on, and of those to validate by."""
        shares = (1 - self.validation_split, self.validation_split)
        names = [str(each) for each in self.classes_]
        alone = np.arange(len(train.labels))
        rest, valid = stratified(train.labels, alone, shares, names, generator(self.seed, SPLITS))
        return np.sort(rest), np.sort(valid)

    def _training(self, train: Split, valid: Split, is_weighted: bool) -> Training:
        """Build and compile a network for training."""
        size = train.images.shape[2]
        names = tuple(self.class_names or map(str, self.classes_.tolist()))
        if len(names) != len(self.classes_):
            raise ValueError(f"class_names: {len(names)} of them, expected {len(self.classes_)}")
        dataset = Dataset(
            NAME,
            train,
            valid,
            valid.take(slice(0)),
            names,
            mirror=False,
            normalize="unit" if self.levels_.is_of_bytes else "zscore",
            origin={LEVELS: [self.levels_.low, self.levels_.high]},
        )
        # Pickled, or loaded from a file, before it goes on.
        before = self._checkpoint() if hasattr(self, "model_") else None
        given, source = dict(vars(self)), None
        if self.init_from is not None:
            source = source_of(self.init_from, before)
            given |= flags_left_open(source.attributes, given, DEFAULTS)
        settings = settings_of(given, "lenet" if size >= MIN_LENET else "mlp")
        backend = select_backend(self.backend, self.threads or default_threads())
        training = Training.of(dataset, settings, self.seed, backend, is_weighted, source, before)
        if self.verbose and training.transfer is not None:
            say("\n".join(["begins with", *training.transfer.lines]))
        return training

    def _epochs(self, training: Training, settings: Settings) -> Generator[EpochResult, None, None]:
        """Train and yield the result of each epoch, with a progress bar if it is wanted."""
        options = {"show": epoch_progress} if self.verbose else {}
        return run_epochs(
            training.functions, training.dataset, settings, training.progress, **options
        )

    def _tell(self, training: Training, result: EpochResult) -> bool:
        """Keep the results of an epoch, and the best network; return whether to stop."""
        for name, value in result.numbers.items():
            self.history_.setdefault(name, []).append(np.nan if value is None else float(value))
        if result.is_best:
            described = described_model(training.dataset, training.settings, training.network)
            training.best = Checkpoint.of(training.network.model, described)
        if self.verbose:
            heading = f"{console.EPOCH_HEADER}\n" if result.epoch == 1 else ""
            say(f"{heading}{console.epoch_line(result)}")
        stops = [callback(result) for callback in self.callbacks]
        return any(stops)

    def _take_best(self, training: Training) -> None:
        """Become the network of the best epoch, if there was one."""
        if training.best is not None:
            self.model_ = SavedModel.of(training.best, training.backend.mode)

    def _checkpoint(self) -> Checkpoint:
        """Return what the file of the network would hold."""
        return Checkpoint.of(self.model_.network.model, self.model_.attributes)

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the weights, and no compiled function."""
        state = super().__getstate__().copy()
        state.pop("_trained", None)
        if "model_" in state:
            state["model_"] = self._checkpoint()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the network again."""
        super().__setstate__(state)
        if "model_" in state:
            backend = select_backend(self.backend, self.threads or default_threads())
            self.model_ = SavedModel.of(state["model_"], backend.mode)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        """Return what a notebook shows: arguments, layers and learning curves."""
        bundle = super()._repr_mimebundle_(**options)
        if isinstance(getattr(self, "model_", None), SavedModel):
            fitted = fitted_html(self.model_.network.model, self.history_)
            bundle["text/html"] = f"{bundle.get('text/html', '')}{fitted}"
        return bundle

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
