"""Uniform numbers of the generator MRG31k3p, against its recurrences."""

import numpy as np
import pytensor.tensor as pt

from lenet.random_streams.mrg_states import MODULI
from lenet.random_streams.mrg_uniform import mrg_uniform
from tests.nnet.fuzz.draws import LAYOUTS, MAX_SIDE, Draw, laid_out
from tests.nnet.fuzz.programs import Arrays, Graph, Program


def recurrences(states: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers between 0 and 1 that streams draw in turn, and their next states.

    As L'Ecuyer and Touzin define them: Fast combined multiple recursive generators with multipliers of the form
    a = +-2^q +- 2^r, Winter Simulation Conference, 2000.
    """
    columns, numbers = states.T.astype("int64"), []
    for first in range(0, count, len(states)):
        x1, x2, x3, y1, y2, y3 = columns[:, : count - first]
        x = (2**22 * x2 + (2**7 + 1) * x3) % MODULI[0]
        y = (2**15 * y1 + (2**15 + 1) * y3) % MODULI[1]
        numbers.append(np.where(x == y, MODULI[0], (x - y) % MODULI[0]))
        columns[:, : count - first] = np.array([x, x1, x2, y, y1, y2])
    return np.concatenate([*numbers, np.empty(0)]) / 2.0**31, columns.T


def uniform_numbers(draw: Draw) -> Program:
    """Return two arrays that the same streams draw, and their states after both."""
    ndim, knows_lengths = draw("axes", (1, 2, 3)), draw("knows lengths", (False, True))
    fixed = [draw.size(f"length {axis}", 40) for axis in range(ndim)] if knows_lengths else []

    def build(dtype: str) -> Graph:
        states = pt.imatrix("states")
        lengths = fixed or [pt.lscalar(f"length {axis}") for axis in range(ndim)]
        between, first = mrg_uniform(dtype)(states, *lengths)
        after, second = mrg_uniform(dtype)(between, *reversed(lengths))
        return [states, *([] if fixed else lengths)], [first, second, after]

    def values(call: Draw) -> Arrays:
        streams = call.size("streams", MAX_SIDE, least=1)
        lengths = [] if fixed else [call.size(f"length {axis}", 40) for axis in range(ndim)]
        rng = np.random.default_rng(call.integer("seed", 0, 2**31))
        # Now and then the largest and the least.
        halves = [
            rng.choice([0, 1, m - 1, *rng.integers(0, m, 9)], (streams, 3)) for m in MODULI[:2]
        ]
        states = np.concatenate(halves, axis=1).astype("int32")
        states[:, [2, 5]] = states[:, [2, 5]] | 1  # not zero all three
        layout = call("states layout", LAYOUTS)
        return [laid_out(states, layout), *(np.array(length) for length in lengths)]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        states, *lengths = values
        shape = fixed or [int(length) for length in lengths]
        first, between = recurrences(states, int(np.prod(shape)))
        second, after = recurrences(between, int(np.prod(shape)))
        return [("recurrences", [first.reshape(shape), second.reshape(shape[::-1]), after])]

    return Program(build, values, oracles, is_exact=False, tolerance=1)
