"""Export of networks as ONNX models, made of standard operators.

It says what each class of layer becomes.

ONNX's convolutions do not flip their filters, ours do (true convolutions): the file has them flipped.
All numbers are float32, which every runtime has kernels for.

References
----------
https://onnx.ai/onnx/operators
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import singledispatch
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lenet import __version__
from lenet.layers import (
    RBF,
    Activation,
    AvgPool,
    BatchNorm,
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
    Sequential,
    Subsampling,
)
from lenet.layers.activations import Function, leak_of, name_of
from lenet.layers.convolution import Convolution
from lenet.nnet.activations import SQUASH_SCALE, SQUASH_SLOPE
from lenet.nnet.geometry import normalise_border_mode, resolve_pads

INPUT, LOGITS, PROBABILITIES = "images", "logits", "probabilities"
# Old enough for the runtimes of some years; nothing newer is needed.
OPSET, IR_VERSION = 17, 8
BRIGHTEST = 255

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "elu": ("Elu", {"alpha": 1.0}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "softmax": ("Softmax", {"axis": -1}),
}


class Graph:
    """An ONNX graph that grows node by node.

    Attributes
    ----------
    nodes : list of onnx.NodeProto
    constants : dict of str to onnx.TensorProto
    """

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, list(inputs), [output], name=output, **attributes)
        )
        return output

    def constant(self, value: Any, name: str) -> str:
        """Add a constant, float32 but for integers, and return its name."""
        array = np.asarray(value)
        array = array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)
        self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name


def onnx_model(network: Sequential, metadata: Mapping[str, str]) -> bytes:
    """Return a network as an ONNX file.

    Parameters
    ----------
    network : Sequential
        Which takes images scaled to 0 to 1 and gives a score for each class.
    metadata : mapping of str to str
        Properties of the model.

    Returns
    -------
    bytes
        Of a model with the input "images", uint8, shape (batch, *input_shape), and the outputs "logits"
        and "probabilities", float32, shape (batch, classes). The batch may have any size.

    Raises
    ------
    ValueError
        If there are no operators for a layer.
    """
    graph = Graph()
    brightness = graph.add("Cast", INPUT, to=TensorProto.FLOAT)
    scaled = graph.add("Div", brightness, graph.constant(float(BRIGHTEST), "brightest"))
    scores = chain(network.layers, graph, scaled)
    graph.add("Identity", scores, output=LOGITS)
    graph.add("Softmax", LOGITS, output=PROBABILITIES, axis=-1)
    images = helper.make_tensor_value_info(
        INPUT, TensorProto.UINT8, ["batch", *network.input_shape]
    )
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *network.output_shape])
        for name in (LOGITS, PROBABILITIES)
    ]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, "lenet", [images], outputs, initializer=list(graph.constants.values())
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="lenet",
        producer_version=__version__,
    )
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def chain(layers: Iterable[Layer], graph: Graph, input: str) -> str:
    """Add layers one after the other and return the name of the last one's output."""
    output = input
    for layer in layers:
        output = convert(layer, graph, output)
    return output


def activated(chosen: str | Function, graph: Graph, input: str) -> str:
    """Add one of `lenet.layers.activations` and return the name of its output."""
    function = name_of(chosen)
    if function == "identity":
        return input
    if function == "squash":
        slope = graph.constant(SQUASH_SLOPE, "squash_slope")
        scale = graph.constant(SQUASH_SCALE, "squash_scale")
        return graph.add("Mul", graph.add("Tanh", graph.add("Mul", input, slope)), scale)
    leak = leak_of(function)
    if leak is not None:
        return graph.add("LeakyRelu", input, alpha=leak)
    operator, attributes = ACTIVATIONS[function]
    return graph.add(operator, input, **attributes)


def value(shared: Any) -> np.ndarray:
    """Return what a shared variable holds."""
    return shared.get_value(borrow=True)


def for_channels(vector: np.ndarray) -> np.ndarray:
    """Return a vector, one number for each channel, shaped to broadcast over images."""
    return vector.reshape(-1, 1, 1)


def vectors(layer: Layer, graph: Graph, input: str) -> str:
    """Return the layer's input as vectors."""
    return input if len(layer.input_shape) == 1 else graph.add("Flatten", input, axis=1)


@singledispatch
def convert(layer: Layer, graph: Graph, input: str) -> str:
    """Add a layer, as it behaves after training, and return the name of its output.

    Raises
    ------
    ValueError
        If there are no operators for it.
    """
    raise ValueError(f"layer {layer.name}: {type(layer).__name__} has no form in ONNX")


@convert.register
def _convolution(layer: Convolution, graph: Graph, input: str) -> str:
    return activated(layer.activation, graph, convolved(layer, graph, input))


@convert.register
def _conv_pool(layer: ConvPool, graph: Graph, input: str) -> str:
    # Here the bias comes before the pooling, which maxima and means allow.
    result = convolved(layer, graph, input)
    if math.prod(layer.window) > 1:
        operator = {"max": "MaxPool", "avg": "AveragePool"}[layer.pooling]
        result = graph.add(
            operator, result, kernel_shape=list(layer.window), strides=list(layer.window)
        )
    return activated(layer.activation, graph, result)


def convolved(layer: Convolution, graph: Graph, input: str) -> str:
    """Add convolution and bias and return the name of their output."""
    W = value(layer.W)
    if layer.mask is not None:
        W = W * layer.mask
    flipped = np.flip(W, axis=tuple(range(2, W.ndim)))
    parameters = [graph.constant(flipped, f"{layer.name}_W")]
    if layer.b is not None:
        parameters.append(graph.constant(value(layer.b), f"{layer.name}_b"))
    kernel, dilation = W.shape[2:], layer.geometry["filter_dilation"]
    pads = resolve_pads(normalise_border_mode(layer.padding, layer.spatial), kernel, dilation)
    return graph.add(
        "Conv",
        input,
        *parameters,
        kernel_shape=list(kernel),
        strides=list(layer.geometry["subsample"]),
        dilations=list(dilation),
        pads=onnx_pads(pads),
        group=layer.groups,
    )


def onnx_pads(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Return (low, high) margins of each axis in ONNX's order: first all low ones."""
    return [low for low, _ in pairs] + [high for _, high in pairs]


@convert.register
def _max_pool(layer: MaxPool, graph: Graph, input: str) -> str:
    return graph.add("MaxPool", input, **windows(layer))


@convert.register
def _avg_pool(layer: AvgPool, graph: Graph, input: str) -> str:
    return graph.add("AveragePool", input, count_include_pad=0, **windows(layer))


def windows(layer: MaxPool) -> dict[str, Any]:
    """Return the attributes of a pooling."""
    return {
        "kernel_shape": list(layer.window),
        "strides": list(layer.steps),
        "pads": onnx_pads([(pad, pad) for pad in layer.pad]),
    }


@convert.register
def _subsampling(layer: Subsampling, graph: Graph, input: str) -> str:
    window = list(layer.window)
    means = graph.add("AveragePool", input, kernel_shape=window, strides=window)
    # Ours are coefficients of sums.
    W = graph.constant(for_channels(value(layer.W) * math.prod(window)), f"{layer.name}_W")
    b = graph.constant(for_channels(value(layer.b)), f"{layer.name}_b")
    sums = graph.add("Add", graph.add("Mul", means, W), b)
    return activated(layer.activation, graph, sums)


@convert.register
def _flatten(layer: Flatten, graph: Graph, input: str) -> str:
    return vectors(layer, graph, input)


@convert.register
def _fully_connected(layer: FullyConnected, graph: Graph, input: str) -> str:
    parameters = [graph.constant(value(layer.W), f"{layer.name}_W")]
    if layer.b is not None:
        parameters.append(graph.constant(value(layer.b), f"{layer.name}_b"))
    sums = graph.add("Gemm", vectors(layer, graph, input), *parameters)
    return activated(layer.activation, graph, sums)


@convert.register
def _activation(layer: Activation, graph: Graph, input: str) -> str:
    return activated(layer.function, graph, input)


@convert.register
def _batch_norm(layer: BatchNorm, graph: Graph, input: str) -> str:
    statistics = (layer.gamma, layer.beta, layer.mean, layer.variance)
    constants = [graph.constant(value(shared), shared.name) for shared in statistics]
    return graph.add("BatchNormalization", input, *constants, epsilon=layer.epsilon)


@convert.register
def _dropout(layer: Dropout, graph: Graph, input: str) -> str:
    return input


@convert.register
def _rescale(layer: Rescale, graph: Graph, input: str) -> str:
    span = graph.constant(layer.high - layer.low, f"{layer.name}_span")
    low = graph.constant(float(layer.low), f"{layer.name}_low")
    return graph.add("Add", graph.add("Mul", input, span), low)


@convert.register
def _normalise(layer: Normalise, graph: Graph, input: str) -> str:
    shift = graph.constant(for_channels(np.array(layer.shift)), f"{layer.name}_shift")
    scale = graph.constant(for_channels(np.array(layer.scale)), f"{layer.name}_scale")
    return graph.add("Mul", graph.add("Sub", input, shift), scale)


@convert.register
def _pad(layer: Pad, graph: Graph, input: str) -> str:
    places = [place for place in layer.inside if isinstance(place, slice)]
    margins = [(place.start, layer.size - place.stop) for place in places]
    pads = graph.constant(onnx_pads([(0, 0), (0, 0), *margins]), f"{layer.name}_pads")
    return graph.add("Pad", input, pads, graph.constant(float(layer.value), f"{layer.name}_value"))


@convert.register
def _residual(layer: Residual, graph: Graph, input: str) -> str:
    result = chain(layer.branch.layers, graph, input)
    direct = input if layer.shortcut is None else chain(layer.shortcut.layers, graph, input)
    return activated(layer.activation, graph, graph.add("Add", result, direct))


@convert.register
def _rbf(layer: RBF, graph: Graph, input: str) -> str:
    # -|x - c|^2 = 2 x c - |c|^2 - |x|^2
    codes, x = np.asarray(layer.codes, float), vectors(layer, graph, input)
    products = graph.add(
        "Gemm",
        x,
        graph.constant(2 * codes.T, f"{layer.name}_codes"),
        graph.constant(-(codes**2).sum(axis=1), f"{layer.name}_lengths"),
    )
    axes = graph.constant([1], f"{layer.name}_axes")
    squares = graph.add("ReduceSum", graph.add("Mul", x, x), axes, keepdims=1)
    return graph.add("Sub", products, squares)
