"""Op of Theano's ``raw_random``: draws an array from `numpy.random.RandomState`."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.mode import optdb
from pytensor.gradient import grad_undefined
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import (
    GraphRewriter,
    copy_stack_trace,
    dfs_rewriter,
    node_rewriter,
)
from pytensor.graph.type import Type
from pytensor.link.c.type import Generic
from pytensor.tensor.type import TensorType

from lenet.random_streams.numpy_draws import draw_binomial

# Methods of a RandomState for which there is a function that draws the same numbers.
FASTER_METHODS: dict[str, Callable] = {"binomial": draw_binomial}
IN_PLACE = "lenet_draw_in_place"
LOAD_NUMBA = "lenet_load_random_streams_numba"


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

    @classmethod
    def values_eq(cls, a: np.random.RandomState, b: np.random.RandomState) -> bool:
        """Return whether two generators will draw the same."""
        states = [each.get_state(legacy=True) for each in (a, b)]
        return all(map(np.array_equal, *states))

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
        Whether the next state is the generator itself, else a copy of it.
    ndim_added : int
        Axes of the array beyond those of its shape.
    """

    __props__ = ("fn", "outtype", "inplace", "ndim_added")

    def __init__(
        self,
        fn: str | Callable,
        outtype: TensorType,
        inplace: bool = False,
        ndim_added: int = 0,
    ) -> None:
        self.fn = fn
        self.outtype = outtype
        self.inplace = inplace
        if inplace:
            self.destroy_map = {0: [0]}
        self.ndim_added = ndim_added

    def make_node(self, r: Variable, shape: Any, *arguments: Any) -> Apply:
        """Return the node that draws from `r`."""
        shape = pt.as_tensor_variable(shape, ndim=1).astype("int64")
        inputs = [r, shape, *(pt.as_tensor_variable(each) for each in arguments)]
        return Apply(self, inputs, [r.type(), self.outtype()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Any) -> None:
        """Draw.

        Raises
        ------
        ValueError
            If the shape, or what is drawn, has another number of axes than the type says. Without a shape, there may
            be fewer.
        """
        state, shape, *arguments = inputs
        if len(shape) and len(shape) + self.ndim_added != self.outtype.ndim:
            raise ValueError(
                f"size {tuple(shape.tolist())} has {len(shape)} lengths, expected {self.outtype.ndim - self.ndim_added}"
            )
        if not self.inplace:
            state = copy_of(state)
        draw = self.fn
        if isinstance(draw, str):
            draw = FASTER_METHODS.get(draw) or getattr(np.random.RandomState, draw)
        sample = draw(state, *arguments, tuple(int(n) for n in shape) if len(shape) else None)
        sample = np.asarray(sample, dtype=self.outtype.dtype)
        if sample.ndim > self.outtype.ndim or (len(shape) and sample.ndim < self.outtype.ndim):
            raise ValueError(
                f"numbers of {sample.ndim} axes were drawn, expected {self.outtype.ndim}"
            )
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


def copy_of(state: np.random.RandomState) -> np.random.RandomState:
    """Copy a random generator and its state.

    `deepcopy` is slow, as it gathers entropy first.
    """
    copy = np.random.RandomState(np.random.MT19937(0))
    copy.set_state(state.get_state(legacy=False))
    return copy


@node_rewriter([RandomFunction], inplace=True)
def draw_in_place(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Let a generator go on itself, where nothing else draws from its present state."""
    if node.op.inplace:
        return None
    op = RandomFunction(node.op.fn, node.op.outtype, True, node.op.ndim_added)
    new = op(*node.inputs, return_list=True)
    copy_stack_trace(node.outputs, new)
    return new


if IN_PLACE not in optdb:
    # Where PyTensor does so with its own random variables.
    rewriter = dfs_rewriter(draw_in_place, ignore_newtrees=True)
    optdb.register(IN_PLACE, rewriter, "fast_run", "inplace", position=99)


class LoadNumbaDispatch(GraphRewriter):
    """Rewriter that imports how Numba draws, when it first compiles a graph."""

    def apply(self, fgraph: FunctionGraph) -> None:
        """Import the module."""
        import_module("lenet.random_streams.numba_dispatch")


if LOAD_NUMBA not in optdb:
    optdb.register(LOAD_NUMBA, LoadNumbaDispatch(), "numba", position=0)
