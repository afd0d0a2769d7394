"""The sides of a comparison, each in a process of its own.

A library fixes its number of threads when it is loaded, and its threads may spin for a while after
their work. Apart, no side has another's threads in its way; a process that waits for its turn sleeps.
"""

import importlib
import importlib.util
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

Call = tuple[Callable[[], Any], Callable[[Any], list[np.ndarray]]]
"""What is timed, and what turns its result into arrays that can be compared."""

_calls: dict[str, Call] = {}


class Side:
    """A library at work in its own process; `benchmarks.peers` has a module of the same name.

    Parameters
    ----------
    name : str
    threads : int
        Threads that it may use.
    cpus : int, optional
        CPUs that it may use, where the system can tell them; as many as threads if left out.
    **variables : str
        Environment variables of the process.
    """

    def __init__(self, name: str, threads: int, cpus: int | None = None, **variables: str) -> None:
        self.name, self.threads = name, threads
        for library in ("OMP", "OPENBLAS", "MKL"):
            variables[f"{library}_NUM_THREADS"] = str(threads)
        self._process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        with environment(variables):
            self._ask(use_cpus, cpus or threads)

    def _ask(self, function: Callable, *arguments: Any) -> Any:
        return self._process.submit(function, *arguments).result()

    def version(self) -> str:
        """Return the library's version."""
        return self._ask(_version, self.name)

    def prepare(self, what: str, *arguments: Any) -> list[str]:
        """Make ready what the function `what` of the side's module returns; return its modes."""
        return self._ask(_prepare, self.name, what, self.threads, arguments)

    def fingerprints(self, mode: str, calls: int) -> list[list[tuple[float, float]]]:
        """Return, for each of so many calls, the `fingerprint` of each of its results."""
        return self._ask(_fingerprints, mode, calls)

    def turn(self, mode: str, seconds: float) -> float:
        """Return the median duration of a call, repeated for `seconds` after a warm-up."""
        return self._ask(_turn, mode, seconds)

    def mean_turn(self, mode: str, seconds: float) -> float:
        """Return the mean duration of a call, repeated for `seconds` after a warm-up.

        That is what an epoch takes where a few calls wait long for other programs.
        """
        return self._ask(_mean_turn, mode, seconds)

    def close(self) -> None:
        """End the process."""
        self._process.shutdown()


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Set environment variables, for the processes that are started meanwhile."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def is_installed(name: str) -> bool:
    """Return whether Python would find a library."""
    return importlib.util.find_spec(name) is not None


def fingerprint(array: np.ndarray) -> tuple[float, float]:
    """Return a number that depends on every entry and its place, and the norm to judge it by.

    Of a scalar, the number is the scalar itself.
    """
    flat = np.asarray(array, np.float64).ravel()
    return float(flat @ np.cos(np.arange(flat.size))), float(np.linalg.norm(flat))


def use_cpus(count: int) -> None:
    """Use so many CPUs at most, where the system lets a process choose; those started from it inherit it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def _version(name: str) -> str:
    importlib.import_module(f"benchmarks.peers.{name}_side")  # which may have settings for it
    return sys.modules[name].__version__


def _prepare(name: str, what: str, threads: int, arguments: tuple) -> list[str]:
    _calls.clear()
    module = importlib.import_module(f"benchmarks.peers.{name}_side")
    _calls.update(getattr(module, what)(threads, *arguments))
    return list(_calls)


def _fingerprints(mode: str, calls: int) -> list[list[tuple[float, float]]]:
    run, arrays = _calls[mode]
    return [[fingerprint(array) for array in arrays(run())] for _ in range(calls)]


def _turn(mode: str, seconds: float) -> float:
    run, _ = _calls[mode]
    _durations(run, seconds / 4)
    return statistics.median(_durations(run, seconds))


def _mean_turn(mode: str, seconds: float) -> float:
    run, _ = _calls[mode]
    _durations(run, seconds / 4)
    return statistics.fmean(_durations(run, seconds))


def _durations(run: Callable[[], Any], seconds: float) -> list[float]:
    durations: list[float] = []
    end = time.perf_counter() + seconds
    while not durations or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        durations.append(time.perf_counter() - start)
    return durations
