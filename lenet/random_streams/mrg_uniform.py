"""Op of Theano's ``rng_mrg``: uniform numbers of the generator MRG31k3p."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.mode import optdb
from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter

from lenet.nnet.geometry import as_size, static_size
from lenet.nnet.kernels.interface import c_type
from lenet.nnet.ops.base import CFileOp
from lenet.random_streams.mrg_states import MODULI
from lenet.random_streams.raw_random import size_and_ndim

__all__ = ["lengths", "mrg_uniform"]

IN_PLACE = "lenet_mrg_in_place"
# What Theano multiplied integers with: a float32 is just below 2 ** -31, so that no number is 1; those of float16
# have 15 bits, and are at most 0.998.
UNITS = {"float16": 511 * 2.0**-24, "float32": 2.0**-31 - 2.0**-55, "float64": 2.0**-31}


class mrg_uniform(CFileOp):  # noqa: N801
    """Draws uniform numbers between 0 and 1; gives the streams' next states, too.

    Number ``i`` is the next one of stream ``i`` modulo the number of streams. None is 0 or 1.

    Parameters
    ----------
    dtype : str
        float16, float32 or float64.
    inplace : bool
        Whether the next states are written over the states.
    """

    __props__ = ("dtype", "inplace")
    c_files = ("mrg_uniform.h",)
    c_function = "mrg_uniform"

    def __init__(self, dtype: str, inplace: bool = False) -> None:
        self.dtype, self.inplace = dtype, inplace
        if dtype not in UNITS:
            raise TypeError(f"mrg_uniform: dtype {dtype!r}, expected one of {', '.join(UNITS)}")
        if inplace:
            self.destroy_map = {0: [0]}

    @classmethod
    def new(cls, states: Any, ndim: int | None, dtype: str, size: Any) -> list[Variable]:
        """Return the next states of streams, and an array of a size.

        `ndim` is needed where the length of the size is not known.
        """
        return cls(dtype)(states, *lengths(size, ndim), return_list=True)

    def make_node(self, states: Any, *lengths: Any) -> Apply:
        """Return the node that draws an array.

        Parameters
        ----------
        states : matrix of int32, shape (streams, 6)
        *lengths : int or scalar variable
            Shape of the array.
        """
        states = pt.as_tensor_variable(states)
        if states.type.ndim != 2 or states.type.dtype != "int32":
            raise TypeError(f"{self}: states of {states.type}, expected a matrix of int32")
        sizes = [as_size(length) for length in lengths]
        sample = pt.tensor(dtype=self.dtype, shape=tuple(map(static_size, sizes)))
        return Apply(self, [states, *sizes], [states.type(), sample])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        """Return the shapes of the next states and of the array."""
        node, shapes = arguments[-2:]
        return [shapes[0], tuple(node.inputs[1:])]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return that there are no gradients."""
        return [[False, False] for _ in node.inputs]

    def pullback(
        self, inputs: Sequence[Any], outputs: Sequence[Any], cotangents: Sequence[Any]
    ) -> list[Variable]:
        """Return that there are no gradients."""
        return [disconnected_type() for _ in inputs]

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        """Draw.

        Raises
        ------
        ValueError
            If a length is negative, there are 2 ** 31 numbers or more, or the states have no six numbers.
        """
        states, *lengths = inputs
        shape = tuple(map(int, lengths))
        if min(shape, default=0) < 0 or np.prod(shape, dtype=object) > MODULI[0]:
            raise ValueError(
                f"{self}: a negative length, or more than {MODULI[0]} numbers: {shape}"
            )
        count = int(np.prod(shape, dtype="int64"))
        if states.shape[1] != 6 or count > 0 == len(states):
            raise ValueError(f"{self}: states of shape {states.shape}, expected (1 or more, 6)")
        numbers = np.empty(count, self.dtype)
        columns = states.T.astype("uint32")
        for first in range(0, count, len(states) or 1):
            drawn = numbers[first : first + len(states)]
            drawn[...] = scaled(step(columns[:, : len(drawn)]), self.dtype)
        next_states = states if self.inplace else np.empty_like(states)
        next_states[...] = columns.T
        output_storage[0][0] = next_states
        output_storage[1][0] = numbers.reshape(shape)

    def c_shape(self) -> str:
        """Return the C++ type of the numbers."""
        return c_type(self.dtype)

    def c_arguments(self, node: Apply, inputs: list[str], outputs: list[str]) -> list[str]:
        """Return the C++ arguments, of which lengths are one vector."""
        lengths = ", ".join(f"{c}.at<std::int64_t>()" for c in inputs[1:])
        shape = f"std::vector<lenet::Index>{{{lengths}}}"
        return [f"&{inputs[0]}", shape, *(f"&{c}" for c in outputs)]


def step(states: np.ndarray) -> np.ndarray:
    """Advance states by one number.

    Parameters
    ----------
    states : np.ndarray of uint32, shape (6, streams)
        They are overwritten.

    Returns
    -------
    np.ndarray of uint32, shape (streams,)
        From 1 to 2 ** 31 - 1.
    """
    _, x2, x3, y1, _, y3 = states
    # In 32 bits: what exceeds 31 of them is worth 1 of the first modulus, and 21069 of the second.
    sums = [(x << bits & MODULI[0]) + high(x, 31 - bits) for x, bits in ((x2, 22), (x3, 7))]
    x = reduced(reduced(sums[0] + sums[1], 0) + x3, 0)
    products = [reduced(((y & 0xFFFF) << 15) + high(y, 16) * 21069, 1) for y in (y1, y3)]
    y = reduced(reduced(products[1] + y3, 1) + products[0], 1)
    states[[1, 2, 4, 5]] = states[[0, 1, 3, 4]]
    states[0], states[3] = x, y
    return x - y + np.where(x <= y, np.uint32(MODULI[0]), np.uint32(0))


def high(numbers: np.ndarray, bits: int) -> np.ndarray:
    """Return numbers of 32 bits without their last bits.

    They keep the sign that they have as int32: states of a negative seed are negative.
    """
    return (numbers.view("int32") >> bits).view("uint32")


def reduced(sums: np.ndarray, half: int) -> np.ndarray:
    """Return remainders of what is less than two moduli.

    A difference below zero wraps around, and is the larger number.
    """
    return np.minimum(sums, sums - np.uint32(MODULI[half]))


def scaled(numbers: np.ndarray, dtype: str) -> np.ndarray:
    """Return integers from 1 to 2 ** 31 - 1 as numbers from 0 to 1, as Theano's."""
    if dtype == "float16":
        return ((numbers & 0x7FFF) + np.uint32(1)) * UNITS[dtype]
    return numbers.astype("int32").astype(dtype) * np.dtype(dtype).type(UNITS[dtype])


def lengths(size: Any, ndim: int | None) -> tuple:
    """Return a shape in a form of which PyTensor knows the length.

    Raises
    ------
    ValueError
        If a length is not above 0.
    """
    vector, ndim, _ = size_and_ndim(size, ndim)
    if not isinstance(size, list | tuple):
        return tuple(vector[axis] for axis in range(ndim))
    if any(length <= 0 for length in size if not isinstance(length, Variable)):
        raise ValueError(f"size {tuple(size)}: expected lengths above 0")
    return tuple(size)


@node_rewriter([mrg_uniform], inplace=True)
def draw_in_place(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Let states be overwritten, where nothing else draws from them."""
    if node.op.inplace:
        return None
    new = mrg_uniform(node.op.dtype, inplace=True)(*node.inputs, return_list=True)
    copy_stack_trace(node.outputs, new)
    return new


if IN_PLACE not in optdb:
    # Where PyTensor does so with its own random variables.
    rewriter = dfs_rewriter(draw_in_place, ignore_newtrees=True)
    optdb.register(IN_PLACE, rewriter, "fast_run", "inplace", position=99)
