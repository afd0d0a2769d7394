"""The layers in PyTorch: an oracle of its own for values, gradients and running averages."""

import numpy as np
import torch
from torch.nn import functional

from lenet.layers import (
    RBF,
    Activation,
    AvgPool,
    BatchNorm,
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
from lenet.layers.convolution import Convolution

ACTIVATIONS = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "leaky_relu:0.3": lambda x: functional.leaky_relu(x, 0.3),
    "elu": functional.elu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "squash": lambda x: 1.7159 * torch.tanh(2 / 3 * x),
    "softmax": lambda x: functional.softmax(x, dim=1),
    "identity": lambda x: x,
}
CONVOLUTIONS = {2: functional.conv2d, 3: functional.conv3d}
MAXIMA = {2: functional.max_pool2d, 3: functional.max_pool3d}
MEANS = {2: functional.avg_pool2d, 3: functional.avg_pool3d}


def network(layers, x, tensors, training):
    """Return what layers make of a batch.

    Parameters
    ----------
    layers : sequence of Layer
        Initialised.
    x : torch.Tensor
    tensors : dict of str to torch.Tensor
        Parameters and running averages by name; the latter change in training.
    training : bool
    """
    for layer in layers:
        x = output(layer, x, tensors, training)
    return x


def output(layer, x, tensors, training):
    """Return what one layer makes of a batch; see `network`."""
    own = {
        name.removeprefix(f"{layer.name}_"): tensor
        for name, tensor in tensors.items()
        if name.startswith(f"{layer.name}_")
    }
    match layer:
        case Convolution():
            return convolution(layer, x, own)
        case AvgPool():
            means = MEANS[x.ndim - 2]
            return means(x, layer.size, layer.stride, layer.padding, count_include_pad=False)
        case MaxPool():
            return MAXIMA[x.ndim - 2](x, layer.size, layer.stride, layer.padding)
        case Subsampling():
            sums = functional.avg_pool2d(x, layer.size, divisor_override=1)
            return ACTIVATIONS[layer.activation](
                sums * channels(own["W"], x) + channels(own["b"], x)
            )
        case FullyConnected():
            W = own["W"].T
            return ACTIVATIONS[layer.activation](functional.linear(x.flatten(1), W, own.get("b")))
        case BatchNorm():
            running = own["mean"], own["variance"]
            scale = own["gamma"], own["beta"]
            share = 1 - layer.momentum
            return functional.batch_norm(x, *running, *scale, training, share, layer.epsilon)
        case Dropout():
            # The very draws, which are made from a copy of the layer's generator.
            draws = layer.rng.get_value().uniform(size=tuple(x.shape))
            kept = torch.from_numpy(draws >= layer.rate)
            return x * kept / (1 - layer.rate) if training else x
        case Residual():
            adapters = [] if layer.shortcut is None else layer.shortcut.layers
            direct = network(adapters, x, tensors, training)
            changed = network(layer.branch.layers, x, tensors, training)
            return ACTIVATIONS[layer.activation](changed + direct)
        case RBF():
            return -(torch.cdist(x.flatten(1), torch.tensor(layer.codes, dtype=x.dtype)) ** 2)
        case Pad():
            rows, columns = ((layer.size - n) / 2 for n in x.shape[2:])
            sides = [side for n in (columns, rows) for side in (int(np.floor(n)), int(np.ceil(n)))]
            return functional.pad(x, sides, value=layer.value)
        case Rescale():
            return torch.lerp(torch.full_like(x, layer.low), torch.full_like(x, layer.high), x)
        case Normalise():
            shift, scale = (torch.tensor(numbers) for numbers in (layer.shift, layer.scale))
            return (x - channels(shift, x)) * channels(scale, x)
        case Activation():
            return ACTIVATIONS[layer.function](x)
        case Flatten():
            return x.flatten(1)
    raise NotImplementedError(type(layer).__name__)


def convolution(layer, x, own):
    """Return a convolution, pooled where the layer does so; PyTorch's filters are not mirrored."""
    axes = x.ndim - 2
    W = own["W"].flip(dims=tuple(range(2, x.ndim)))
    if layer.connections is not None:
        W = W * torch.tensor(layer.connections).reshape(*W.shape[:2], *[1] * axes)
    dilations = np.broadcast_to(layer.dilation, axes)
    reach = [(n - 1) * dilation for n, dilation in zip(W.shape[2:], dilations, strict=True)]
    named = {"valid": 0, "half": tuple((n + 1) // 2 for n in reach), "full": tuple(reach)}
    padding = named.get(layer.padding, layer.padding)
    x = CONVOLUTIONS[axes](
        x, W, stride=layer.stride, padding=padding, dilation=layer.dilation, groups=layer.groups
    )
    if window := getattr(layer, "pool", None):
        x = (MAXIMA if layer.pooling == "max" else MEANS)[axes](x, window)
    return ACTIVATIONS[layer.activation](x + channels(own["b"], x) if layer.bias else x)


def channels(vector, x):
    """Return a vector, one number for each channel, in a form to be combined with a batch."""
    return vector.reshape(-1, *[1] * (x.ndim - 2))
