"""Contents of a saved model: its arrays and, if the file says so, its layers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class SavedArray:
    """Array of a saved model.

    Attributes
    ----------
    name : str
        In the file.
    value : ndarray
    layer : str
        Its layer's name, if the file says so.
    """

    name: str
    value: np.ndarray
    layer: str = ""


@dataclass(frozen=True)
class KerasLayer:
    """Layer of a Keras file.

    Attributes
    ----------
    name, kind : str
        Its name and its class.
    config : dict
        Its arguments.
    arrays : list of SavedArray
        Its weights, in Keras's order.
    """

    name: str
    kind: str
    config: dict[str, Any]
    arrays: list[SavedArray] = field(default_factory=list)


@dataclass(frozen=True)
class Contents:
    """Contents of a saved model.

    Attributes
    ----------
    path : Path
    form : str
        Its format, in words.
    arrays : list of SavedArray
        In the order of the file.
    layers : list of KerasLayer or None
        From input to output; None if the file does not say, or they are no sequence.
    no_sequence : str
        Why they are none, if they are in the file and are none.
    backend : str
        What Keras ran on, such as "theano" or "tensorflow", if the file tells.
    is_keras : bool
        Whether arrays are in Keras's order and shapes.
    """

    path: Path
    form: str
    arrays: list[SavedArray]
    layers: list[KerasLayer] | None = None
    no_sequence: str = ""
    backend: str = ""
    is_keras: bool = False
