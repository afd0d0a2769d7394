"""Convolution Op and its two gradients; users call those of `lenet.nnet.conv`.

Three Ops, each linear in both of its arguments, are closed under differentiation: the gradients of any
one of them are the other two. Layout is channels first: images ``(batch, channels, *image)``, filters
``(maps, channels / groups, *kernel)``, where ``*image`` stands for (rows, columns) or (depth, rows,
columns).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.geometry import (
    Pads,
    as_size,
    conv_output_shape,
    integers,
    normalise_border_mode,
    resolve_pads,
    spatial_shape,
    static_size,
)
from lenet.nnet.ops.base import CFileOp, three
from lenet.nnet.ops.windows import crop_spatial, pad_spatial, sliding_windows, window_offsets

# Names of border modes that depend on the filters' sizes, after the one of numbers: as in conv_sizes.h.
BORDERS = ("", "half", "full")


class ConvOp(CFileOp):
    """Base class of the convolution and its gradients: the geometry and its checks.

    Parameters
    ----------
    border_mode, subsample, filter_flip, filter_dilation, num_groups
        See `conv2d`. The length of `subsample` is the number of spatial axes, 2 or 3.
    """

    __props__ = ("border_mode", "subsample", "filter_flip", "filter_dilation", "num_groups")
    c_files = ("conv.h",)

    def __init__(
        self,
        border_mode: Any = "valid",
        subsample: Sequence[int] = (1, 1),
        filter_flip: bool = True,
        filter_dilation: Sequence[int] | int = 1,
        num_groups: int = 1,
    ) -> None:
        self.spatial = len(subsample)
        if self.spatial not in (2, 3):
            raise ValueError(f"invalid subsample {subsample!r}: expected 2 or 3 positive integers")
        self.border_mode = normalise_border_mode(border_mode, self.spatial)
        self.subsample = integers("subsample", subsample, self.spatial)
        self.filter_flip = bool(filter_flip)
        self.filter_dilation = integers("filter_dilation", filter_dilation, self.spatial)
        (self.num_groups,) = integers("num_groups", num_groups, 1)

    def tensors(self, **named: Any) -> list[TensorVariable]:
        """Return the arguments as floating-point tensors of one type and the right rank.

        Integers become floating-point numbers, as PyTensor's own arithmetic makes them.

        Raises
        ------
        TypeError
            For a wrong number of axes, or complex numbers.
        """
        tensors = {name: pt.as_tensor_variable(value) for name, value in named.items()}
        for name, tensor in tensors.items():
            expected = self.filter_axes() if name == "filters" else self.spatial + 2
            if tensor.type.ndim != expected:
                raise TypeError(f"{self}: {name} has {tensor.type.ndim} axes, expected {expected}")
        return self.as_floats(list(tensors.values()), "convolve")

    def filter_axes(self) -> int:
        """Return the number of axes of the filters."""
        return self.spatial + 2

    def check_channels(self, channels: int | None, filters: Sequence[int | None]) -> None:
        """Check what is known of the numbers of channels; see `conv2d` for the rule."""
        maps, group_channels = filters[:2]
        if None not in (channels, group_channels) and channels != group_channels * self.num_groups:  # type: ignore[operator]
            raise ValueError(
                f"{self}: the image has {channels} channels, but the filters expect "
                f"{group_channels} in each of {self.num_groups} groups"
            )
        if maps is not None and maps % self.num_groups:
            raise ValueError(
                f"{self}: {maps} filters cannot be divided into {self.num_groups} groups"
            )

    def output_shape(self, image: Sequence, kernel: Sequence) -> tuple:
        """Return the spatial output shape for spatial `image` and `kernel` sizes."""
        return conv_output_shape(
            image, kernel, self.border_mode, self.subsample, self.filter_dilation
        )

    def known_output_shape(
        self, image: Sequence[int | None], kernel: Sequence[int | None]
    ) -> tuple:
        """Return `output_shape` and refuse an image that is smaller than the filters.

        Raises
        ------
        ValueError
            Naming the sizes.
        """
        output = self.output_shape(image, kernel)
        if any(n is not None and n < 1 for n in output):
            raise ValueError(
                f"{self}: an image of {tuple(image)} is smaller than the filters of {tuple(kernel)} "
                f"with dilation {self.filter_dilation} and border_mode {self.border_mode!r}"
            )
        return output

    def pads(self, kernel: Sequence[int]) -> Pads:
        """Return the padding widths for filters of shape `kernel`."""
        return resolve_pads(self.border_mode, kernel, self.filter_dilation)

    def correlation_filters(self, filters: np.ndarray) -> np.ndarray:
        """Return a view of the filters as a cross-correlation uses them."""
        return np.flip(filters, tuple(range(2, filters.ndim))) if self.filter_flip else filters

    def windows(self, image: np.ndarray, kernel: Sequence[int]) -> np.ndarray:
        """Return all windows, shape ``(batch, channels, *output, *kernel)``."""
        padded = pad_spatial(image, self.pads(kernel))
        return sliding_windows(padded, kernel, self.subsample, self.filter_dilation)

    def groups(self, *arrays_and_axes: tuple[np.ndarray, int]) -> zip:
        """Iterate over views of the channel groups of several (array, channel axis)."""
        views = (np.split(array, self.num_groups, axis) for array, axis in arrays_and_axes)
        return zip(*views, strict=True)

    def __str__(self) -> str:
        changed = [
            f"{name}={getattr(self, name)}"
            for name, default in (
                ("border_mode", ((0, 0),) * self.spatial),
                ("subsample", (1,) * self.spatial),
                ("filter_flip", True),
                ("filter_dilation", (1,) * self.spatial),
                ("num_groups", 1),
            )
            if getattr(self, name) != default
        ]
        return f"{type(self).__name__}{self.spatial}d{{{', '.join(changed)}}}"

    def c_geometry(self) -> str:
        return "lenet::ConvGeometry::of({numbers})"

    def c_numbers(self) -> tuple[int, ...]:
        pads = self.border_mode
        border = 0 if not isinstance(pads, str) else BORDERS.index(pads)
        low, high = zip(*(((0, 0),) * self.spatial if border else pads), strict=True)
        sizes = (low, 0), (high, 0), (self.subsample, 1), (self.filter_dilation, 1)
        threes = [number for values, lead in sizes for number in three(values, lead)]
        return (border, *threes, self.num_groups, int(self.filter_flip), self.spatial)


def check_equal(op: ConvOp, what: str, found: int | None, expected: int | None) -> None:
    """Check the number of maps (or images) of an output gradient, where it is known."""
    if None not in (found, expected) and found != expected:
        raise ValueError(f"{op}: the output gradient has {found} for {expected} {what}")


def check_gradient_shape(op: ConvOp, found: Sequence, expected: Sequence) -> None:
    """Check the spatial shape of an output gradient, where it is known."""
    if any(None not in pair and pair[0] != pair[1] for pair in zip(found, expected, strict=True)):
        raise ValueError(
            f"{op}: the output gradient has shape {tuple(found)}, expected {tuple(expected)}"
        )


def group_channels(op: ConvOp, channels: int | None) -> int | None:
    """Return the channels of one group; images must divide evenly into groups."""
    if channels is not None and channels % op.num_groups:
        raise ValueError(f"{op}: {channels} channels cannot be divided into {op.num_groups} groups")
    return None if channels is None else channels // op.num_groups


class Conv(ConvOp):
    """Convolution of a batch of images with a bank of filters; see `conv2d`."""

    c_function = "conv"

    def make_node(self, image: Any, filters: Any) -> Apply:
        image, filters = self.tensors(image=image, filters=filters)
        image_shape, filter_shape = image.type.shape, filters.type.shape
        self.check_channels(image_shape[1], filter_shape)
        output = self.known_output_shape(image_shape[2:], filter_shape[2:])
        shape = (image_shape[0], filter_shape[0], *output)
        return Apply(self, [image, filters], [pt.tensor(dtype=image.type.dtype, shape=shape)])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        image, filters = shapes
        return (image[0], filters[0], *self.output_shape(image[2:], filters[2:]))

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, filters = inputs
        self.check_channels(image.shape[1], filters.shape)
        output = self.known_output_shape(image.shape[2:], filters.shape[2:])
        result = np.empty((len(image), len(filters), *output), dtype=node.outputs[0].type.dtype)
        windows = self.windows(image, filters.shape[2:])
        taps = [1, *range(2 + self.spatial, 2 + 2 * self.spatial)]
        filters = self.correlation_filters(filters)
        for w, f, out in self.groups((windows, 1), (filters, 0), (result, 1)):
            out[...] = np.moveaxis(np.tensordot(w, f, (taps, range(1, f.ndim))), -1, 1)
        output_storage[0][0] = result

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        image, filters = inputs
        (gradient,) = cotangents
        return [
            self.sibling(ConvGradInputs)(filters, gradient, *spatial_shape(image)),
            self.sibling(ConvGradWeights)(image, gradient, *spatial_shape(filters)),
        ]


class ConvGradInputs(ConvOp):
    """Gradient of a convolution with respect to its images: transposed convolution.

    Its inputs are the filters, the gradient with respect to the convolution's output and the spatial
    sizes of the images, which strides make ambiguous.
    """

    c_function = "conv_grad_inputs"

    def make_node(self, filters: Any, gradient: Any, *image_shape: Any) -> Apply:
        filters, gradient = self.tensors(filters=filters, gradient=gradient)
        sizes = [as_size(size) for size in image_shape]
        (batch, maps, *output), filter_shape = gradient.type.shape, filters.type.shape
        check_equal(self, "filters", maps, filter_shape[0])
        channels = None if filter_shape[1] is None else filter_shape[1] * self.num_groups
        self.check_channels(channels, filter_shape)
        image = [static_size(size) for size in sizes]
        check_gradient_shape(self, output, self.known_output_shape(image, filter_shape[2:]))
        result = pt.tensor(dtype=filters.type.dtype, shape=(batch, channels, *image))
        return Apply(self, [filters, gradient, *sizes], [result])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        filters, gradient = shapes[:2]
        return (gradient[0], filters[1] * self.num_groups, *node.inputs[2:])

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [True], *([False] for _ in range(self.spatial))]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        filters, gradient, *image = inputs
        image, kernel = [int(size) for size in image], filters.shape[2:]
        check_equal(self, "filters", gradient.shape[1], len(filters))
        self.check_channels(None, filters.shape)
        output = self.known_output_shape(image, kernel)
        check_gradient_shape(self, gradient.shape[2:], output)
        pads = self.pads(kernel)
        padded = np.zeros(
            (
                len(gradient),
                filters.shape[1] * self.num_groups,
                *(n + low + high for n, (low, high) in zip(image, pads, strict=True)),
            ),
            dtype=node.outputs[0].type.dtype,
        )
        filters = self.correlation_filters(filters)
        for f, g, group in self.groups((filters, 0), (gradient, 1), (padded, 1)):
            # (*kernel, channels, batch, *output): what every output gives back to every tap
            shares = np.tensordot(np.moveaxis(f, (0, 1), (-1, -2)), g, ([-1], [1]))
            for tap, index in window_offsets(kernel, output, self.subsample, self.filter_dilation):
                # (channels, batch, *output)
                group[index] += shares[tap].swapaxes(0, 1)
        output_storage[0][0] = np.ascontiguousarray(crop_spatial(padded, pads))

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        filters, gradient, *image_shape = inputs
        (cotangent,) = cotangents
        return [
            self.sibling(ConvGradWeights)(cotangent, gradient, *spatial_shape(filters)),
            self.sibling(Conv)(cotangent, filters),
            *(disconnected_type() for _ in image_shape),
        ]


class ConvGradWeights(ConvOp):
    """Gradient of a convolution with respect to its filters.

    Its inputs are the images, the gradient with respect to the convolution's output and the spatial
    sizes of the filters.
    """

    c_function = "conv_grad_weights"

    def make_node(self, image: Any, gradient: Any, *kernel_shape: Any) -> Apply:
        image, gradient = self.tensors(image=image, gradient=gradient)
        sizes = [as_size(size) for size in kernel_shape]
        (batch, maps, *output), image_shape = gradient.type.shape, image.type.shape
        check_equal(self, "images", batch, image_shape[0])
        channels = group_channels(self, image_shape[1])
        self.check_channels(image_shape[1], (maps, channels))
        kernel = [static_size(size) for size in sizes]
        check_gradient_shape(self, output, self.known_output_shape(image_shape[2:], kernel))
        result = pt.tensor(dtype=image.type.dtype, shape=(maps, channels, *kernel))
        return Apply(self, [image, gradient, *sizes], [result])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        image, gradient = shapes[:2]
        return (gradient[1], image[1] // self.num_groups, *node.inputs[2:])

    connection_pattern = ConvGradInputs.connection_pattern

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, gradient, *kernel = inputs
        kernel = [int(size) for size in kernel]
        check_equal(self, "images", len(gradient), len(image))
        channels = group_channels(self, image.shape[1])
        self.check_channels(image.shape[1], (gradient.shape[1], channels))
        output = self.known_output_shape(image.shape[2:], kernel)
        check_gradient_shape(self, gradient.shape[2:], output)
        positions = [0, *range(2, 2 + self.spatial)]
        result = [
            np.tensordot(g, w, (positions, positions))
            for g, w in self.groups((gradient, 1), (self.windows(image, kernel), 1))
        ]
        output_storage[0][0] = np.ascontiguousarray(
            self.correlation_filters(np.concatenate(result)), dtype=node.outputs[0].type.dtype
        )

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        image, gradient, *kernel_shape = inputs
        (cotangent,) = cotangents
        return [
            self.sibling(ConvGradInputs)(cotangent, gradient, *spatial_shape(image)),
            self.sibling(Conv)(image, cotangent),
            *(disconnected_type() for _ in kernel_shape),
        ]
