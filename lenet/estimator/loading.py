"""Classifiers from files."""

import os

import numpy as np

from lenet.compile.backends import select_backend
from lenet.compile.threads import default_threads
from lenet.data.array_images import Levels
from lenet.estimator.classifier import LEVELS, LenetClassifier
from lenet.runs.ensemble import load_model


def load(
    path: str | os.PathLike, backend: str = "c", threads: int | None = None
) -> LenetClassifier:
    """Return the classifier of a run or of a saved network.

    Parameters
    ----------
    path : path-like
        Of `lenet-train`: a ``model.h5``, the folder of a run, or that of a run with ``--folds``, whose networks answer
        together; or of `LenetClassifier.save`; or the name of a network that comes with lenet, "mnist" or "mnist-1998",
        if there is no file or folder of that name.
    backend, threads
        See `LenetClassifier`.

    Raises
    ------
    CheckpointError
        If there is no such file, or it is damaged or does not describe a network.
    """
    mode = select_backend(backend, threads or default_threads()).mode
    model = load_model(path, mode)
    classifier = LenetClassifier(backend=backend, threads=threads)
    classifier.model_ = model
    classifier.classes_ = np.array(model.class_names)
    classifier.levels_ = Levels(*model.attributes.get(LEVELS, ()))
    classifier.image_shape_ = (model.channels, model.size, model.size)
    classifier.n_features_in_ = int(np.prod(classifier.image_shape_))
    classifier.history_, classifier._trained = {}, None
    return classifier
