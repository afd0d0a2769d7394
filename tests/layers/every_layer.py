"""Each class of layer with awkward arguments, and numbers for its parameters: for what translates layers."""

import numpy as np
from pytensor.compile.mode import Mode

from lenet.layers import (
    RBF,
    Activation,
    AvgPool,
    BatchNorm,
    Conv2d,
    Conv3d,
    ConvPool,
    Dropout,
    Flatten,
    FullyConnected,
    MaxPool,
    Normalise,
    Pad,
    Rescale,
    Residual,
    Subsampling,
)
from lenet.layers.activations import ACTIVATIONS

# No C: each layer would be compiled for a second, to be used once.
PYTHON = Mode(linker="py", optimizer="fast_compile")
IMAGE, VOLUME = (4, 11, 9), (2, 5, 7, 6)
PARTIAL = [[1, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 0]]

# Each with the shape of its input; all sizes, strides and margins differ between the axes.
CASES = {
    "convolution": (Conv2d(3, (3, 2), activation="tanh"), IMAGE),
    "strides and padding": (Conv2d(3, (3, 2), stride=(2, 3), padding=(1, 2)), IMAGE),
    "padding half": (Conv2d(3, (5, 3), padding="half", dilation=(1, 2), bias=False), IMAGE),
    "padding full": (Conv2d(3, (3, 2), padding="full"), IMAGE),
    "padding of pairs": (Conv2d(3, 3, padding=((1, 0), (0, 2))), IMAGE),
    "groups": (Conv2d(6, (3, 2), groups=2), IMAGE),
    "partial connections": (Conv2d(3, (3, 2), connections=PARTIAL), IMAGE),
    "volumes": (Conv3d(3, (2, 3, 2), stride=(1, 2, 1), padding=(1, 0, 2)), VOLUME),
    "convolution and maxima": (ConvPool(3, (3, 2), pool=(2, 3)), IMAGE),
    "convolution and means": (ConvPool(3, (3, 2), pooling="avg", bias=False), IMAGE),
    "convolution without pooling": (ConvPool(3, (3, 2), pool=1), IMAGE),
    "maxima": (MaxPool((3, 2), stride=(2, 1), padding=(1, 0)), IMAGE),
    "maxima of volumes": (MaxPool((2, 3, 2)), VOLUME),
    "means": (AvgPool((3, 2), stride=(2, 1), padding=(1, 1)), IMAGE),
    "means of volumes": (AvgPool((2, 3, 2), stride=1), VOLUME),
    "subsampling": (Subsampling((2, 3), activation="squash"), IMAGE),
    "units on an image": (FullyConnected(5, activation="sigmoid"), IMAGE),
    "units without bias": (FullyConnected(5, bias=False), (7,)),
    "flat": (Flatten(), IMAGE),
    "flat already": (Flatten(), (7,)),
    "normalised image": (BatchNorm(epsilon=0.01), IMAGE),
    "normalised vector": (BatchNorm(), (7,)),
    "normalised volume": (BatchNorm(), VOLUME),
    "dropout": (Dropout(0.3), IMAGE),
    "channels normalised": (Normalise([0.5, -0.25, 0.0, 1.0], [2.0, 0.5, 3.0, 1.0]), IMAGE),
    "rescaled": (Rescale(-0.1, 1.175), IMAGE),
    "padded": (Pad(14, value=-0.5), IMAGE),
    "padded by nothing": (Pad(11), (4, 11, 11)),
    "residual": (Residual([Conv2d(4, 3, padding="half"), BatchNorm(), Dropout()]), IMAGE),
    "residual, adapted": (
        Residual([Conv2d(6, 3, padding="half", stride=2)], activation="elu"),
        IMAGE,
    ),
    "residual, of units": (Residual([FullyConnected(5), FullyConnected(3)]), IMAGE),
    "distances": (RBF([[1.0, -1, 1, -1, 1, 1, -1], [0.5] * 7]), (7,)),
    **{
        f"activation {name}": (Activation(name), IMAGE) for name in (*ACTIVATIONS, "leaky_relu:0.3")
    },
}


def with_any_numbers(network, rng):
    """Give all parameters and averages numbers of their own, so that none is forgotten unseen."""
    for shared in [*network.params, *network.state]:
        now = shared.get_value()
        if isinstance(now, np.ndarray):
            spread = 0.5 * rng.standard_normal(now.shape)
            if shared.name.endswith("variance"):
                spread = np.abs(spread) + 0.1
            shared.set_value((now + spread).astype(now.dtype))
