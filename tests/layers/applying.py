"""Layers made ready and applied to numbers, for tests."""

from copy import deepcopy

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode

# NumPy's code compiles at once, and the numbers here are few.
PYTHON = Mode(linker="py", optimizer="fast_run")


def ready(layer, input_shape, name="", seed=0):
    """Return a copy of a layer with a shape and random parameters, biases among them."""
    layer = deepcopy(layer)
    rng = np.random.default_rng(seed)
    layer.initialise(rng, input_shape, name or layer.name or f"{layer.kind}1")
    for param in layer.params:
        param.set_value(rng.normal(size=param.get_value().shape))
    return layer


def values(layer):
    """Return the parameters by the last word of their name."""
    return {param.name.rpartition("_")[2]: param.get_value() for param in layer.params}


def batch(shape, n=2, seed=1):
    return np.random.default_rng(seed).normal(size=(n, *shape))


def function_of(layer, training=False, update=False):
    """Return the layer as a function of a batch; with `update`, its state changes, too."""
    images = pt.tensor("images", dtype="float64", shape=(None, *layer.input_shape))
    output, updates = layer.apply(images, training)
    return pytensor.function([images], output, updates=updates if update else [], mode=PYTHON)


def output_of(layer, images, training=False):
    return function_of(layer, training)(images)
