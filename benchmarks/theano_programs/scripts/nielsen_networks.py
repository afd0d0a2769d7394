"""Networks of the sixth chapter of Nielsen's book, by his `network3`: `nielsen_networks.py NAME`."""

import os
import sys

sys.path.insert(0, os.getcwd())
import network3
from network3 import (
    ConvPoolLayer,
    FullyConnectedLayer,
    Network,
    ReLU,
    SoftmaxLayer,
)

BATCH = 10


def maps(count, channels, size, **options):
    """Return a layer of 5x5 filters with pooling."""
    return ConvPoolLayer(
        image_shape=(BATCH, channels, size, size),
        filter_shape=(count, channels, 5, 5),
        poolsize=(2, 2),
        **options,
    )


def layers_of(name):
    """Return the layers of a network of the chapter."""
    if name == "full":
        return [FullyConnectedLayer(784, 100), SoftmaxLayer(100, 10)]
    if name == "one_conv":
        return [maps(20, 1, 28), FullyConnectedLayer(20 * 144, 100), SoftmaxLayer(100, 10)]
    dropped = {"p_dropout": 0.5} if name == "dropout" else {}
    return [
        maps(20, 1, 28, activation_fn=ReLU),
        maps(40, 20, 12, activation_fn=ReLU),
        FullyConnectedLayer(40 * 16, 100, activation_fn=ReLU, **dropped),
        SoftmaxLayer(100, 10, **dropped),
    ]


train, valid, test = network3.load_data_shared()
chosen = sys.argv[1]
rate = 0.1 if chosen in ("full", "one_conv") else 0.03
Network(layers_of(chosen), BATCH).SGD(train, 2, BATCH, rate, valid, test)
