"""PyTorch's answers for layers at real sizes, in a file that is small because it holds sums.

    python -m tests.nnet.golden_sizes [--compare [PART ...]]

writes ``golden_sizes.npz`` beside this file anew, which needs PyTorch; or compares each layer, or those with
a PART in their names, with the file: in both types, with unknown sizes and with known ones, each Op a
module of its own as in programs. (The tests share modules, and know the sizes of a few layers.)

For each layer the file has PyTorch's output, gradient of the image and gradient of the filters, in
float64, not as arrays but as what `digest` makes of them: some of the elements, and sums over all of them
in which each has a weight of its own. Inputs are not stored: they are made from the layer's name.
"""

import argparse
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt

import lenet.nnet
from lenet.compile.backends import c_mode
from tests.nnet.modes import Graph

FILE = Path(__file__).with_suffix(".npz")
SAMPLES = 16
# How far numbers may be from PyTorch's, in roots of the mean square of the array that they are from.
TOLERANCES = {"float32": 3e-5, "float64": 1e-13}
RESULTS = ("output", "gradient of the image", "gradient of the filters")


@dataclass(frozen=True)
class Layer:
    """A convolution, or a pooling where there are no filters, of an image of some shape.

    `arguments` are those of `conv2d`, `conv3d` and `pool_2d`.
    """

    image: tuple[int, ...]
    filters: tuple[int, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def spatial(self) -> int:
        """Number of spatial axes."""
        return len(self.image) - 2


def _correlation(image: tuple[int, ...], filters: tuple[int, ...], **arguments: Any) -> Layer:
    return Layer(image, filters, {"filter_flip": False, **arguments})


def _strided(image: tuple[int, ...], filters: tuple[int, ...], *stride: int) -> Layer:
    return Layer(image, filters, {"subsample": stride})


def _pooling(image: tuple[int, ...], ws: int, **arguments: Any) -> Layer:
    return Layer(image, (), {"ws": (ws, ws), "ignore_border": True, **arguments})


LAYERS = {
    "LeNet conv1 of 32x32": Layer((8, 1, 32, 32), (6, 1, 5, 5)),
    "LeNet conv1 of 28x28": _correlation((8, 1, 28, 28), (6, 1, 5, 5), border_mode=2),
    "LeNet conv2": Layer((8, 6, 14, 14), (16, 6, 5, 5)),
    "AlexNet conv1 of 227x227": _strided((1, 3, 227, 227), (96, 3, 11, 11), 4, 4),
    "AlexNet conv1 of 224x224": _strided((1, 3, 224, 224), (96, 3, 11, 11), 4, 4),
    "AlexNet conv1, padded": _correlation(
        (1, 3, 224, 224), (64, 3, 11, 11), border_mode=2, subsample=(4, 4)
    ),
    "AlexNet conv2": _correlation((1, 96, 27, 27), (256, 48, 5, 5), border_mode=2, num_groups=2),
    "ResNet stem": _correlation((1, 3, 224, 224), (64, 3, 7, 7), border_mode=3, subsample=(2, 2)),
    "ResNet shortcut": _strided((1, 64, 56, 56), (128, 64, 1, 1), 2, 2),
    "ResNet 3x3, stride 2": _correlation(
        (1, 64, 56, 56), (128, 64, 3, 3), border_mode=1, subsample=(2, 2)
    ),
    "ResNet bottleneck 1x1": Layer((1, 64, 56, 56), (256, 64, 1, 1)),
    "VGG conv1_1": _correlation((1, 3, 224, 224), (64, 3, 3, 3), border_mode=1),
    "VGG conv2_1": _correlation((1, 64, 112, 112), (128, 64, 3, 3), border_mode=1),
    "MobileNet depthwise": _correlation(
        (1, 32, 112, 112), (32, 1, 3, 3), border_mode=1, num_groups=32
    ),
    "MobileNet depthwise, stride 2": _correlation(
        (1, 64, 112, 112), (64, 1, 3, 3), border_mode=1, subsample=(2, 2), num_groups=64
    ),
    "DeepLab dilated": _correlation(
        (2, 32, 33, 33), (48, 32, 3, 3), border_mode=2, filter_dilation=(2, 2)
    ),
    # Every stride whose columns come in another order than they lie, on rows of whole vectors.
    "1 to 1 maps 3x3 of 224x224, stride 2": _strided((1, 1, 224, 224), (1, 1, 3, 3), 2, 2),
    "3 to 16 maps 5x5 of 224x224, stride 2": _strided((1, 3, 224, 224), (16, 3, 5, 5), 2, 2),
    "3 to 64 maps 3x3 of 224x224, stride 2": _strided((1, 3, 224, 224), (64, 3, 3, 3), 2, 2),
    "16 to 32 maps 3x3 of 224x224, stride 2": _strided((1, 16, 224, 224), (32, 16, 3, 3), 2, 2),
    "64 to 64 maps 1x1 of 224x224, stride 2": _strided((1, 64, 224, 224), (64, 64, 1, 1), 2, 2),
    "3 to 96 maps 11x11 of 224x224, stride 2": _strided((1, 3, 224, 224), (96, 3, 11, 11), 2, 2),
    "1 to 1 maps 3x3 of 32x32, stride 2": _strided((1, 1, 32, 32), (1, 1, 3, 3), 2, 2),
    "1 to 1 maps 3x3 of 32x32, stride 4": _strided((1, 1, 32, 32), (1, 1, 3, 3), 4, 4),
    "1 to 6 maps 5x5 of 28x28, stride 2": _strided((4, 1, 28, 28), (6, 1, 5, 5), 2, 2),
    "17 to 2 maps 6x3 of 40x96, stride 4, dilated": Layer(
        (3, 17, 40, 96), (2, 17, 6, 3), {"subsample": (4, 4), "filter_dilation": (1, 2)}
    ),
    "3 to 8 maps 3x3 of 96x96, stride 3": _strided((2, 3, 96, 96), (8, 3, 3, 3), 3, 3),
    "3 to 24 maps 3x3 of 20x64, stride (1, 2)": _strided((2, 3, 20, 64), (24, 3, 3, 3), 1, 2),
    "3 to 24 maps 3x3 of 20x64, stride (2, 1)": _strided((2, 3, 20, 64), (24, 3, 3, 3), 2, 1),
    "every fourth column": _strided((1, 1, 1, 16), (1, 1, 1, 1), 1, 4),
    "3 to 5 maps 3x1 of 30x64, stride 2, full": Layer(
        (2, 3, 30, 64), (5, 3, 3, 1), {"subsample": (2, 2), "border_mode": "full"}
    ),
    "C3D conv1": _correlation((1, 3, 16, 56, 56), (16, 3, 3, 3, 3), border_mode=1),
    "volumes, stride (1, 1, 2)": _strided((1, 2, 8, 32, 32), (4, 2, 3, 3, 3), 1, 1, 2),
    "LeNet average pooling": _pooling((8, 6, 28, 28), 2, mode="average_exc_pad"),
    "VGG pooling": _pooling((1, 64, 112, 112), 2),
    "AlexNet pooling": _pooling((1, 96, 55, 55), 3, stride=(2, 2)),
    "ResNet pooling": _pooling((1, 64, 112, 112), 3, stride=(2, 2), pad=(1, 1)),
    "GoogLeNet pooling": _pooling((1, 64, 112, 112), 3, stride=(2, 2), ignore_border=False),
    "Inception average pooling": _pooling(
        (1, 32, 35, 35), 3, stride=(1, 1), pad=(1, 1), mode="average_inc_pad"
    ),
    "padded average pooling, stride 2": _pooling(
        (1, 32, 56, 56), 3, stride=(2, 2), pad=(1, 1), mode="average_exc_pad"
    ),
}


def numbers(name: str, shape: Sequence[int]) -> np.ndarray:
    """Return numbers from -1 to 1 that float32 holds exactly, the same for a name with any NumPy."""
    raw = np.random.PCG64(zlib.crc32(name.encode())).random_raw(int(np.prod(shape)))
    return ((raw >> np.uint64(40)) / 2.0**23 - 1).reshape(shape)


def distinct_numbers(name: str, shape: Sequence[int]) -> np.ndarray:
    """Return such numbers of which no two are equal: PyTorch has one winner where Theano has many."""
    ranks = np.argsort(numbers(name, shape), axis=None, kind="stable")
    return (ranks / 2.0**23 - ranks.size / 2.0**24).reshape(shape)


def output_shape(layer: Layer) -> tuple[int, ...]:
    """Return the shape of a layer's output, by Theano's rules for shapes."""
    if layer.filters:
        spatial = lenet.nnet.get_conv_output_shape(
            layer.image,
            layer.filters,
            layer.arguments.get("border_mode", "valid"),
            layer.arguments.get("subsample", (1,) * layer.spatial),
            layer.arguments.get("filter_dilation"),
        )
        return tuple(map(int, spatial))
    symbol = lenet.nnet.pool_2d(pt.tensor(dtype="float64", shape=layer.image), **layer.arguments)
    return symbol.type.shape


def inputs_of(name: str) -> list[np.ndarray]:
    """Return image, filters (of a convolution) and the gradient of the output, in float64."""
    layer = LAYERS[name]
    make = numbers if layer.filters else distinct_numbers
    arrays = [make(f"{name}, image", layer.image)]
    if layer.filters:
        arrays.append(numbers(f"{name}, filters", layer.filters))
    return [*arrays, numbers(f"{name}, gradient", output_shape(layer))]


def graph_of(name: str, dtype: str, sizes_known: bool) -> Graph:
    """Return a layer's output and gradients."""
    layer = LAYERS[name]
    values = [array.astype(dtype) for array in inputs_of(name)]
    *inputs, slope = [
        pt.tensor(dtype=dtype, shape=array.shape if sizes_known else (None,) * array.ndim)
        for array in values
    ]
    operator = f"conv{layer.spatial}d" if layer.filters else "pool_2d"
    output = getattr(lenet.nnet, operator)(*inputs, **layer.arguments)
    gradients = pytensor.grad(None, inputs, known_grads={output: slope})
    return Graph([*inputs, slope], [output, *gradients], values)


def digest(name: str, array: np.ndarray) -> np.ndarray:
    """Return the root of the mean square, some elements, and weighted sums over all axes but one.

    Each element takes part in one sum for each axis, with a weight of its own from 1/2 to 1 and of random
    sign. An element that is wrong, or at another place, changes these.
    """
    array = np.asarray(array, dtype=np.float64)
    weights = numbers(f"{name}, weights", array.shape)
    weighted = array * (weights / 2 + np.copysign(0.5, weights))
    axes = range(array.ndim)
    sums = [weighted.sum(tuple(axis for axis in axes if axis != kept)) for kept in axes]
    places = np.abs(numbers(f"{name}, places", (SAMPLES,))) * array.size
    samples = array.ravel()[np.minimum(places.astype(int), array.size - 1)]
    return np.concatenate([[np.sqrt(np.mean(array**2))], samples, *sums])


def allowances(shape: Sequence[int], scale: float, tolerance: float) -> np.ndarray:
    """Return how far each number of a digest may be off: in sums, errors add up as random ones do."""
    size = int(np.prod(shape))
    counts = [np.full(n, size // n) for n in shape]
    return tolerance * scale * np.sqrt(np.concatenate([np.ones(1 + SAMPLES), *counts]))


def excess(name: str, found: np.ndarray, expected: np.ndarray, tolerance: float) -> float:
    """Return the largest difference from an expected digest, as a multiple of what is allowed."""
    off = np.abs(digest(name, found) - expected)
    return float(np.max(off / allowances(found.shape, expected[0], tolerance)))


def torch_answers(name: str) -> list[np.ndarray]:
    """Return PyTorch's output and gradients for a layer, in float64."""
    import torch
    from torch.nn import functional

    layer, (*arrays, slope) = LAYERS[name], inputs_of(name)
    arguments = dict(layer.arguments)
    flip = bool(layer.filters) and arguments.pop("filter_flip", True)
    axes = tuple(range(2, len(layer.image)))
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    if layer.filters:
        image, filters = tensors
        dilation = arguments.pop("filter_dilation", (1,) * layer.spatial)
        border = arguments.pop("border_mode", 0)
        reach = [(k - 1) * d for k, d in zip(layer.filters[2:], dilation, strict=True)]
        output = getattr(functional, f"conv{layer.spatial}d")(
            image,
            filters.flip(axes) if flip else filters,
            stride=arguments.pop("subsample", 1),
            padding=reach if border == "full" else border,
            dilation=dilation,
            groups=arguments.pop("num_groups", 1),
        )
    else:
        mode = arguments.pop("mode", "max")
        size = arguments.pop("ws")
        options = {
            "stride": arguments.pop("stride", size),
            "padding": arguments.pop("pad", 0),
            "ceil_mode": not arguments.pop("ignore_border"),
        }
        if mode == "max":
            output = functional.max_pool2d(*tensors, size, **options)
        else:
            counted = mode == "average_inc_pad"
            output = functional.avg_pool2d(*tensors, size, **options, count_include_pad=counted)
    if arguments:
        raise ValueError(f"{name}: PyTorch was not told of {arguments}")
    output.backward(torch.tensor(slope))
    return [output.detach().numpy(), *(tensor.grad.numpy() for tensor in tensors)]


def description(name: str) -> str:
    """Return what the answers for a layer depend on, as text; the file has it, too."""
    checksums = [zlib.crc32(array.tobytes()) for array in inputs_of(name)]
    return json.dumps(asdict(LAYERS[name]) | {"inputs": checksums}, sort_keys=True)


def write() -> None:
    """Write the file of PyTorch's answers."""
    import torch

    arrays = {"written_by": np.array(f"PyTorch {torch.__version__}")}
    for name in LAYERS:
        arrays[name] = np.array(description(name))
        for result, array in zip(RESULTS, torch_answers(name), strict=False):
            arrays[f"{name}, {result}"] = digest(f"{name}, {result}", array)
    np.savez_compressed(FILE, **arrays)
    print(f"{FILE}: {len(LAYERS)} layers, {FILE.stat().st_size} bytes")


def compare(parts: Sequence[str]) -> int:
    """Compare all layers with the file in all ways, telling of each; return the exit status."""
    with np.load(FILE) as stored:
        answers = dict(stored)
    wrong = tried = 0
    for name in LAYERS:
        for dtype, known in product(TOLERANCES, (False, True)):
            if parts and not any(part in name for part in parts):
                continue
            graph = graph_of(name, dtype, known)
            function = pytensor.function(graph.inputs, graph.outputs, mode=c_mode())
            off = [
                excess(label, found, answers[label], TOLERANCES[dtype])
                for label, found in zip(
                    [f"{name}, {result}" for result in RESULTS],
                    function(*graph.values),
                    strict=False,
                )
            ]
            tried, right = tried + 1, all(each <= 1 for each in off)
            wrong += not right
            multiples = ", ".join(f"{each:.2g}" for each in off)
            print(
                f"{'ok' if right else 'WRONG'} {name}, {dtype}, {'' if known else 'un'}known sizes: "
                f"{multiples} of what is allowed",
                flush=True,
            )
    print(f"{tried - wrong} of {tried} right")
    return int(wrong > 0 or not tried)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the file or compare with it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.nnet.golden_sizes")
    parser.add_argument("--compare", nargs="*", metavar="PART", help="compare instead of writing")
    arguments = parser.parse_args(argv)
    if arguments.compare is not None:
        return compare(arguments.compare)
    write()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
