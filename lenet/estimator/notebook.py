"""Display of a fitted classifier in a notebook: layers and learning curves."""

import base64
from collections.abc import Mapping, Sequence

import numpy as np

from lenet.models.classifier import Classifier
from lenet.report.curves import learning_curves


def fitted_html(model: Classifier, history: Mapping[str, Sequence[float]]) -> str:
    """Return the layers as an HTML table, and the learning curves if there are any.

    Parameters
    ----------
    model : Classifier
    history : mapping of str to sequence of float
        `LenetClassifier.history_`; empty for a network from a file.
    """
    if not history:
        return model._repr_html_()
    metrics = {name: np.asarray(values) for name, values in history.items()}
    png = base64.b64encode(learning_curves(metrics)).decode()
    curves = (
        f'<img alt="learning curves" style="max-width: 100%" src="data:image/png;base64,{png}">'
    )
    return f"{model._repr_html_()}{curves}"
