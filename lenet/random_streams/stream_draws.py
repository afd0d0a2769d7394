"""Uniform and normal numbers of `MRG_RandomStreams`, drawn directly in their type.

Their memory is kept and used again.

PyTensor draws float64 and converts. Its other backends draw these in their way.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.tensor.random.basic import NormalRV, UniformRV

__all__ = ["StreamNormal", "StreamUniform", "fill_uniform"]


class StreamDraw:
    """Mixin for PyTensor's random Ops: draws from a standard distribution."""

    dtype: str
    inplace: bool

    def fill(self, rng: np.random.Generator, out: np.ndarray) -> None:
        """Draw an array of the Op's type."""
        raise NotImplementedError

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        """Draw, in the array of the last call if that has the right shape."""
        rng, size, *arguments = inputs
        if not self.inplace:
            rng = deepcopy(rng)
        if size is None:
            shape = np.broadcast_shapes(*(np.shape(each) for each in arguments))
        else:
            shape = tuple(int(length) for length in size)
        out = output_storage[1][0]
        if out is None or out.shape != shape or not out.flags.carray:
            out = np.empty(shape, self.dtype)
        self.fill(rng, out)
        output_storage[0][0] = rng
        output_storage[1][0] = out


class StreamUniform(StreamDraw, UniformRV):
    """Op of uniform numbers in [0, 1).

    PyTensor's Op is given 0 and 1 as its arguments.
    """

    def fill(self, rng: np.random.Generator, out: np.ndarray) -> None:
        """Draw an array of the Op's type."""
        fill_uniform(rng, out)


class StreamNormal(StreamDraw, NormalRV):
    """Op of normal numbers of mean 0 and standard deviation 1.

    PyTensor's Op is given these two as its arguments.
    """

    def fill(self, rng: np.random.Generator, out: np.ndarray) -> None:
        """Draw an array of the Op's type."""
        if out.dtype == np.float16:  # which NumPy does not draw
            out[...] = rng.standard_normal(out.shape)
        else:
            rng.standard_normal(dtype=out.dtype, out=out)


def fill_uniform(rng: np.random.Generator, out: np.ndarray) -> None:
    """Fill a contiguous array with uniform numbers from [0, 1).

    They are all the multiples that its type can tell apart just below 1.

    NumPy's own way to draw a float32 takes several times as long: it makes its words one by one.
    """
    if not isinstance(rng.bit_generator, np.random.PCG64):
        out[...] = rng.random(out.shape)
        return
    bits, precision = 8 * out.itemsize, np.finfo(out.dtype).nmant + 1
    words = rng.bit_generator.random_raw(-(-out.nbytes // 8)).view(f"uint{bits}")[: out.size]
    words >>= bits - precision
    # As signed integers, which processors convert by the vector.
    np.copyto(out, words.view(f"int{bits}").reshape(out.shape), casting="unsafe")
    out *= out.dtype.type(2.0**-precision)
