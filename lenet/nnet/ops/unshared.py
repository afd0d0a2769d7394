"""Unshared convolution, with filters for each output position, and its gradients.

As in `lenet.nnet.ops.conv`, each of the three Ops is linear in both arguments and the gradients of any
one are the other two. Filters have shape ``(maps, *output, channels / groups, *kernel)``.
"""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply, Variable

from lenet.nnet.geometry import as_size, spatial_shape, static_size
from lenet.nnet.ops.conv import ConvOp, check_equal, check_gradient_shape, group_channels
from lenet.nnet.ops.windows import crop_spatial, window_offsets


class UnsharedOp(ConvOp):
    """Base class of the three Ops: the axes of their filters."""

    c_files = ("unshared.h",)

    def filter_axes(self) -> int:
        return 2 + 2 * self.spatial

    def split(self, shape: Sequence) -> tuple[Sequence, Sequence]:
        """Split the filters' shape into those of the output and of shared filters."""
        first = 1 + self.spatial
        return shape[1:first], (shape[0], *shape[first:])

    def check_filters(self, output: Sequence, shape: Sequence) -> None:
        """Check that there is a filter for every place of the output, where this is known."""
        places, _ = self.split(shape)
        if any(
            None not in pair and pair[0] != pair[1] for pair in zip(places, output, strict=True)
        ):
            raise ValueError(
                f"{self}: there are filters for {tuple(places)} places, expected {tuple(output)}"
            )

    def correlation_filters(self, filters: np.ndarray) -> np.ndarray:
        axes = tuple(range(-self.spatial, 0))
        return np.flip(filters, axes) if self.filter_flip else filters

    def by_place(self, array: np.ndarray, first: int) -> np.ndarray:
        """Move the axes of the output, which begin at `first`, to the front."""
        return np.moveaxis(array, range(first, first + self.spatial), range(self.spatial))


def flat(array: np.ndarray, first: int) -> np.ndarray:
    """Make one axis of all from `first` on."""
    return array.reshape(*array.shape[:first], prod(array.shape[first:]))


class UnsharedConv(UnsharedOp):
    """Convolution of a batch of images with filters that differ from place to place."""

    c_function = "unshared_conv"

    def make_node(self, image: Any, filters: Any) -> Apply:
        image, filters = self.tensors(image=image, filters=filters)
        places, shared = self.split(filters.type.shape)
        self.check_channels(image.type.shape[1], shared)
        output = self.known_output_shape(image.type.shape[2:], shared[2:])
        self.check_filters(output, filters.type.shape)
        sizes = [m if n is None else n for n, m in zip(output, places, strict=True)]
        shape = (image.type.shape[0], shared[0], *sizes)
        return Apply(self, [image, filters], [pt.tensor(dtype=image.type.dtype, shape=shape)])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        image, filters = shapes
        return (image[0], filters[0], *self.split(filters)[0])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, filters = inputs
        _, shared = self.split(filters.shape)
        self.check_channels(image.shape[1], shared)
        output = self.known_output_shape(image.shape[2:], shared[2:])
        self.check_filters(output, filters.shape)
        result = np.empty((len(image), len(filters), *output), dtype=node.outputs[0].type.dtype)
        # (*output, batch, channels, *kernel) and (*output, maps, channels, *kernel)
        windows = self.by_place(self.windows(image, shared[2:]), 2)
        filters = self.by_place(self.correlation_filters(filters), 1)
        s = self.spatial
        for w, f, out in self.groups((windows, s + 1), (filters, s), (result, 1)):
            self.by_place(out, 2)[...] = flat(w, s + 1) @ flat(f, s + 1).swapaxes(-1, -2)
        output_storage[0][0] = result

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        image, filters = inputs
        (gradient,) = cotangents
        return [
            self.sibling(UnsharedGradInputs)(filters, gradient, *spatial_shape(image)),
            self.sibling(UnsharedGradWeights)(
                image, gradient, *spatial_shape(filters, 2 + self.spatial)
            ),
        ]


class UnsharedGradInputs(UnsharedOp):
    """Gradient with respect to the images; see `ConvGradInputs`."""

    c_function = "unshared_grad_inputs"

    def make_node(self, filters: Any, gradient: Any, *image_shape: Any) -> Apply:
        filters, gradient = self.tensors(filters=filters, gradient=gradient)
        sizes = [as_size(size) for size in image_shape]
        (batch, maps, *output), (_, shared) = gradient.type.shape, self.split(filters.type.shape)
        check_equal(self, "filters", maps, shared[0])
        channels = None if shared[1] is None else shared[1] * self.num_groups
        self.check_channels(channels, shared)
        image = [static_size(size) for size in sizes]
        check_gradient_shape(self, output, self.known_output_shape(image, shared[2:]))
        self.check_filters(output, filters.type.shape)
        result = pt.tensor(dtype=filters.type.dtype, shape=(batch, channels, *image))
        return Apply(self, [filters, gradient, *sizes], [result])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        filters, gradient = shapes[:2]
        return (gradient[0], self.split(filters)[1][1] * self.num_groups, *node.inputs[2:])

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[True], [True], *([False] for _ in range(self.spatial))]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        filters, gradient, *image = inputs
        image, (_, shared) = [int(size) for size in image], self.split(filters.shape)
        kernel = shared[2:]
        check_equal(self, "filters", gradient.shape[1], len(filters))
        self.check_channels(None, shared)
        output = self.known_output_shape(image, kernel)
        check_gradient_shape(self, gradient.shape[2:], output)
        self.check_filters(output, filters.shape)
        pads = self.pads(kernel)
        padded = np.zeros(
            (
                len(gradient),
                shared[1] * self.num_groups,
                *(n + low + high for n, (low, high) in zip(image, pads, strict=True)),
            ),
            dtype=node.outputs[0].type.dtype,
        )
        filters = self.by_place(self.correlation_filters(filters), 1)
        gradient = self.by_place(gradient, 2)
        s = self.spatial
        for f, g, group in self.groups((filters, s), (gradient, s + 1), (padded, 1)):
            # (*output, batch, channels, *kernel): what every output gives back to every tap
            shares = (g @ flat(f, s + 1)).reshape(*output, len(padded), *shared[1:])
            for tap, index in window_offsets(kernel, output, self.subsample, self.filter_dilation):
                share = shares[(..., *tap)]
                group[index] += np.moveaxis(share, range(s), range(-s, 0))
        output_storage[0][0] = np.ascontiguousarray(crop_spatial(padded, pads))

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        filters, gradient, *image_shape = inputs
        (cotangent,) = cotangents
        kernel = spatial_shape(filters, 2 + self.spatial)
        return [
            self.sibling(UnsharedGradWeights)(cotangent, gradient, *kernel),
            self.sibling(UnsharedConv)(cotangent, filters),
            *(disconnected_type() for _ in image_shape),
        ]


class UnsharedGradWeights(UnsharedOp):
    """Gradient with respect to the filters; see `ConvGradWeights`."""

    c_function = "unshared_grad_weights"

    def make_node(self, image: Any, gradient: Any, *kernel_shape: Any) -> Apply:
        image, gradient = self.tensors(image=image, gradient=gradient)
        sizes = [as_size(size) for size in kernel_shape]
        (batch, maps, *output), image_shape = gradient.type.shape, image.type.shape
        check_equal(self, "images", batch, image_shape[0])
        channels = group_channels(self, image_shape[1])
        self.check_channels(image_shape[1], (maps, channels))
        kernel = [static_size(size) for size in sizes]
        known = self.known_output_shape(image_shape[2:], kernel)
        check_gradient_shape(self, output, known)
        places = [m if n is None else n for n, m in zip(output, known, strict=True)]
        result = pt.tensor(dtype=image.type.dtype, shape=(maps, *places, channels, *kernel))
        return Apply(self, [image, gradient, *sizes], [result])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        image, gradient = shapes[:2]
        return (*gradient[1:], image[1] // self.num_groups, *node.inputs[2:])

    connection_pattern = UnsharedGradInputs.connection_pattern

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        image, gradient, *kernel = inputs
        kernel = [int(size) for size in kernel]
        check_equal(self, "images", len(gradient), len(image))
        channels = group_channels(self, image.shape[1])
        maps = gradient.shape[1]
        self.check_channels(image.shape[1], (maps, channels))
        output = self.known_output_shape(image.shape[2:], kernel)
        check_gradient_shape(self, gradient.shape[2:], output)
        result = np.empty((maps, *output, channels, *kernel), dtype=node.outputs[0].type.dtype)
        windows = self.by_place(self.windows(image, kernel), 2)
        gradient = self.by_place(gradient, 2)
        s = self.spatial
        for g, w, out in self.groups((gradient, s + 1), (windows, s + 1), (result, 0)):
            product = g.swapaxes(-1, -2) @ flat(w, s + 1)
            shape = (*product.shape[:-1], channels, *kernel)
            self.by_place(out, 1)[...] = self.correlation_filters(product.reshape(shape))
        output_storage[0][0] = result

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        image, gradient, *kernel_shape = inputs
        (cotangent,) = cotangents
        return [
            self.sibling(UnsharedGradInputs)(cotangent, gradient, *spatial_shape(image)),
            self.sibling(UnsharedConv)(image, cotangent),
            *(disconnected_type() for _ in kernel_shape),
        ]
