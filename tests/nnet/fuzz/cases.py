"""Cases: what was chosen, by name. They are drawn, run, repeated and made smaller here."""

import time
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.nnet.fuzz.checking import (
    REFUSED_BY_BACKEND,
    C,
    Compiled,
    DisagreementError,
    check_side_by_side,
    reason,
)
from tests.nnet.fuzz.convolutions import convolution
from tests.nnet.fuzz.draws import Draw
from tests.nnet.fuzz.elements import altered_images, elementwise
from tests.nnet.fuzz.fused import fused
from tests.nnet.fuzz.pooling import neighbours, pooling
from tests.nnet.fuzz.programs import Program
from tests.nnet.fuzz.random_numbers import uniform_numbers
from tests.nnet.fuzz.rows import increments, likelihood, normalisation, products, softmax, sums

FAMILIES: dict[str, Callable[[Draw], Program]] = {
    family.__name__: family
    for family in (
        convolution,
        fused,
        pooling,
        neighbours,
        softmax,
        likelihood,
        sums,
        products,
        increments,
        normalisation,
        elementwise,
        altered_images,
        uniform_numbers,
    )
}
# Convolutions and what is fused with them have by far the most kernels.
OFTEN = ("convolution", "convolution", "convolution", "fused", "fused", "pooling")
# Those of kernels that every backend calls.
KERNELS_OF_ALL = (
    "convolution",
    "fused",
    "pooling",
    "neighbours",
    "softmax",
    "likelihood",
    "products",
    "uniform_numbers",
)
# Of each graph; of those that take any sizes, there is more to try.
CALLS = 25
CALLS_OF_ANY_SIZE = 150
SIDE_BY_SIDE = 4
SHRINKING_SECONDS = 60
# What is not made simpler.
FIXED = ("seed", "together", "spatial", "axes")
# The longest side of a case's arrays: below 16, 16 to 63...
SIDES = (16, 64, 128)
Choices = dict[str, Any]
Note = Callable[[Choices], None]


class Runner:
    """Runs cases and counts them.

    Parameters
    ----------
    backend : {"C", "NUMBA", "JAX"}

    Attributes
    ----------
    counts : Counter of (str, int, int)
        Calls that C and Python have accepted and in which all agreed, by Op, number among `SIDES` of the
        longest side, and largest stride (0: none, 4: or more).
    refused : int
        Calls, or whole graphs, that both have refused.
    building : dict
        The choices of the last graph.
    """

    def __init__(self, backend: str = C) -> None:
        self.backend = backend
        self.programs: dict[str, tuple[Choices, Compiled]] = {}
        self.counts: Counter[tuple[str, int, int]] = Counter()
        self.refused = 0
        self.building: Choices = {}

    def program(
        self, choices: Choices, rng: np.random.Generator
    ) -> tuple[Choices, Compiled] | None:
        """Return the choices of a graph, and the graph compiled.

        None if nobody could build it, or the backend cannot compile it.
        """
        draw = Draw(rng, choices)
        self.building = draw.made
        families = FAMILIES if self.backend == C else KERNELS_OF_ALL
        family = FAMILIES[draw("family", (*families, *OFTEN))]
        draw("dtype", ("float32", "float64"))
        try:
            program = family(draw)
            program.build(draw.made["dtype"])
        except (ValueError, TypeError, NotImplementedError):
            return None
        key = repr(sorted(draw.made.items()))
        if key not in self.programs:
            try:
                compiled = Compiled.of(program, draw.made["dtype"], self.backend)
            except (NotImplementedError, TypeError) as error:
                if any(text in str(error) for text in REFUSED_BY_BACKEND):
                    return None
                raise
            self.programs[key] = draw.made, compiled
        return self.programs[key]

    def run(self, choices: Choices, rng: np.random.Generator) -> None:
        """Run one case, drawing what is not chosen.

        Raises
        ------
        DisagreementError
            If answers differ.
        """
        if "together" in choices:
            programs = [self.called(each, rng) for each in choices["together"]]
            for _ in range(CALLS):
                check_side_by_side([program for program in programs if program is not None])
        else:
            self.called(choices, rng)

    def called(self, choices: Choices, rng: np.random.Generator) -> Compiled | None:
        """Return the program of a case, once it has been called; None if nobody could build it."""
        found = self.program(choices, rng)
        if found is None:
            self.refused += 1
            return None
        made, compiled = found
        self.call(compiled, Draw(rng, {**choices, **made}))
        return compiled

    def call(self, compiled: Compiled, call: Draw, note: Note = lambda choices: None) -> None:
        """Call a program once and count it; `note` is told of the case before it runs."""
        for name in ("family", "dtype"):
            call.made[name] = call.given[name]
        side = compiled.check(call, lambda: note({**call.given, **call.made}))
        if side is None:
            self.refused += 1
        else:
            stride = max(call.made.get("stride") or call.given.get("stride") or [0])
            label = compiled.program.label or call.given["family"]
            self.counts[label, bisect(SIDES, side), min(stride, 4)] += 1

    def draw_until(
        self, end: float, rng: np.random.Generator, given: Choices, note: Note
    ) -> Iterator[tuple[Choices, str]]:
        """Draw and run cases until a time, and yield those that fail, with what differs."""
        # The last programs by their last cases.
        others: list[tuple[Choices, Compiled]] = []
        while time.monotonic() < end:
            try:
                found = self.program(given, rng)
            except Exception as error:  # whatever a compiler or a rewrite says is a failure
                yield self.building, reason(error)
                continue
            if found is None:
                self.refused += 1
                continue
            made, compiled = found
            knows_sizes = made.get("sizes", "unknown") != "unknown"
            for _ in range(CALLS if knows_sizes else CALLS_OF_ANY_SIZE):
                call = Draw(rng, made)
                try:
                    self.call(compiled, call, note)
                except Exception as error:  # also of a version that is compiled at the tenth call
                    yield {**made, **call.made}, reason(error)
                    break
                if time.monotonic() > end:
                    return
            others = [each for each in others if each[1] is not compiled][1 - SIDE_BY_SIDE :]
            others.append(({**made, **call.made}, compiled))
            try:
                check_side_by_side([each for _, each in others])
            except DisagreementError as difference:
                yield {"together": [case for case, _ in others]}, str(difference)


def shrunk(
    choices: Choices, fails: Callable[[Choices], bool], seconds: float = SHRINKING_SECONDS
) -> Choices:
    """Return simpler choices that still fail."""
    end, progress = time.monotonic() + seconds, True
    while progress and time.monotonic() < end:
        progress = False
        for name in list(choices):
            for simpler in simpler_values(name, choices[name]):
                candidate = {**choices, name: simpler}
                if time.monotonic() < end and fails(candidate):
                    choices, progress = candidate, True
                    break
    return choices


def simpler_values(name: str, value: Any) -> Iterator[Any]:
    """Yield simpler values for a choice, the simplest first."""
    plainest = "contiguous" if name.endswith("layout") else "integers"
    if name in FIXED or isinstance(value, bool) or value == plainest:
        return
    if name.endswith("layout") or name == "values":
        yield plainest
    elif isinstance(value, int):
        yield from sorted({n for n in (0, 1, value // 2, value - 1) if 0 <= n < value})
    elif isinstance(value, list):
        for place, entry in enumerate(value):
            for simpler in simpler_values(name, entry):
                yield [*value[:place], simpler, *value[place + 1 :]]
