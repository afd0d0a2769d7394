"""Elementwise operations of many arrays, where they are not compiled.

In FAST_COMPILE and the like, PyTensor's `Elemwise` calls a function of Python for each element of a sum or product of
more than two arrays; NumPy takes two at a time.
More than NumPy's functions take, such as the squares of forty gradients whose norm is clipped, or a long formula in one
operation, it does not compute at all.
"""

from collections.abc import Callable
from functools import reduce, wraps
from typing import Any

import numpy as np
from pytensor.graph.basic import Apply
from pytensor.scalar.basic import Add, Mul, Reciprocal
from pytensor.tensor.elemwise import Elemwise

MOST = 32  # arrays that a function of NumPy takes, its result included
UFUNCS = {Add: np.add, Mul: np.multiply}

_original = Elemwise.prepare_node


class InPairs:
    """Function that joins arrays in pairs, from the left.

    It computes in the dtype of the result, as C does.

    Parameters
    ----------
    ufunc : numpy.ufunc
    dtype : str
    """

    nout = 1

    def __init__(self, ufunc: np.ufunc, dtype: str) -> None:
        self.ufunc, self.dtype = ufunc, dtype

    def __call__(self, *arrays: np.ndarray) -> np.ndarray:
        return reduce(self.of_two, arrays)

    def of_two(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Return the sum, or the product, of two arrays."""
        result: np.ndarray = self.ufunc(one, other, dtype=self.dtype, casting="unsafe")
        return result


class ByElement:
    """Function of any number of arrays that calls one of Python for each element.

    Parameters
    ----------
    function : callable
    nout : int
        Number of its results.
    """

    def __init__(self, function: Callable, nout: int) -> None:
        self.function, self.nout = function, nout

    def __call__(self, *arrays: np.ndarray) -> Any:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        elements = zip(*(np.broadcast_to(array, shape).flat for array in arrays), strict=True)
        outputs = [np.empty(shape, object) for _ in range(self.nout)]
        for place, values in zip(np.ndindex(shape), elements, strict=True):
            results = self.function(*values)
            for output, result in zip(
                outputs, [results] if self.nout == 1 else results, strict=True
            ):
                output[place] = result
        return outputs[0] if self.nout == 1 else outputs


@wraps(_original)
def prepare_node(
    operation: Elemwise, node: Apply, storage_map: Any, compute_map: Any, impl: str | None
) -> None:
    _original(operation, node, storage_map, compute_map, impl)
    ufunc = UFUNCS.get(type(operation.scalar_op))
    count = len(node.inputs)
    if ufunc is not None and (count >= MOST or (count > 2 and hasattr(node.tag, "ufunc"))):
        node.tag.ufunc = InPairs(ufunc, node.outputs[0].type.dtype)
    elif count + len(node.outputs) > MOST:
        node.tag.ufunc = ByElement(operation.scalar_op.impl, len(node.outputs))


def reciprocal(operation: Reciprocal, x: Any) -> Any:
    """Return 1 / x, in double precision at least.

    PyTensor's has single precision where `x` is a number of Python.
    """
    return np.float64(1) / x


def keep_reciprocals_precise() -> None:
    """Let Python compute them as C does; again, it changes nothing."""
    Reciprocal.impl = reciprocal


def join_arrays_in_pairs() -> None:
    """Let NumPy compute such sums and products; again, it changes nothing."""
    Elemwise.prepare_node = prepare_node
