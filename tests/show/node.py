"""The page's program, run by Node on what Python has written."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lenet.show.primitives import Numbers, layer_descriptions

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "lenet" / "show" / "page"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs node, Node.js 20 or newer")


def run_node(program, given):
    """Return what a program of this folder makes of something that JSON can hold."""
    done = subprocess.run(
        [NODE, HERE / program], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def packed(array):
    """Return an array as base64 of its bytes, floats as float32."""
    array = np.asarray(array)
    kind = np.uint8 if array.dtype == np.uint8 else "<f4"
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


def unpacked(text, shape):
    """Return float32 of base64 as an array."""
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)


def written(network, classes=()):
    """Return a `Sequential` as the page gets it."""
    numbers = Numbers()
    layers = layer_descriptions(network.layers, numbers)
    return {
        "shape": list(network.input_shape),
        "classes": list(classes),
        "layers": layers,
        "numbers": base64.b64encode(numbers.to_bytes()).decode(),
    }
