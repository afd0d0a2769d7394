"""What every fuzzed graph is: how it is built, what it is called with, and what the answers must be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from tests.nnet.fuzz.draws import Draw

Arrays = list[np.ndarray]
Graph = tuple[list[Variable], list[Variable]]


def no_oracles(draw: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
    """Return nothing: the graph is compared with what its Ops are in Python only."""
    return []


@dataclass
class Program:
    """A graph to be compiled once and called many times.

    Attributes
    ----------
    build : callable
        Returns inputs and outputs for a floating-point type.
    values : callable
        Returns the values of the inputs, from further choices.
    oracles : callable
        Returns names and independent answers, for some of the first outputs, in double precision, for
        the values that `values` has returned for the same choices.
    is_exact : bool
        Whether nothing is rounded if all values are small integers.
    tolerance : float or None
        Allowed error, in units of rounding of the largest answer; None if the graph is linear in each of
        its inputs. Then the error is measured by the same graph of absolute values.
    terms : callable
        Number of products in a sum, for the values.
    spreads : callable
        Whether each of the outputs may be NaN or infinite where it should not, for the values.
    has_rewrites : bool
        Whether the graph may become another one when it is compiled to C.
    specialises : bool
        Whether it is compiled in the package's own mode, which compiles anew at the tenth call.
    label : str
        What it is counted as; the name of its family by default.
    """

    build: Callable[[str], Graph]
    values: Callable[[Draw], Arrays]
    oracles: Callable[[Draw, Arrays], list[tuple[str, Arrays]]] = no_oracles
    is_exact: bool = True
    tolerance: float | None = None
    terms: Callable[[Arrays], float] = lambda values: 1.0
    spreads: Callable[[Arrays], list[bool]] = lambda values: []
    has_rewrites: bool = True
    specialises: bool = False
    label: str = ""


def typed(name: str, dtype: str, shape: Sequence[int | None]) -> Variable:
    """Return a symbolic input."""
    return pt.tensor(name, dtype=dtype, shape=tuple(shape))


def known(draw: Draw, name: str, shape: Sequence[int], first: int = 1) -> tuple[int | None, ...]:
    """Return what a graph is told of a shape, from its axis `first` on: all of it, some axes or nothing."""
    sizes = draw("sizes", ("unknown", "known", "partly"))
    if sizes == "unknown":
        return (None,) * len(shape)
    mask = -1 if sizes == "known" else draw.integer(f"{name} mask", 0, 255)
    return tuple(n if axis >= first and mask >> axis & 1 else None for axis, n in enumerate(shape))
