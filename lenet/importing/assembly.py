"""Assembly of a network from layers with numbers, one after the other."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lenet import limits
from lenet.layers import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    FullyConnected,
    Layer,
    MaxPool,
    Normalise,
    Pad,
)
from lenet.layers.initialisers import Unfilled
from lenet.models.network import Network, network_of_layers
from lenet.nnet.normalization import MIN_EPSILON
from lenet.text import shape_text

Pads = Sequence[tuple[int, int]]  # before and after, of rows and of columns
NO_PADS: Pads = ((0, 0), (0, 0))
FIRST, LAST = "channels_first", "channels_last"
# Activations that leave a margin of zeros what it is.
KEEP_ZERO = ("relu", "leaky_relu", "elu", "tanh", "squash")
# Of layers that are given a name: letters, digits and underscores, as in the names of data sets.
NAME = re.compile(r"[A-Za-z]\w{0,60}", re.ASCII)


@dataclass
class Part:
    """Layer and the numbers of its parameters by their names in it, such as W."""

    layer: Layer
    values: dict[str, np.ndarray] = field(default_factory=dict)


class Assembly:
    """Network that grows layer by layer, and knows the shape of its output.

    Parameters
    ----------
    image_shape : tuple of int
        Channels, rows and columns.
    n_values : int
        How many numbers the file has, for no shape can ask for more.

    Attributes
    ----------
    parts : list of Part
    shape : tuple of int
        Channels first, as everywhere in lenet.
    channels_last : tuple of int or None
        Shape of an image that was flattened with its channels last; None if the order is ours.
    flat_order : str
        Where the channels were in an image that was flattened; nothing if that made no difference.

    Raises
    ------
    ValueError
        From each method, if the layer does not fit.
    """

    def __init__(self, image_shape: Sequence[int], n_values: int) -> None:
        self.image_shape = self.shape = bounded(image_shape)
        if self.shape[0] > limits.MODEL_IMAGE_SIDE:
            raise ValueError(
                f"images of {self.shape[0]:,} channels, expected {limits.MODEL_IMAGE_SIDE:,} at most"
            )
        self.n_values = n_values
        self.parts: list[Part] = []
        self.names: set[str] = set()
        self.channels_last: tuple[int, ...] | None = None
        self.flat_order = ""
        self.pads = NO_PADS

    def add(self, layer: Layer, name: str = "", **values: np.ndarray) -> None:
        """Add a layer, with a name if that can be one."""
        if not isinstance(layer, Conv2d):
            self.pad_now()
        if NAME.fullmatch(name) and name not in self.names:
            layer = replace(layer, name=name)
            self.names.add(name)
        trial = replace(layer)
        trial.initialise(
            Unfilled(self.n_values + 4 * max(self.shape)), self.shape, name or layer.kind
        )
        for what, value in values.items():
            wanted = getattr(trial, what).get_value(borrow=True).shape
            if value.shape != wanted:
                raise ValueError(f"{what} of shape {value.shape}, expected {wanted}")
            with np.errstate(over="ignore"):
                is_finite = np.isfinite(value.astype(np.float32)).all()
            if not is_finite:
                raise ValueError(f"{what} holds numbers that are not finite")
        self.shape = bounded(trial.output_shape)
        self.parts.append(Part(layer, values))

    def normalise(
        self, low: float, high: float, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        """Bring images of 0 to 1 to `low` to `high`, and normalise their channels."""
        channels, span = self.shape[0], high - low
        means, stds = (np.broadcast_to(each, channels) for each in (mean, std))
        if (means == low).all() and (stds == span).all():
            return
        shift, scale = (means - low) / span, span / stds
        self.add(Normalise(shift.tolist(), scale.tolist()), "normalise")

    def convolution(
        self,
        filters: np.ndarray,
        bias: np.ndarray | None,
        name: str = "",
        pads: Pads = NO_PADS,
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
    ) -> None:
        """Add a true convolution with filters of shape (maps, channels, rows, columns)."""
        if len(self.shape) != 3:
            raise ValueError(f"a convolution of what has the shape {self.shape}")
        groups, rest = divmod(self.shape[0], filters.shape[1])
        if rest or groups < 1:
            raise ValueError(
                f"filters for {filters.shape[1]} channels, but its input has {self.shape[0]}"
            )
        padding, self.pads = padding_of(both(self.pads, pads)), NO_PADS
        layer = Conv2d(
            len(filters),
            filters.shape[2:],
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            bias=bias is not None,
        )
        self.add(layer, name, W=filters, **({} if bias is None else {"b": bias}))

    def dense(self, weights: np.ndarray, bias: np.ndarray | None, name: str = "") -> None:
        """Add a fully connected layer with weights of shape (inputs, units)."""
        n_in = math.prod(self.shape)
        if weights.shape[0] != n_in:
            raise ValueError(f"weights for {weights.shape[0]} inputs, but its input has {n_in}")
        weights, self.channels_last = self.in_our_order(weights), None
        layer = FullyConnected(weights.shape[1], bias=bias is not None)
        self.add(layer, name, W=weights, **({} if bias is None else {"b": bias}))

    def norm(self, values: dict[str, np.ndarray], epsilon: float, name: str = "") -> None:
        """Add batch normalisation; gamma, beta, mean or variance may be lacking."""
        channels = self.shape[0]
        usual = {"gamma": 1.0, "beta": 0.0, "mean": 0.0, "variance": 1.0}
        if not values:
            raise ValueError("no arrays, expected running averages")
        for what, value in values.items():
            if value.shape != (channels,):
                raise ValueError(f"{what} of shape {value.shape}, expected {(channels,)}")
        filled = {what: values.get(what, np.full(channels, each)) for what, each in usual.items()}
        filled = {what: self.in_our_order(value) for what, value in filled.items()}
        if epsilon < MIN_EPSILON:  # the sum of the two is what counts
            filled["variance"] = filled["variance"] + (epsilon - MIN_EPSILON)
        self.add(BatchNorm(epsilon=max(epsilon, MIN_EPSILON)), name, **filled)

    def pool(
        self,
        window: tuple[int, int],
        stride: tuple[int, int],
        pad: tuple[int, int] = (0, 0),
        kind: str = "max",
        name: str = "",
    ) -> None:
        """Add max or average pooling."""
        layer = {"max": MaxPool, "avg": AvgPool}[kind]
        self.add(layer(window, stride=stride, padding=pad), name)

    def activation(self, function: str, name: str = "") -> None:
        """Add an activation function, into the layer before where that has none."""
        if function == "identity":
            return
        if function.partition(":")[0] not in KEEP_ZERO:
            self.pad_now()
        last = self.parts[-1] if self.parts else None
        if not name and last and getattr(last.layer, "activation", "") == "identity":
            last.layer = with_activation(last.layer, function)
        else:
            self.add(Activation(function), name)

    def dropout(self, rate: float, name: str = "") -> None:
        """Add dropout."""
        self.add(Dropout(rate), name)

    def flatten(self, order: str, name: str = "") -> None:
        """Flatten an image, whose channels came first or last where it was trained."""
        if len(self.shape) == 1:
            return
        self.pad_now()
        channels, rows, columns = self.shape
        if channels > 1 and rows * columns > 1:
            self.flat_order = order
            self.channels_last = self.shape if order == LAST else None
        self.add(Flatten(), name)

    def in_our_order(self, values: np.ndarray) -> np.ndarray:
        """Return what a file has for each number of a flattened image, in our order."""
        if self.channels_last is None:
            return values
        channels, rows, columns = self.channels_last
        places = np.arange(len(values)).reshape(rows, columns, channels)
        return values[places.transpose(2, 0, 1).ravel()]

    def zero_padding(self, pads: Pads) -> None:
        """Pad with zeros: a part of the convolution that comes next, or a layer."""
        self.pads = both(self.pads, pads)

    def pad_now(self) -> None:
        """Add the padding that no convolution took as a layer, if any waits."""
        if not any(map(any, self.pads)):
            return
        pads, self.pads = self.pads, NO_PADS
        sizes = {n + sum(pair) for n, pair in zip(self.shape[1:], pads, strict=True)}
        is_centred = all(0 <= after - before <= 1 for before, after in pads)
        if len(sizes) != 1 or not is_centred:
            raise ValueError(f"padding of {pads} before a layer that is no convolution")
        self.add(Pad(sizes.pop()))

    def finish(self) -> str:
        """End with one score for each class; return what was changed for that, in words.

        Raises
        ------
        ValueError
            If there are no scores.
        """
        self.pad_now()
        if len(self.shape) != 1 or not self.parts:
            raise ValueError(
                f"its output has the shape {self.shape}, expected a score for each class"
            )
        if self.channels_last is not None:
            raise ValueError(
                "its scores are an image flattened with channels last, which lenet would put in another order; "
                "expected a fully connected layer, or one pixel"
            )
        last = self.parts[-1]
        function = getattr(last.layer, "activation", getattr(last.layer, "function", "identity"))
        if function == "softmax":
            if isinstance(last.layer, Activation):
                self.parts.pop()
            else:
                last.layer = with_activation(last.layer, "identity")
            return ""
        if function == "identity":
            return "its last layer has no softmax: the scores are taken for those before one"
        if function == "sigmoid" and self.shape == (1,) and isinstance(last.layer, FullyConnected):
            # The logistic function of x is the second of the softmax of (0, x).
            last.layer = replace(last.layer, units=2, activation="identity")
            last.values = {
                what: np.concatenate([np.zeros_like(value), value], axis=-1)
                for what, value in last.values.items()
            }
            self.shape = (2,)
            return "its one output is made two classes, of which it is the second"
        raise ValueError(f"it ends with {function}, expected softmax, or no activation")

    def network(self) -> Network:
        """Return the network, with all numbers."""
        layers = [part.layer for part in self.parts]
        network = network_of_layers(layers, self.image_shape, np.random.default_rng(0))
        for layer, part in zip(network.model.layers, self.parts, strict=True):
            for what, value in part.values.items():
                variable = getattr(layer, what)
                variable.set_value(np.asarray(value, variable.dtype))
        return network


def bounded(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of what a layer takes or gives.

    Raises
    ------
    ValueError
        If that would be more numbers than any network has, so that none of that size is made.
    """
    if math.prod(shape) > limits.MODEL_VALUES:
        raise ValueError(
            f"{shape_text(shape)} numbers between two layers, expected {limits.MODEL_VALUES:,} at most"
        )
    return tuple(shape)


def both(inner: Pads, outer: Pads) -> Pads:
    """Return two margins as one."""
    return tuple((a[0] + b[0], a[1] + b[1]) for a, b in zip(inner, outer, strict=True))


def padding_of(pads: Pads) -> Any:
    """Return margins as `Conv2d` takes them, in their shortest form."""
    if not any(map(any, pads)):
        return "valid"
    is_even = all(before == after for before, after in pads)
    return tuple(before for before, _ in pads) if is_even else pads


def with_activation(layer: Layer, function: str) -> Layer:
    """Return a layer that has an activation with another one."""
    changed: Any = {"activation": function}
    return replace(layer, **changed)
