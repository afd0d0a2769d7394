"""Theano's ``theano.compile.builders``: Ops made of graphs."""

from collections.abc import Callable, Sequence
from typing import Any

from pytensor.compile.builders import OpFromGraph as PytensorOpFromGraph
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Variable
from pytensor.graph.null_type import NullType
from pytensor.graph.op import io_connection_pattern

from lenet.theano_compat.forwarding import forward

__all__ = ["OpFromGraph"]

__getattr__ = forward(__name__, "pytensor.compile.builders")

DEFAULT = "default"  # Theano's word for no override


class OpFromGraph(PytensorOpFromGraph):
    """Op made of a graph, with Theano's overrides of its gradients.

    Parameters
    ----------
    inputs, outputs : list of Variable
    inline : bool
        Whether the graph takes the place of the Op when a function is compiled.
    lop_overrides : callable, list of callables or OpFromGraph
        ``(inputs, outputs, output_gradients) -> gradients``; in a list, also variables of a `NullType` or a
        `DisconnectedType`.
    grad_overrides : callable, list of callables or OpFromGraph
        ``(inputs, output_gradients) -> gradients``; only one of the two may be given.
    rop_overrides : callable, list of callables or OpFromGraph
        ``(inputs, evaluation_points) -> outputs' derivatives``.
    name : str, optional
    **keywords
        For the function that the graph is compiled to.

    Raises
    ------
    ValueError
        If both overrides of the gradient are given.
    """

    def __init__(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        inline: bool = False,
        lop_overrides: Any = DEFAULT,
        grad_overrides: Any = DEFAULT,
        rop_overrides: Any = DEFAULT,
        name: str | None = None,
        **keywords: Any,
    ) -> None:
        if not (is_default(lop_overrides) or is_default(grad_overrides)):
            raise ValueError("OpFromGraph: lop_overrides and grad_overrides, expected one of them")
        super().__init__(list(inputs), list(outputs), inline=inline, name=name, **keywords)
        if is_default(grad_overrides):
            self.set_lop_overrides(lop_overrides)
        else:
            self.set_grad_overrides(grad_overrides)
        self.set_rop_overrides(rop_overrides)

    def set_lop_overrides(self, lop_overrides: Any) -> None:
        """Override the gradient after the Op was made; see `lop_overrides`."""
        self._override(lop_overrides, takes_outputs=True)

    def set_grad_overrides(self, grad_overrides: Any) -> None:
        """Override the gradient after the Op was made; see `grad_overrides`."""
        self._override(grad_overrides, takes_outputs=False)

    def set_rop_overrides(self, rop_overrides: Any) -> None:
        """Override the outputs' derivatives after the Op was made; see `rop_overrides`."""
        self.pushforward_overrides = None if is_default(rop_overrides) else rop_overrides
        self._rop_op_cache = self._frozen_rop = None

    def _override(self, overrides: Any, takes_outputs: bool) -> None:
        """Override the gradient, or no longer."""
        if isinstance(overrides, list | tuple):
            # Shared variables are inputs, too, after the others, and have no overrides.
            overrides = [*overrides, *[DEFAULT] * len(self.shared_inputs)]
        if is_default(overrides):
            self.pullback_overrides = None
        else:
            self.pullback_overrides = (as_function if takes_outputs else without_outputs)(overrides)
        self._connection_pattern = disconnected_pattern(
            self.fgraph.inputs, self.fgraph.outputs, overrides
        )
        self._lop_op_cache.clear()
        self._frozen_lop = None


def disconnected_pattern(
    inputs: Sequence[Variable], outputs: Sequence[Variable], overrides: Any
) -> list[list[bool]] | None:
    """Return which inputs outputs depend on; None without disconnected overrides."""
    each = overrides if isinstance(overrides, list) else [overrides] * len(inputs)
    apart = [
        isinstance(override, Variable) and isinstance(override.type, DisconnectedType)
        for override in each
    ]
    if not any(apart) or len(apart) != len(inputs):  # PyTensor tells of a wrong number
        return None
    pattern = io_connection_pattern(inputs, outputs)
    return [
        [connected and not disconnected for connected in row]
        for row, disconnected in zip(pattern, apart, strict=True)
    ]


def is_default(override: Any) -> bool:
    """Return whether an override is none."""
    return override is None or (isinstance(override, str) and override == DEFAULT)


def is_no_gradient(override: Any) -> bool:
    """Return whether an override is a variable that stands for no gradient."""
    return isinstance(override, Variable) and isinstance(override.type, NullType | DisconnectedType)


def as_function(override: Any) -> Any:
    """Return an override with functions in place of variables for no gradient."""
    if isinstance(override, list | tuple):
        return [None if is_default(each) else as_function(each) for each in override]
    return (lambda *arguments: override) if is_no_gradient(override) else override


def without_outputs(override: Any) -> Any:
    """Return an override of `pullback`, which is given the outputs, too.

    Raises
    ------
    TypeError
        If it is neither callable nor a list of callables.
    """
    if isinstance(override, list | tuple):
        return [None if is_default(each) else without_outputs(each) for each in override]
    if is_no_gradient(override):
        return as_function(override)
    if isinstance(override, PytensorOpFromGraph):
        return lambda inputs, outputs, gradients: override(*inputs, *gradients, return_list=True)
    if not callable(override):
        raise TypeError(
            f"grad_overrides {override!r}: expected a function, a list of them or 'default'"
        )
    function: Callable[..., Any] = override
    return lambda inputs, outputs, gradients: function(inputs, gradients)
