"""Choice of Theano by Keras, where TensorFlow is not installed."""

import json
import os
from importlib.util import find_spec
from pathlib import Path

from lenet.files import read_regular

VARIABLE = "KERAS_BACKEND"
# What Keras 1.1 and later take unasked, and write into their settings before they look whether it is there.
DEFAULT = "tensorflow"
MOST_BYTES = 1_000_000


def choose_theano() -> None:
    """Set ``KERAS_BACKEND=theano``, if TensorFlow is missing and nothing else chosen.

    Nothing is imported; Keras reads the variable when a program imports it. Keras before 1.1 took Theano unasked.
    """
    if VARIABLE not in os.environ and chosen() == DEFAULT and find_spec(DEFAULT) is None:
        os.environ[VARIABLE] = "theano"


def chosen() -> str:
    """Return the backend that Keras takes by its settings, or by itself."""
    folder = Path(os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser())
    try:
        return str(
            json.loads(read_regular(folder / "keras.json", MOST_BYTES)).get("backend", DEFAULT)
        )
    except (OSError, ValueError, AttributeError, RecursionError):
        return DEFAULT  # none, or it cannot be read, for which Keras says so
