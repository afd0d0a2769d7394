"""The best model of a run, completed by what its validation images tell of it."""

import numpy as np

from lenet.evaluation.rejection import confidences_of
from lenet.runs import checkpoint
from lenet.runs.validation_fit import ValidationFit
from lenet.runs.writer import RunWriter

REACHED = ("epoch", "validation_error", "test_error")


def completed(folder: RunWriter) -> ValidationFit | None:
    """Fit temperature and rejection to the validation images, and keep both.

    The network then has the parameters of the best model.

    Parameters
    ----------
    folder : RunWriter
        Of a run that has written a model.

    Returns
    -------
    ValidationFit or None
        None if the probabilities are no numbers, or there are no validation images.

    Raises
    ------
    CheckpointError, OSError
        If the model cannot be read or written.
    """
    saved = checkpoint.load(folder.model_path)
    saved.restore(folder.network.model)
    valid, settings = folder.dataset.valid, folder.settings
    if not len(valid.labels):
        return None
    probabilities, outputs = folder.functions.evaluated(valid, settings.batch_size)
    if not np.isfinite(probabilities).all():
        return None
    rubbish = None if outputs is None else settings.rubbish_distance
    confidences = confidences_of(probabilities, outputs, rubbish)
    fit = ValidationFit.of(valid.labels, probabilities, confidences, rubbish)
    reached = {name: saved.attributes[name] for name in REACHED if name in saved.attributes}
    folder.write_model(**reached, **fit.attributes)
    return fit
