"""Compiles fuzzed graphs, calls them in every way and compares the answers."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

import numpy as np
import pytensor
from pytensor.compile.mode import Mode, get_mode
from pytensor.link.basic import PerformLinker
from threadpoolctl import ThreadpoolController

from lenet.compile.backends import c_mode
from lenet.compile.parallel import ParallelLinker
from tests.nnet.fuzz.draws import Draw
from tests.nnet.fuzz.programs import Arrays, Program

THREADS = (2, 3, 5)
CALLS_UNTIL_SPECIALISED = 20
UNITS = {"float32": 2.0**-23, "float64": 2.0**-52}
C = "C"
# What PyTensor says before a kernel sees such an array, and what JAX cannot compile.
REFUSED_BY_BACKEND = ("is not aligned", "JAX needs", "JAX requires", "of concrete values")
# Beyond these, sums of small integers are no longer exact.
MAX_EXACT = {"float32": 2.0**24, "float64": 2.0**53}


class FusedInPython(PerformLinker):
    """Runs the Ops that a graph gets when it is compiled to C, as they are in Python."""

    incompatible_rewrites: ClassVar[tuple[str, ...]] = ()


class DisagreementError(AssertionError):
    """Two ways to calculate the same differ."""


def reason(error: Exception) -> str:
    """Return what a failure says: what differs, or the end of what a compiler or a rewrite has said."""
    if isinstance(error, DisagreementError):
        return str(error)
    return f"{type(error).__name__}: {str(error)[-300:]}"


@dataclass
class Compiled:
    """A program, compiled by one of the backends and in the two ways that need no compiler."""

    program: Program
    dtype: str
    backend: str
    by_backend: Any
    plain: Any
    rewritten: Any
    recent: list[tuple[Arrays, Arrays]] = field(default_factory=list)

    @classmethod
    def of(cls, program: Program, dtype: str, backend: str = C) -> "Compiled":
        """Compile a program."""
        linker = ParallelLinker(allow_gc=False, use_cloop=True)
        if backend != C:
            mode = get_mode(backend)
        elif program.specialises:
            mode = c_mode()
        else:
            mode = Mode(linker=linker, optimizer="fast_run")
        precise = "float64" if dtype == "float32" else dtype
        with pytensor.config.change_flags(floatX=dtype if dtype in UNITS else "float64"):
            by_backend = function(program, dtype, mode)
        with pytensor.config.change_flags(floatX="float64"):
            plain = function(program, precise, Mode(linker="py", optimizer=None))
            # Fused, PyTensor's element-wise Ops lose precision in Python.
            fast = Mode(linker=FusedInPython(), optimizer="fast_run").excluding("fusion")
            rewritten = function(program, precise, fast) if program.has_rewrites else None
        return cls(program, dtype, backend, by_backend, plain, rewritten)

    def check(self, call: Draw, note: Callable[[], None]) -> int | None:
        """Call the program and compare everything; return the longest side, None for refused values.

        `note` is called before anything runs.

        Raises
        ------
        DisagreementError
            Saying what differs.
        """
        threads, values = call("threads", THREADS), self.program.values(call)
        note()
        before = [np.array(value) for value in values]
        precise = [
            value.astype("float64") if value.dtype == self.dtype == "float32" else value
            for value in before
        ]
        limit_threads(1)
        found, refusal = attempt(self.by_backend, values)
        expected, objection = attempt(self.plain, precise)
        if refusal is not None and any(text in refusal for text in REFUSED_BY_BACKEND):
            return None
        if (refusal is None) != (objection is None):
            raise DisagreementError(
                f"{self.backend} says {refusal or 'nothing'}, Python says {objection or 'nothing'}"
            )
        if found is None or expected is None:
            return None
        for value, old in zip(values, before, strict=True):
            if not np.array_equal(value, old, equal_nan=value.dtype.kind == "f"):
                raise DisagreementError("the values of an input have changed")
        bounds = self.bounds(before, precise, expected)
        for number, may_be_other in enumerate(self.program.spreads(before)):
            other = ~np.isfinite(found[number]) & may_be_other
            bounds[number] = np.where(other, np.inf, bounds[number])
        compare(self.backend, found, "Python", expected, bounds)
        if self.rewritten is not None:
            fused, objection = attempt(self.rewritten, precise)
            if fused is None:
                raise DisagreementError(f"rewritten, Python says {objection}")
            compare("rewritten", fused, "as written", expected, bounds, wants_types=False)
        for name, answers in self.program.oracles(call, precise):
            compare(self.backend, found[: len(answers)], name, answers, bounds, wants_types=False)
        limit_threads(threads)
        self.repeat(values, found, f"with {threads} threads")
        if self.program.specialises and self.backend == C:
            for number in range(3, CALLS_UNTIL_SPECIALISED + 1):
                compare(f"call {number}", self.by_backend(*values), "Python", expected, bounds)
        self.recent = [*self.recent[-2:], (values, [np.array(a) for a in self.by_backend(*values)])]
        return max((max(v.shape[-2:], default=0) for v in values), default=0)

    def repeat(self, values: Arrays, found: Sequence, how: str) -> None:
        """Call the function again and compare every bit."""
        for number, (one, other) in enumerate(zip(self.by_backend(*values), found, strict=True)):
            if np.asarray(one).tobytes() != np.asarray(other).tobytes():
                raise DisagreementError(f"output {number} is other {how}")

    def repeat_recent(self) -> None:
        """Repeat the last calls and compare every bit."""
        for values, answers in self.recent:
            self.repeat(values, answers, "beside other Python threads")

    def bounds(self, values: Arrays, precise: Arrays, expected: Arrays) -> list[Any]:
        """Return how far each output may be from the exact answer."""
        program, unit = self.program, UNITS.get(self.dtype, 0.0)
        floats = [value for value in values if value.dtype.kind == "f"]
        if program.is_exact and all(np.array_equal(value, np.rint(value)) for value in floats):
            largest = max((float(np.abs(e).max(initial=0)) for e in expected), default=0)
            if largest < MAX_EXACT.get(self.dtype, np.inf):
                return [0.0] * len(expected)
        if program.tolerance is not None:
            return [
                program.tolerance * unit * np.abs(e[np.isfinite(e)]).max(initial=1)
                for e in expected
            ]
        positive = [
            np.abs(np.where(np.isfinite(value), value, 0)) if value.dtype.kind == "f" else value
            for value in precise
        ]
        factor = unit * (16 + 4 * program.terms(values) ** 0.5)
        return [factor * np.asarray(magnitude) for magnitude in self.plain(*positive)]


def function(program: Program, dtype: str, mode: Mode) -> Any:
    """Compile a program for a type."""
    inputs, outputs = program.build(dtype)
    return pytensor.function(inputs, outputs, mode=mode, on_unused_input="ignore")


def attempt(compiled: Any, values: Arrays) -> tuple[Arrays | None, str | None]:
    """Return the outputs, or why the values are refused."""
    try:
        with np.errstate(all="ignore"):
            return [np.array(output) for output in compiled(*values)], None
    except (ValueError, IndexError, TypeError, AssertionError) as error:
        return None, f"{type(error).__name__}: {str(error).splitlines()[0]}"


def compare(
    one: str,
    found: Sequence,
    other: str,
    expected: Sequence,
    bounds: Sequence,
    wants_types: bool = True,
) -> None:
    """Raise `DisagreementError` unless all outputs agree: in shape, in what is not finite, and within the bounds."""
    for number, (a, b, bound) in enumerate(zip(found, expected, bounds, strict=False)):
        a, b, where = np.asarray(a), np.asarray(b), f"output {number}, {one} and {other}"
        if a.shape != b.shape or (wants_types and a.dtype.kind != b.dtype.kind):
            raise DisagreementError(f"{where}: {a.dtype}{a.shape} and {b.dtype}{b.shape}")
        if a.dtype.kind != "f":
            wrong = a != b
        else:
            with np.errstate(invalid="ignore"):
                same = (a == b) | (np.isnan(a) & np.isnan(b))
                wrong = ~(same | (np.abs(a - b) <= bound) | np.isinf(bound))
        if wrong.any():
            place = tuple(int(n) for n in np.argwhere(wrong)[0])
            raise DisagreementError(
                f"{where}: {int(wrong.sum())} of {wrong.size} differ, the first at {place}: "
                f"{a[place]!r} and {b[place]!r}"
            )


def limit_threads(count: int) -> None:
    """Give all OpenMP runtimes that are loaded so many threads."""
    for runtime in runtimes():
        runtime.set_num_threads(count)


@cache
def runtimes() -> list[Any]:
    """Return the OpenMP runtimes; called when a kernel has been loaded."""
    return ThreadpoolController().select(user_api="openmp").lib_controllers


def check_side_by_side(programs: Sequence[Compiled]) -> None:
    """Repeat the last calls of several programs at once, each in a Python thread of its own."""
    with ThreadPoolExecutor(len(programs)) as pool:
        for future in [pool.submit(program.repeat_recent) for program in programs]:
            future.result()
