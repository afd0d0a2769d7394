"""Pooling by windows that are known only when the graph runs, and its gradients.

The four Ops are those of `lenet.nnet.ops.pool` with one input more, always the last: a matrix of integers
whose rows are window, stride and padding.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.tensor.type import integer_dtypes
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.geometry import as_size, integers, spatial_shape, static_size
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.pool import MAXIMA, MODES, MaxPoolGrad, MaxPoolTangent, Pool, PoolGrad, PoolOp


def is_symbolic(value: Any) -> bool:
    """Return whether a value, or a number in it, is known only when the graph runs."""
    if isinstance(value, Variable):
        return not isinstance(value, Constant)
    entries = value if isinstance(value, list | tuple) else []
    return any(map(is_symbolic, entries))


def symbolic_integers(name: str, value: Any, count: int, least: int = 1) -> TensorVariable:
    """Return `value` as a vector of `count` integers; a single one stands for all.

    Raises
    ------
    ValueError
        If there are more or fewer, as far as it is known, or they are no integers.
    """
    if not is_symbolic(value):
        return pt.constant(integers(name, value, count, least), dtype="int64")
    entries: Sequence = [value] * count
    if not isinstance(value, Variable):
        entries = list(value)
    elif value.type.ndim == 1 and value.type.shape[0] in (None, count):
        if value.type.dtype in integer_dtypes:
            return pt.specify_shape(value, count).astype("int64")
        entries = []
    try:
        sizes = [as_size(entry) for entry in entries]
    except TypeError:
        sizes = []
    if len(sizes) != count:
        raise ValueError(f"invalid {name} {value}: expected {count} integers of at least {least}")
    return pt.stack(sizes)


class SymbolicPoolOp(CFileOp):
    """Base class of the four Ops: their last input, and the Op they stand for.

    Parameters
    ----------
    spatial : int
        Number of pooled axes, 2 or 3.
    ignore_border, mode
        See `pool_2d`.
    """

    __props__ = ("spatial", "ignore_border", "mode")
    c_files = ("symbolic_pool.h",)
    static_op: ClassVar[type[PoolOp]]

    def __init__(self, spatial: int, ignore_border: bool, mode: str = "max") -> None:
        self.spatial, self.ignore_border, self.mode = spatial, bool(ignore_border), mode
        if mode not in MODES:
            raise ValueError(f"invalid pooling mode {mode!r}: expected one of {', '.join(MODES)}")

    def static(self, windows: np.ndarray) -> PoolOp:
        """Return the Op for a window, a stride and a padding that are numbers."""
        ws, stride, pad = windows.tolist()
        return self.static_op(ws, self.ignore_border, stride, pad, self.mode)

    def tensors(self, *values: Any) -> list[TensorVariable]:
        """Return the arguments as tensors of one type with enough axes."""
        return PoolOp.tensors(self, *values)

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        return [[variable.type.ndim > 0] for variable in node.inputs[:-1]] + [[False]]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        *arguments, windows = inputs
        self.static(windows).perform(node, arguments, output_storage)

    def c_geometry(self) -> str:
        return "lenet::PoolGeometry::of({numbers})"

    def c_numbers(self) -> tuple[int, ...]:
        return (MODES.index(self.mode), *(0,) * 9, int(self.ignore_border), self.spatial)


class SymbolicPool(SymbolicPoolOp):
    """`Pool` by windows that are an input."""

    c_function = "symbolic_pool"
    static_op = Pool

    def make_node(self, image: Any, windows: Any) -> Apply:
        (image,) = self.tensors(image)
        lead = image.type.shape[: image.type.ndim - self.spatial]
        shape = (*lead, *(None for _ in range(self.spatial)))
        return Apply(self, [image, windows], [pt.tensor(dtype=image.type.dtype, shape=shape)])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        image, windows = shapes[0], node.inputs[1]
        lead = len(image) - self.spatial
        return (
            *image[:lead],
            *(
                self.output_size(image[lead + i], windows[0, i], windows[1, i], windows[2, i])
                for i in range(self.spatial)
            ),
        )

    def output_size(self, size: Any, window: Any, step: Any, pad: Any) -> TensorVariable:
        """Return one size of the output; see `pool_output_shape`."""
        if self.ignore_border:
            return (size + 2 * pad - window) // step + 1
        overlapping = pt.maximum((size - 1 - window + step) // step, 0) + 1
        return pt.switch(step >= window, (size - 1) // step + 1, overlapping)

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        (image, windows), (output,), (gradient,) = inputs, outputs, cotangents
        if self.mode in MAXIMA:
            of_image = self.sibling(SymbolicMaxPoolGrad)(image, output, gradient, windows)
        else:
            sizes = spatial_shape(image, image.type.ndim - self.spatial)
            of_image = self.sibling(SymbolicPoolGrad)(gradient, *sizes, windows)
        return [of_image, disconnected_type()]


class SymbolicPoolGrad(SymbolicPoolOp):
    """`PoolGrad` by windows that are an input."""

    c_function = "symbolic_pool_grad"
    static_op = PoolGrad

    def make_node(self, gradient: Any, *sizes_and_windows: Any) -> Apply:
        (gradient,), (*sizes, windows) = self.tensors(gradient), sizes_and_windows
        sizes = [as_size(size) for size in sizes]
        lead = gradient.type.shape[: gradient.type.ndim - self.spatial]
        result = pt.tensor(dtype=gradient.type.dtype, shape=(*lead, *map(static_size, sizes)))
        return Apply(self, [gradient, *sizes, windows], [result])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return (*shapes[0][: len(shapes[0]) - self.spatial], *node.inputs[1:-1])

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        of_gradient = self.sibling(SymbolicPool)(*cotangents, inputs[-1])
        return [of_gradient, *(disconnected_type() for _ in inputs[1:])]


class SymbolicMaxPoolGrad(SymbolicPoolOp):
    """`MaxPoolGrad` by windows that are an input."""

    c_function = "symbolic_max_pool_grad"
    static_op = MaxPoolGrad

    def make_node(self, image: Any, output: Any, gradient: Any, windows: Any) -> Apply:
        image, output, gradient = self.tensors(image, output, gradient)
        return Apply(self, [image, output, gradient, windows], [image.type()])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[0]

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        image, output, _, windows = inputs
        of_gradient = self.sibling(SymbolicMaxPoolTangent)(image, output, *cotangents, windows)
        return [image.zeros_like(), output.zeros_like(), of_gradient, disconnected_type()]


class SymbolicMaxPoolTangent(SymbolicPoolOp):
    """`MaxPoolTangent` by windows that are an input."""

    c_function = "symbolic_max_pool_tangent"
    static_op = MaxPoolTangent

    def make_node(self, image: Any, output: Any, tangent: Any, windows: Any) -> Apply:
        image, output, tangent = self.tensors(image, output, tangent)
        return Apply(self, [image, output, tangent, windows], [output.type()])

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        return shapes[1]

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        image, output, _, windows = inputs
        of_tangent = self.sibling(SymbolicMaxPoolGrad)(image, output, *cotangents, windows)
        return [image.zeros_like(), output.zeros_like(), of_tangent, disconnected_type()]
