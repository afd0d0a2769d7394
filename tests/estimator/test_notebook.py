"""What a notebook shows of a fitted classifier."""

import base64
import io
import re

import numpy as np
from PIL import Image

from lenet.estimator.notebook import fitted_html
from lenet.layers import FullyConnected
from lenet.models.network import network_of_layers
from lenet.training.loop import NUMBERS

MODEL = network_of_layers(
    [FullyConnected(3, name="<b>")], (1, 4, 4), np.random.default_rng(0)
).model


def test_layers_and_curves_are_shown():
    history = {name: [2.0, 1.0] for name in NUMBERS} | {"epoch": [1.0, 2.0]}
    page = fitted_html(MODEL, history)
    assert "<td>&lt;b&gt;</td><td>3</td><td>51</td>" in page
    (data,) = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert len(np.unique(np.asarray(picture))) > 10


def test_a_network_from_a_file_has_no_curves():
    assert "<img" not in fitted_html(MODEL, {})
