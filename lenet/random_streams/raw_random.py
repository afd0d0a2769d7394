"""Draws from `numpy.random.RandomState` in a graph: Theano's ``raw_random``.

They are those that Theano drew: NumPy keeps that generator as it was.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor import config
from pytensor.graph.basic import Variable
from pytensor.scalar import upcast
from pytensor.tensor.type import TensorType

from lenet.random_streams.numpy_draws import (
    draw_choice,
    draw_integers,
    draw_multinomial,
    draw_permutations,
)
from lenet.random_streams.random_function import (
    RandomFunction,
    RandomStateType,
    random_state_type,
)

__all__ = [
    "RandomFunction",
    "RandomStateType",
    "RandomStreamsBase",
    "binomial",
    "choice",
    "multinomial",
    "normal",
    "permutation",
    "poisson",
    "random_integers",
    "random_state_type",
    "size_and_ndim",
    "uniform",
]


def size_and_ndim(size: Any, ndim: int | None, *arguments: Variable) -> tuple[Any, int, tuple]:
    """Return a shape as a vector, its length, and its static shape.

    The static shape has the lengths that are known to be one.

    Without a size, and where it is -1, the arguments' own shapes count.

    Raises
    ------
    ValueError
        If the number of axes is neither known nor given, or is not `ndim`, or if no argument has an axis where a
        length is -1.
    """
    own_ndim = max((argument.type.ndim for argument in arguments), default=0)
    if size is None:
        ndim = max(own_ndim, ndim or 0)
        lengths = [own_length(axis - ndim, arguments) for axis in range(ndim)]
        return np.zeros(0, "int64"), ndim, tuple(1 if each == 1 else None for each in lengths)
    if isinstance(size, int | np.integer):
        size = (size,)
    if isinstance(size, Variable) and size.type.ndim == 0:
        size = (size,)
    if isinstance(size, list | tuple):
        if ndim is not None and ndim != len(size):
            raise ValueError(f"ndim is {ndim}, but size {size} has {len(size)} lengths")
        size = [
            own_length(axis - len(size), arguments) if is_auto(each) and arguments else each
            for axis, each in enumerate(size)
        ]
        if None in size:
            raise ValueError(f"size {size}: -1 stands for an axis of the arguments, which lack it")
        known = tuple(1 if isinstance(each, int) and each == 1 else None for each in size)
        return (pt.stack(size) if size else np.zeros(0, "int64")), len(size), known
    size = pt.as_tensor_variable(size)
    if ndim is None:
        try:
            ndim = pt.get_vector_length(size)
        except ValueError as error:
            raise ValueError(f"size {size}: its length is not known, pass ndim too") from error
    return size, ndim, (None,) * ndim


def is_auto(length: Any) -> bool:
    """Return whether a length is to be that of the arguments."""
    return isinstance(length, int | np.integer) and length == -1


def own_length(axis: int, arguments: Sequence[Variable]) -> Any:
    """Return the common length of arguments along an axis, counted from the last.

    It is 1 where they have nothing but that, and None where none of them has the axis.
    """
    shaped = [argument for argument in arguments if argument.type.ndim >= -axis]
    for argument in shaped:
        if not argument.type.broadcastable[axis]:
            return argument.shape[axis]
    return 1 if shaped else None


def draw(
    fn: str | Callable,
    state: Variable,
    size: Any,
    ndim: int | None,
    dtype: str,
    *arguments: Variable,
    shaped: Sequence[Variable] | None = None,
    ndim_added: int = 0,
) -> list[Variable]:
    """Return a generator's next state and an array drawn from it.

    Its shape depends on those of `shaped`, by default of all arguments.
    """
    shape, ndim, known = size_and_ndim(size, ndim, *(arguments if shaped is None else shaped))
    kind = TensorType(dtype, shape=(*known, *(None,) * ndim_added))
    return RandomFunction(fn, kind, ndim_added=ndim_added)(state, shape, *arguments)


def float_type(dtype: str | None, *arguments: Variable) -> str:
    """Return the dtype of numbers drawn with some arguments, at least floatX."""
    if dtype is None:
        return upcast(config.floatX, *(argument.type.dtype for argument in arguments))
    return config.floatX if dtype == "floatX" else dtype


def uniform(
    random_state: Variable,
    size: Any = None,
    low: Any = 0.0,
    high: Any = 1.0,
    ndim: int | None = None,
    dtype: str | None = None,
) -> list[Variable]:
    """Return a next state, and uniform numbers in [`low`, `high`)."""
    low, high = pt.as_tensor_variable(low), pt.as_tensor_variable(high)
    dtype = float_type(dtype, low, high)
    return draw("uniform", random_state, size, ndim, dtype, low, high)


def normal(
    random_state: Variable,
    size: Any = None,
    avg: Any = 0.0,
    std: Any = 1.0,
    ndim: int | None = None,
    dtype: str | None = None,
) -> list[Variable]:
    """Return a next state, and normally distributed numbers."""
    avg, std = pt.as_tensor_variable(avg), pt.as_tensor_variable(std)
    return draw("normal", random_state, size, ndim, float_type(dtype, avg, std), avg, std)


def binomial(
    random_state: Variable,
    size: Any = None,
    n: Any = 1,
    p: Any = 0.5,
    ndim: int | None = None,
    dtype: str = "int64",
    prob: Any = None,
) -> list[Variable]:
    """Return a next state, and how many of `n` trials succeed with probability `p`."""
    n, p = pt.as_tensor_variable(n), pt.as_tensor_variable(p if prob is None else prob)
    return draw("binomial", random_state, size, ndim, float_type(dtype), n, p)


def random_integers(
    random_state: Variable,
    size: Any = None,
    low: Any = 0,
    high: Any = 1,
    ndim: int | None = None,
    dtype: str = "int64",
) -> list[Variable]:
    """Return a next state, and integers from `low` to `high`, both of which may occur."""
    low, high = pt.as_tensor_variable(low), pt.as_tensor_variable(high)
    return draw(draw_integers, random_state, size, ndim, dtype, low, high)


def choice(
    random_state: Variable,
    size: Any = None,
    a: Any = 2,
    replace: Any = True,
    p: Any = None,
    ndim: int | None = None,
    dtype: str = "int64",
) -> list[Variable]:
    """Return a next state, and random elements of `a` or ``range(a)``.

    They are chosen with probabilities `p`; 0 or an empty list stands for None, as in Theano.
    """
    replace = np.int8(replace) if isinstance(replace, bool) else replace
    arguments = [pt.as_tensor_variable(a), pt.as_tensor_variable(replace)]
    if isinstance(p, Variable | np.ndarray) or p:
        arguments.append(pt.as_tensor_variable(p))
    return draw(draw_choice, random_state, size, ndim, dtype, *arguments, shaped=())


def poisson(
    random_state: Variable,
    size: Any = None,
    lam: Any = 1.0,
    ndim: int | None = None,
    dtype: str = "int64",
) -> list[Variable]:
    """Return a next state, and numbers of events of which there are `lam` on average."""
    return draw("poisson", random_state, size, ndim, dtype, pt.as_tensor_variable(lam))


def permutation(
    random_state: Variable,
    size: Any = None,
    n: Any = 1,
    ndim: int | None = None,
    dtype: str = "int64",
) -> list[Variable]:
    """Return a next state, and permutations of ``range(n)`` along a further axis.

    Raises
    ------
    TypeError
        If there is to be one permutation of several axes.
    """
    if size is None or (isinstance(size, tuple) and not size):
        if ndim not in (None, 1):
            raise TypeError(f"ndim is {ndim}, but one permutation has 1 axis")
        size, ndim = (), None
    arguments = (pt.as_tensor_variable(n),)
    return draw(
        draw_permutations,
        random_state,
        size,
        ndim,
        dtype,
        *arguments,
        shaped=(),
        ndim_added=1,
    )


def multinomial(
    random_state: Variable,
    size: Any = None,
    n: Any = 1,
    pvals: Any = (0.5, 0.5),
    ndim: int | None = None,
    dtype: str = "int64",
) -> list[Variable]:
    """Return a next state, and multinomial counts of `n` trials.

    The outcomes are along a further axis. A length of -1 in `size` is that of `n` and the rows of `pvals`.
    """
    n, pvals = pt.as_tensor_variable(n), pt.as_tensor_variable(pvals)
    return draw(
        draw_multinomial,
        random_state,
        size,
        ndim,
        dtype,
        n,
        pvals,
        shaped=(n, pvals[..., 0]),
        ndim_added=1,
    )


class RandomStreamsBase:
    """The methods of random streams: a distribution each."""

    def gen(self, op: Callable, *arguments: Any, **keywords: Any) -> Variable:
        """Return numbers that `op` draws from a generator of their own."""
        raise NotImplementedError

    def binomial(
        self,
        size: Any = None,
        n: Any = 1,
        p: Any = 0.5,
        ndim: int | None = None,
        dtype: str = "int64",
        prob: Any = None,
    ) -> Variable:
        """Return how many of `n` trials succeed with probability `p`."""
        return self.gen(binomial, size, n, p, ndim=ndim, dtype=dtype, prob=prob)

    def uniform(
        self,
        size: Any = None,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: int | None = None,
        dtype: str | None = None,
    ) -> Variable:
        """Return numbers that are uniformly distributed in [`low`, `high`)."""
        return self.gen(uniform, size, low, high, ndim=ndim, dtype=dtype)

    def normal(
        self,
        size: Any = None,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: str | None = None,
    ) -> Variable:
        """Return normally distributed numbers."""
        return self.gen(normal, size, avg, std, ndim=ndim, dtype=dtype)

    def random_integers(
        self,
        size: Any = None,
        low: Any = 0,
        high: Any = 1,
        ndim: int | None = None,
        dtype: str = "int64",
    ) -> Variable:
        """Return integers from `low` to `high`, both of which may occur."""
        return self.gen(random_integers, size, low, high, ndim=ndim, dtype=dtype)

    def choice(
        self,
        size: Any = None,
        a: Any = 2,
        replace: Any = True,
        p: Any = None,
        ndim: int | None = None,
        dtype: str = "int64",
    ) -> Variable:
        """Return elements of `a`, or of ``range(a)``, chosen with probabilities `p`."""
        return self.gen(choice, size, a, replace, p, ndim=ndim, dtype=dtype)

    def poisson(
        self, size: Any = None, lam: Any = 1.0, ndim: int | None = None, dtype: str = "int64"
    ) -> Variable:
        """Return numbers of events of which there are `lam` on average."""
        return self.gen(poisson, size, lam, ndim=ndim, dtype=dtype)

    def permutation(
        self, size: Any = None, n: Any = 1, ndim: int | None = None, dtype: str = "int64"
    ) -> Variable:
        """Return permutations of ``range(n)`` along a further axis."""
        return self.gen(permutation, size, n, ndim=ndim, dtype=dtype)

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = (0.5, 0.5),
        ndim: int | None = None,
        dtype: str = "int64",
    ) -> Variable:
        """Return how many of `n` trials have each outcome, along a further axis."""
        return self.gen(multinomial, size, n, pvals, ndim=ndim, dtype=dtype)

    def shuffle_row_elements(self, input: Variable) -> Variable:
        """Shuffle the elements along the last axis of `input`, row by row."""
        array = pt.as_tensor_variable(input)
        rows = [array.shape[axis] for axis in range(array.type.ndim - 1)]
        order = self.permutation(size=rows, n=array.shape[-1], ndim=array.type.ndim - 1)
        return pt.take_along_axis(array, order, axis=-1)
