"""Theano's ``theano.tensor.raw_random``: numbers drawn from `numpy.random.RandomState`.

They are those that Theano drew: NumPy keeps that generator as it was.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import grad_undefined
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.graph.type import Type
from pytensor.link.c.type import Generic
from pytensor.scalar import upcast
from pytensor.tensor.type import TensorType

from lenet.theano_compat.numpy_draws import (
    draw_choice,
    draw_integers,
    draw_multinomial,
    draw_permutations,
)
from lenet.theano_compat.theano.configdefaults import config

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


class RandomStateType(Generic):
    """The type of a `numpy.random.RandomState`."""

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Return `data`.

        Raises
        ------
        TypeError
            If it is something else.
        """
        if not isinstance(data, np.random.RandomState):
            raise TypeError(f"{data!r}: expected a numpy.random.RandomState")
        return data

    @staticmethod
    def may_share_memory(a: Any, b: Any) -> bool:
        """Return whether two generators are one."""
        return a is b

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __str__(self) -> str:
        return "RandomStateType"


random_state_type: Type = RandomStateType()


class RandomFunction(Op):
    """Draws an array, and gives it together with the generator's next state.

    Parameters
    ----------
    fn : str or callable
        A method's name, or a function of a generator, the arguments and a shape (or None).
    outtype : TensorType
        Type of the array.
    inplace : bool
        For Theano's signature; the generator is copied always.
    ndim_added : int
        Axes of the array beyond those of its shape.
    """

    __props__ = ("fn", "outtype", "ndim_added")

    def __init__(
        self,
        fn: str | Callable,
        outtype: TensorType,
        inplace: bool = False,
        ndim_added: int = 0,
    ) -> None:
        self.fn = fn
        self.outtype = outtype
        self.ndim_added = ndim_added

    def make_node(self, r: Variable, shape: Any, *arguments: Any) -> Apply:
        """Return the node that draws from `r`."""
        shape = pt.as_tensor_variable(shape, ndim=1).astype("int64")
        inputs = [r, shape, *(pt.as_tensor_variable(each) for each in arguments)]
        return Apply(self, inputs, [r.type(), self.outtype()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Any) -> None:
        """Draw."""
        state, shape, *arguments = inputs
        state = deepcopy(state)
        draw = getattr(np.random.RandomState, self.fn) if isinstance(self.fn, str) else self.fn
        sample = draw(state, *arguments, tuple(int(n) for n in shape) if len(shape) else None)
        sample = np.asarray(sample, dtype=self.outtype.dtype)
        output_storage[0][0] = state
        output_storage[1][0] = sample.reshape(
            (1,) * (self.outtype.ndim - sample.ndim) + sample.shape
        )

    def pullback(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        cotangents: Sequence[Variable],
    ) -> list[Variable]:
        """Return that there is no gradient."""
        return [
            grad_undefined(self, position, each, "numbers are drawn")
            for position, each in enumerate(inputs)
        ]


def size_and_ndim(size: Any, ndim: int | None, *arguments: Variable) -> tuple[Any, int, tuple]:
    """Return a shape as a vector, its length, and the lengths in it that are known to be one.

    Without a size, the arguments' own shapes count.

    Raises
    ------
    ValueError
        If the number of axes is neither known nor given.
    """
    own_ndim = max((argument.type.ndim for argument in arguments), default=0)
    if size is None:
        return np.zeros(0, "int64"), max(own_ndim, ndim or 0), (None,) * max(own_ndim, ndim or 0)
    if isinstance(size, int | np.integer):
        size = (size,)
    if isinstance(size, Variable) and size.type.ndim == 0:
        size = (size,)
    if isinstance(size, list | tuple):
        known = tuple(1 if isinstance(each, int) and each == 1 else None for each in size)
        return (pt.stack(size) if size else np.zeros(0, "int64")), len(size), known
    size = pt.as_tensor_variable(size)
    if ndim is None:
        try:
            ndim = pt.get_vector_length(size)
        except ValueError as error:
            raise ValueError(f"size {size}: its length is not known, pass ndim too") from error
    return size, ndim, (None,) * ndim


def draw(
    fn: str | Callable,
    state: Variable,
    size: Any,
    ndim: int | None,
    dtype: str,
    *arguments: Variable,
    broadcast: bool = True,
    ndim_added: int = 0,
) -> list[Variable]:
    """Return a generator's next state and an array drawn from it."""
    shape, ndim, known = size_and_ndim(size, ndim, *(arguments if broadcast else ()))
    kind = TensorType(dtype, shape=(*known, *(None,) * ndim_added))
    return RandomFunction(fn, kind, ndim_added=ndim_added)(state, shape, *arguments)


def float_type(dtype: str | None, *arguments: Variable) -> str:
    """Return the type of numbers drawn with some arguments, at least as precise as floatX."""
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
    """Return a next state, and numbers that are uniformly distributed in [`low`, `high`)."""
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
    """Return a next state, and elements of `a`, or of ``range(a)``, chosen with probabilities `p`."""
    replace = np.int8(replace) if isinstance(replace, bool) else replace
    arguments = [pt.as_tensor_variable(a), pt.as_tensor_variable(replace)]
    if p is not None:
        arguments.append(pt.as_tensor_variable(p))
    return draw(draw_choice, random_state, size, ndim, dtype, *arguments, broadcast=False)


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
    """Return a next state, and permutations of ``range(n)`` along a further axis."""
    if size is None:
        size = ()
    arguments = (pt.as_tensor_variable(n),)
    return draw(
        draw_permutations,
        random_state,
        size,
        ndim,
        dtype,
        *arguments,
        broadcast=False,
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
    """Return a next state, and how many of `n` trials have each outcome, along a further axis."""
    n, pvals = pt.as_tensor_variable(n), pt.as_tensor_variable(pvals)
    if size is None:
        ndim = max(n.type.ndim, pvals.type.ndim - 1)
    arguments = (n, pvals)
    return draw(
        draw_multinomial, random_state, size, ndim, dtype, *arguments, broadcast=False, ndim_added=1
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
        """Return `input` with the elements along its last axis in a random order, row by row."""
        array = pt.as_tensor_variable(input)
        rows = [array.shape[axis] for axis in range(array.type.ndim - 1)]
        order = self.permutation(size=rows, n=array.shape[-1], ndim=array.type.ndim - 1)
        return pt.take_along_axis(array, order, axis=-1)
