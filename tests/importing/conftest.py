from pathlib import Path

import numpy as np
import pytensor
import pytest

from lenet.importing.conversion import Wishes, convert
from lenet.importing.reader import read_model
from tests.quick_runs import PLAIN


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def probabilities():
    """Return a function: probabilities of images, by the network that a file is made."""

    def compute(path, images, **wishes):
        with pytensor.config.change_flags(floatX="float64", mode="FAST_COMPILE"):
            converted = convert(read_model(Path(path)), Wishes(**wishes))
            network = converted.network
            classify = pytensor.function([network.images], network.model.p_y_given_x, mode=PLAIN)
            return classify(images), converted

    return compute
