"""Layers as the primitive steps that the page computes.

The page's program (`page/primitives.js`) knows eight steps, and each class of layer is a few of them: what a
layer does beyond them, flipping its filters or dividing by a deviation, is done here once.
"""

import math
from collections.abc import Iterable, Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from lenet.layers import (
    RBF,
    Activation,
    AvgPool,
    BatchNorm,
    Conv3d,
    ConvPool,
    Dropout,
    Flatten,
    FullyConnected,
    Layer,
    MaxPool,
    Normalise,
    Pad,
    Rescale,
    Residual,
    Subsampling,
)
from lenet.layers.activations import Function, name_of
from lenet.layers.convolution import Convolution
from lenet.models.lenet5_1998 import BITMAP_COLUMNS, BITMAP_ROWS
from lenet.nnet.geometry import normalise_border_mode, resolve_pads

Step = dict[str, Any]


class Numbers:
    """Arrays of a network, one after the other in one array of float32.

    A step names its arrays by where they begin and how long they are. Those of several axes have a row for each unit.

    Attributes
    ----------
    parts : list of ndarray of float32
    length : int
        Of all together.
    """

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.length = 0

    def add(self, values: Any) -> tuple[int, int]:
        """Append an array and return its place: first number and length."""
        array = np.asarray(values, np.float32)
        place = (self.length, array.size)
        self.parts.append(array)
        self.length += array.size
        return place

    def to_bytes(self) -> bytes:
        """Return all numbers, little-endian."""
        return b"".join(part.astype("<f4").tobytes() for part in self.parts)


def layer_descriptions(layers: Iterable[Layer], numbers: Numbers) -> list[dict[str, Any]]:
    """Return layers as JSON can keep them, each with its shape and steps.

    Parameters
    ----------
    layers : iterable of Layer
        Initialised.
    numbers : Numbers
        Gets their parameters.

    Raises
    ------
    ValueError
        Naming the layer, if the page has no steps for it.
    """
    return [
        {
            "name": layer.name,
            "class": type(layer).__name__,
            "shape": list(layer.output_shape),
            "parameters": int(layer.n_parameters),
            "steps": steps(layer, numbers),
        }
        for layer in layers
    ]


@singledispatch
def steps(layer: Layer, numbers: Numbers) -> list[Step]:
    """Return the steps of a layer, as it behaves after training.

    Raises
    ------
    ValueError
        If the page has none for it.
    """
    raise ValueError(
        f"layer {layer.name}: a page has no form of {type(layer).__name__}; see the layers of lenet.layers"
    )


def value(shared: Any) -> np.ndarray:
    """Return what a shared variable holds."""
    return np.asarray(shared.get_value(borrow=True))


def step(kind: str, shape: Sequence[int], **arguments: Any) -> Step:
    """Return a step and the shape of its output."""
    return {"kind": kind, "shape": list(shape), **arguments}


def activation(chosen: str | Function, shape: Sequence[int]) -> list[Step]:
    """Return the step of an activation; none for the identity."""
    name = name_of(chosen)
    return [] if name == "identity" else [step("activation", shape, function=name)]


def affine(
    shape: Sequence[int],
    numbers: Numbers,
    shift: np.ndarray | None = None,
    scale: np.ndarray | None = None,
    offset: np.ndarray | None = None,
) -> Step:
    """Return the step ``(input - shift) * scale + offset``.

    There is one number of each for a channel.
    """
    given = {"shift": shift, "scale": scale, "offset": offset}
    places = {name: numbers.add(array) for name, array in given.items() if array is not None}
    return step("affine", shape, **places)


def bias(b: Any, shape: Sequence[int], numbers: Numbers) -> list[Step]:
    """Return the step that adds a bias to each channel, if there is one."""
    return [] if b is None else [affine(shape, numbers, offset=value(b))]


@steps.register
def _volumes(layer: Conv3d, numbers: Numbers) -> list[Step]:
    raise ValueError(f"layer {layer.name}: Conv3d, and a page shows images, not volumes")


@steps.register
def _convolution(layer: Convolution, numbers: Numbers) -> list[Step]:
    shape = layer.output_shape
    return [
        convolved(layer, shape, numbers),
        *bias(layer.b, shape, numbers),
        *activation(layer.activation, shape),
    ]


@steps.register
def _conv_pool(layer: ConvPool, numbers: Numbers) -> list[Step]:
    shape = layer.output_shape
    if math.prod(layer.window) == 1:
        return _convolution(layer, numbers)
    convolution = convolved(layer, None, numbers)
    convolution["shape"] = [shape[0], *convolved_size(convolution, layer.input_shape)]
    pool = window_step(layer.pooling, shape, layer.window, layer.window, (0, 0))
    return [
        convolution,
        pool,
        *bias(layer.b, shape, numbers),
        *activation(layer.activation, shape),
    ]


def convolved(layer: Convolution, shape: Sequence[int] | None, numbers: Numbers) -> Step:
    """Return the step of a convolution: a correlation with flipped filters."""
    W = value(layer.W)
    if layer.mask is not None:
        W = W * layer.mask
    kernel, dilation = W.shape[2:], layer.geometry["filter_dilation"]
    pads = resolve_pads(normalise_border_mode(layer.padding, layer.spatial), kernel, dilation)
    arguments: dict[str, Any] = {
        "filters": numbers.add(np.flip(W, axis=(2, 3))),
        "kernel": list(kernel),
        "stride": list(layer.geometry["subsample"]),
        "dilation": list(dilation),
        "pads": [list(pair) for pair in pads],
        "groups": layer.groups,
    }
    if layer.mask is not None:
        arguments["connections"] = layer.mask.reshape(layer.mask.shape[:2]).astype(int).tolist()
    return step("convolution", shape or (), **arguments)


def convolved_size(convolution: Step, input_shape: Sequence[int]) -> list[int]:
    """Return rows and columns of a convolution's output."""
    sides = zip(
        input_shape[1:],
        convolution["kernel"],
        convolution["stride"],
        convolution["dilation"],
        convolution["pads"],
        strict=True,
    )
    return [
        (n + low + high - ((k - 1) * dilation + 1)) // stride + 1
        for n, k, stride, dilation, (low, high) in sides
    ]


def window_step(
    mode: str,
    shape: Sequence[int],
    window: Sequence[int],
    stride: Sequence[int],
    pads: Sequence[int],
) -> Step:
    """Return the step of a pooling: the maximum, mean ("avg") or sum of windows."""
    return step(
        "pooling", shape, mode=mode, window=list(window), stride=list(stride), pads=list(pads)
    )


@steps.register
def _pooling(layer: MaxPool, numbers: Numbers) -> list[Step]:
    if len(layer.window) != 2:
        raise ValueError(
            f"layer {layer.name}: {type(layer).__name__} of volumes, and a page shows images"
        )
    return [window_step(layer.pooling, layer.output_shape, layer.window, layer.steps, layer.pad)]


@steps.register
def _avg_pool(layer: AvgPool, numbers: Numbers) -> list[Step]:
    return _pooling(layer, numbers)


@steps.register
def _subsampling(layer: Subsampling, numbers: Numbers) -> list[Step]:
    shape = layer.output_shape
    return [
        window_step("sum", shape, layer.window, layer.window, (0, 0)),
        affine(shape, numbers, scale=value(layer.W), offset=value(layer.b)),
        *activation(layer.activation, shape),
    ]


@steps.register
def _flatten(layer: Flatten, numbers: Numbers) -> list[Step]:
    return [step("flatten", layer.output_shape)]


@steps.register
def _fully_connected(layer: FullyConnected, numbers: Numbers) -> list[Step]:
    shape = layer.output_shape
    # Row after row of a unit's weights: the page takes the products of one unit at a time.
    weights = numbers.add(value(layer.W).T)
    return [
        step("dense", shape, weights=weights),
        *bias(layer.b, shape, numbers),
        *activation(layer.activation, shape),
    ]


@steps.register
def _activation(layer: Activation, numbers: Numbers) -> list[Step]:
    return activation(layer.function, layer.output_shape)


@steps.register
def _batch_norm(layer: BatchNorm, numbers: Numbers) -> list[Step]:
    if len(layer.input_shape) not in (1, 3):
        raise ValueError(f"layer {layer.name}: BatchNorm of volumes, and a page shows images")
    deviation = np.sqrt(value(layer.variance).astype(float) + layer.epsilon)
    scale = value(layer.gamma) / deviation
    return [
        affine(
            layer.output_shape,
            numbers,
            shift=value(layer.mean),
            scale=scale,
            offset=value(layer.beta),
        )
    ]


@steps.register
def _dropout(layer: Dropout, numbers: Numbers) -> list[Step]:
    return []


@steps.register
def _rescale(layer: Rescale, numbers: Numbers) -> list[Step]:
    ones = np.ones(layer.output_shape[0])
    span, low = ones * (layer.high - layer.low), ones * layer.low
    return [affine(layer.output_shape, numbers, scale=span, offset=low)]


@steps.register
def _normalise(layer: Normalise, numbers: Numbers) -> list[Step]:
    shift, scale = np.array(layer.shift), np.array(layer.scale)
    return [affine(layer.output_shape, numbers, shift=shift, scale=scale)]


@steps.register
def _pad(layer: Pad, numbers: Numbers) -> list[Step]:
    top, left = (place.start for place in layer.inside if isinstance(place, slice))
    if layer.input_shape == layer.output_shape:
        return []
    return [step("padding", layer.output_shape, top=top, left=left, value=float(layer.value))]


@steps.register
def _residual(layer: Residual, numbers: Numbers) -> list[Step]:
    shape = layer.output_shape
    direct = [] if layer.shortcut is None else layer.shortcut.layers
    block = step(
        "residual",
        shape,
        branch=layer_descriptions(layer.branch.layers, numbers),
        shortcut=layer_descriptions(direct, numbers),
    )
    return [block, *activation(layer.activation, shape)]


@steps.register
def _rbf(layer: RBF, numbers: Numbers) -> list[Step]:
    codes = np.asarray(layer.codes, float)
    bitmap = (BITMAP_ROWS, BITMAP_COLUMNS)
    # The codes of LeNet-5 are pictures of the digits.
    shown = {"bitmap": list(bitmap)} if codes.shape[1] == math.prod(bitmap) else {}
    return [step("distances", layer.output_shape, codes=numbers.add(codes), **shown)]
