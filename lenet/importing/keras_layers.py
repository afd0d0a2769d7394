"""Layers of Keras 1 and 2 as layers of lenet, with their numbers.

What differs: Keras on Theano flips the filters of a convolution, as lenet does, and on TensorFlow it does not;
images may have their channels last, and so has a flattened one; and "same" padding is not where it is on the other.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lenet import limits
from lenet.importing.assembly import FIRST, LAST, Assembly
from lenet.importing.contents import KerasLayer
from lenet.importing.keras_geometry import (
    conv_pads,
    in_format,
    input_shape,
    margins,
    pair,
    pool_pad,
    takes_vectors,
    whole,
)
from lenet.layers.activations import LEAK
from lenet.text import shape_text

ACTIVATIONS = {
    "linear": "identity",
    **{name: name for name in ("relu", "elu", "sigmoid", "tanh", "softmax")},
}
ORDERINGS = {"th": FIRST, "tf": LAST, FIRST: FIRST, LAST: LAST}
KERAS_LEAK = 0.3  # unless it is said
PARTS_OF_NORM = {
    "gamma": "gamma",
    "beta": "beta",
    "mean": "mean",
    "variance": "variance",
    "std": "variance",  # of Keras 1, which called it so
}


class Translation:
    """Layers of a Keras model, as they are added to an `Assembly`.

    Parameters
    ----------
    layers : sequence of KerasLayer
    theano : bool
        Whether it ran on Theano, by which "same" padding goes.
    flipped : bool
        Whether filters are flipped, as on Theano.
    data_format : str
        Where the channels of an image are.
    n_values : int
        How many numbers the file has.

    Attributes
    ----------
    assembly : Assembly
    data_format : str
    left_out : list of str
        Layers that do something in training only.
    """

    def __init__(
        self,
        layers: Sequence[KerasLayer],
        theano: bool,
        flipped: bool,
        data_format: str,
        n_values: int,
    ) -> None:
        self.layers, self.theano, self.flipped = layers, theano, flipped
        self.data_format, self.n_values = data_format, n_values
        self.left_out: list[str] = []

    def run(self, preprocess: Callable[[Assembly], None]) -> Assembly:
        """Return the network of all layers.

        Parameters
        ----------
        preprocess : callable
            Adds what comes before the first layer.

        Raises
        ------
        ValueError
            Naming the first layer that cannot be had.
        """
        try:
            shape, is_flat = input_shape(self.layers, self.data_format), takes_vectors(self.layers)
        except (KeyError, TypeError) as error:
            raise ValueError(f"it does not say which images it takes ({error})") from error
        self.assembly = Assembly(shape, self.n_values)
        preprocess(self.assembly)
        if is_flat:
            self.assembly.flatten(self.data_format)
        for layer in self.layers:
            try:
                self.add(layer)
            except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
                missing = f"no {error}" if isinstance(error, KeyError) else str(error)
                raise ValueError(f"its layer {layer.name} ({layer.kind}): {missing}") from error
        return self.assembly

    def add(self, layer: KerasLayer) -> None:
        """Add one layer."""
        if layer.kind not in KINDS:
            raise ValueError("lenet has no such layer")
        own = format_of(layer)
        if own and own != self.data_format:
            raise ValueError(
                f"its channels are elsewhere than those of the first layer: {own}, expected {self.data_format}"
            )
        KINDS[layer.kind](self, layer)

    def input(self, layer: KerasLayer) -> None:
        """Skip the input, whose shape is known."""

    def skip(self, layer: KerasLayer) -> None:
        """Leave out what does something in training only."""
        self.left_out.append(layer.name)

    def conv(self, layer: KerasLayer) -> None:
        """Add a convolution."""
        config, (kernel, bias) = layer.config, kernel_and_bias(layer)
        if kernel.ndim != 4:
            raise ValueError(f"filters of shape {kernel.shape}, expected four axes")
        # Keras 1 on Theano's order has them as we do; all others have rows, columns, channels, maps.
        is_old = "nb_filter" in config
        if not (is_old and self.data_format == FIRST):
            kernel = kernel.transpose(3, 2, 0, 1)
        if not self.flipped:
            kernel = kernel[:, :, ::-1, ::-1]
        stride = pair("its strides", config.get("subsample", config.get("strides", 1)), least=1)
        dilation = pair("its dilation_rate", config.get("dilation_rate", 1), least=1)
        spans = [(n - 1) * d + 1 for n, d in zip(kernel.shape[2:], dilation, strict=True)]
        mode = config.get("border_mode", config.get("padding", "valid"))
        sides = zip(self.image(), spans, stride, strict=True)
        pads = tuple(conv_pads(mode, *side, theano=self.theano) for side in sides)
        self.assembly.convolution(kernel, bias, layer.name, pads, stride, dilation)
        self.activate(config)

    def pool(self, layer: KerasLayer) -> None:
        """Add a pooling."""
        config = layer.config
        window = pair("its pool_size", config["pool_size"], least=1)
        strides = config.get("strides")
        stride = window if strides is None else pair("its strides", strides, least=1)
        mode = config.get("border_mode", config.get("padding", "valid"))
        pad = tuple(
            pool_pad(mode, *side, theano=self.theano)
            for side in zip(self.image(), window, stride, strict=True)
        )
        kind = "avg" if layer.kind.startswith("Average") else "max"
        self.assembly.pool(window, stride, pad, kind, layer.name)  # type: ignore[arg-type]

    def global_pool(self, layer: KerasLayer) -> None:
        """Add a pooling of whole maps."""
        rows, columns = self.image()
        kind = "avg" if "Average" in layer.kind else "max"
        self.assembly.pool((rows, columns), (rows, columns), (0, 0), kind, layer.name)
        self.assembly.flatten(FIRST)

    def zero_padding(self, layer: KerasLayer) -> None:
        """Add a margin of zeros."""
        self.assembly.zero_padding(margins(layer.config["padding"]))

    def dense(self, layer: KerasLayer) -> None:
        """Add a fully connected layer."""
        if len(self.assembly.shape) != 1:
            raise ValueError("it acts on each place of an image, and lenet's on all of it")
        weights, bias = kernel_and_bias(layer)
        if weights.ndim != 2:
            raise ValueError(f"weights of shape {weights.shape}, expected two axes")
        self.assembly.dense(weights, bias, layer.name)
        self.activate(layer.config)

    def flatten(self, layer: KerasLayer) -> None:
        """Flatten an image."""
        own = layer.config.get("data_format")
        order = self.data_format
        if own == FIRST and order == FIRST:
            order = LAST  # since Keras 2.2, so that weights mean the same in both formats
        elif own == FIRST:
            raise ValueError(f"its data_format is {own}, and that of the images {order}")
        self.assembly.flatten(order, layer.name)

    def norm(self, layer: KerasLayer) -> None:
        """Add batch normalisation."""
        config, shape = layer.config, self.assembly.shape
        axis = config.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        of_channels = 1 if len(shape) == 1 or self.data_format == FIRST else 3
        if axis % (len(shape) + 1) != of_channels:
            raise ValueError(f"it normalises along axis {axis}, expected that of the channels")
        if config.get("mode", 0) != 0:
            raise ValueError(f"its mode is {config['mode']}, expected 0")
        values = {part_of_norm(array.name): array.value for array in layer.arrays}
        self.assembly.norm(values, float(config.get("epsilon", 1e-3)), layer.name)

    def activation(self, layer: KerasLayer) -> None:
        """Add an activation that is a layer of its own."""
        self.assembly.activation(activation_named(layer.config["activation"]))

    def softmax(self, layer: KerasLayer) -> None:
        """Add a softmax that is a layer of its own."""
        self.assembly.activation("softmax")

    def rectifier(self, layer: KerasLayer) -> None:
        """Add a rectifier that is a layer of its own."""
        config = layer.config
        if config.get("max_value") is not None or config.get("threshold"):
            raise ValueError("it has a threshold or a highest value, which lenet's has not")
        self.leak(float(config.get("negative_slope") or 0))

    def leaky(self, layer: KerasLayer) -> None:
        """Add a leaky rectifier."""
        config = layer.config
        self.leak(float(config.get("alpha", config.get("negative_slope", KERAS_LEAK))))

    def leak(self, slope: float) -> None:
        """Add a rectifier with a slope for negative numbers."""
        self.assembly.activation(leaky_name(slope))

    def elu(self, layer: KerasLayer) -> None:
        """Add an exponential linear unit."""
        alpha = float(layer.config.get("alpha", 1))
        if alpha != 1:
            raise ValueError(f"its alpha is {alpha:g}, and lenet's elu has 1")
        self.assembly.activation("elu")

    def dropout(self, layer: KerasLayer) -> None:
        """Add dropout."""
        self.assembly.dropout(
            float(layer.config.get("rate", layer.config.get("p", 0.5))), layer.name
        )

    def reshape(self, layer: KerasLayer) -> None:
        """Take a vector for the image that it is made into, or an image for itself."""
        wanted = [
            whole("its target_shape", n, -1, limits.MODEL_VALUES)
            for n in layer.config["target_shape"]
        ]
        now = in_format(self.assembly.shape, self.data_format)
        if len(wanted) == 1 and len(now) == 3:
            self.assembly.flatten(self.data_format, layer.name)
        elif tuple(wanted) != now:
            raise ValueError(f"it makes {shape_text(wanted)} of {shape_text(now)}")

    def activate(self, config: dict[str, Any]) -> None:
        """Add the activation that a layer has."""
        self.assembly.activation(activation_named(config.get("activation", "linear")))

    def image(self) -> tuple[int, int]:
        """Return rows and columns of what the last layer gives, with what is to be padded."""
        if len(self.assembly.shape) != 3:
            raise ValueError(f"its input has the shape {self.assembly.shape}, expected an image")
        return tuple(  # type: ignore[return-value]
            n + sum(pads)
            for n, pads in zip(self.assembly.shape[1:], self.assembly.pads, strict=True)
        )


T = Translation
KINDS: dict[str, Callable[[Translation, KerasLayer], None]] = {
    "InputLayer": T.input,
    **dict.fromkeys(("Conv2D", "Convolution2D"), T.conv),
    **dict.fromkeys(("MaxPooling2D", "AveragePooling2D"), T.pool),
    **dict.fromkeys(("GlobalMaxPooling2D", "GlobalAveragePooling2D"), T.global_pool),
    "ZeroPadding2D": T.zero_padding,
    "Dense": T.dense,
    "Flatten": T.flatten,
    "Reshape": T.reshape,
    "BatchNormalization": T.norm,
    "Activation": T.activation,
    "Softmax": T.softmax,
    "ReLU": T.rectifier,
    "LeakyReLU": T.leaky,
    "ELU": T.elu,
    "Dropout": T.dropout,
    **dict.fromkeys(
        (
            *("SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout"),
            "ActivityRegularization",
        ),
        T.skip,
    ),
}


def kernel_and_bias(layer: KerasLayer) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the weights of a layer and its bias, if it has one."""
    values = [array.value for array in layer.arrays]
    if len(values) not in (1, 2):
        raise ValueError(f"{len(values)} arrays, expected weights and maybe a bias")
    return values[0], values[1] if len(values) == 2 else None


def activation_named(activation: Any) -> str:
    """Return our name of an activation.

    Raises
    ------
    ValueError
        If there is none.
    """
    if activation is None:
        return "identity"
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(
            f"its activation is {activation}, expected one of {', '.join(ACTIVATIONS)}"
        )
    return ACTIVATIONS[activation]


def leaky_name(slope: float) -> str:
    """Return our name of a rectifier with a slope for negative numbers."""
    if slope == 0:
        return "relu"
    return "leaky_relu" if math.isclose(slope, LEAK, rel_tol=1e-6) else f"leaky_relu:{slope:.9g}"


def part_of_norm(name: str) -> str:
    """Return whether an array is gamma, beta, mean or variance."""
    last = name.rpartition("/")[2].removesuffix(":0").rpartition("_")[2]
    if last not in PARTS_OF_NORM:
        raise ValueError(f"its array {name}, expected gamma, beta, mean or variance")
    return PARTS_OF_NORM[last]


def said_format(layers: Sequence[KerasLayer]) -> str:
    """Return where the layers have the channels; nothing if they do not say."""
    return next(filter(None, map(format_of, layers)), "")


def format_of(layer: KerasLayer) -> str:
    """Return where a layer with space has the channels; nothing if it does not say."""
    if layer.kind == "Flatten":  # which says how it flattens, see `Translation.flatten`
        return ""
    said = layer.config.get("dim_ordering", layer.config.get("data_format"))
    return ORDERINGS.get(said, "") if isinstance(said, str) else ""
