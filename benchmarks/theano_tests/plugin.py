"""Plugin of pytest that runs tests written for nose, Theano's, from a folder beside `lenet.theano_compat`.

It gives what nose gave and pytest does not: ``setUp`` of classes that are no TestCase, tests that yield their
cases, and tests of imported names left alone. It changes nothing of what a test checks.
"""

import inspect
import json
import os
import signal
import sys
import unittest
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from benchmarks.theano_tests import nose_names
from benchmarks.theano_tests.missing_names import put_placeholders

# What the command that starts pytest tells it.
FOLDER = Path(os.environ.get("THEANO_TESTS_FOLDER", "."))
REPORT = os.environ.get("THEANO_TESTS_REPORT")
SECONDS = int(os.environ.get("THEANO_TESTS_SECONDS", "120"))

_prepared: set[Path] = set()


def pytest_configure(config: pytest.Config) -> None:
    """Give nose's names and the folder of tests, before the first test is imported."""
    nose_names.install()
    sys.meta_path.insert(0, OwnHelpers())
    extend(import_module("theano"), FOLDER / "theano")


class OwnHelpers(MetaPathFinder):
    """Finder of what Theano's tests share: their own ``theano.tests``, not the one that programs get."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a module of tests."""
        if name != "theano.tests" and not name.startswith("theano.tests."):
            return None
        return PathFinder.find_spec(name, [str(FOLDER.joinpath(*name.split(".")[:-1]))])


def extend(package: ModuleType, folder: Path) -> None:
    """Let a package's tests, and those below it, be found in the other folder, and nothing else."""
    package.__path__.append(str(folder))
    for below in sorted(folder.iterdir()):
        if below.is_dir() and below.name not in ("tests", "__pycache__"):
            extend(import_module(f"{package.__name__}.{below.name}"), below)


def pytest_pycollect_makemodule(module_path: Path, parent: Any) -> None:
    """Put placeholders for missing names before a test file is imported."""
    put_placeholders(module_path, FOLDER, _prepared)


def pytest_pycollect_makeitem(collector: Any, name: str, obj: Any) -> Any:
    """Leave tests of other modules alone, and make one test of one that yields its cases.

    A class that a function has made becomes one of this module, under the name that it has here, where it looks for
    itself.
    """
    if inspect.isclass(obj) and not hasattr(sys.modules.get(obj.__module__), obj.__name__):
        obj.__module__, obj.__name__ = collector.obj.__name__, name
    if inspect.isfunction(obj) and collector.istestfunction(obj, name):
        if isinstance(collector, pytest.Module) and obj.__module__ != collector.obj.__name__:
            return []
        if inspect.isgeneratorfunction(obj):
            owner = collector.obj if isinstance(collector, pytest.Class) else None
            return pytest.Function.from_parent(collector, name=name, callobj=all_cases(obj, owner))
    return None


def all_cases(test: Callable[..., Iterator[Any]], owner: type | None) -> Callable[[], None]:
    """Return a test that runs each case that another one yields, perhaps a method of a class."""

    def run() -> None:
        arguments = []
        if owner is not None:
            arguments.append(owner())
            if hasattr(owner, "setUp"):
                arguments[0].setUp()
        for check, *values in test(*arguments):
            check(*values)

    return run


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Set up what nose did, within a limit of time."""
    owner = getattr(item, "instance", None)
    plain = owner is not None and not isinstance(owner, unittest.TestCase)

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not in {SECONDS} s")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    if plain and hasattr(owner, "setUp"):
        owner.setUp()
    yield
    if plain and hasattr(owner, "tearDown"):
        owner.tearDown()
    signal.alarm(0)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Write a line of JSON for a file that cannot be imported."""
    if report.outcome == "failed":
        write(report)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write a line of JSON for each test as it ends."""
    if report.when == "call" or report.outcome != "passed":
        write(report)


def write(report: Any) -> None:
    """Write what became of a test, or of a file."""
    if REPORT:
        crash = getattr(report.longrepr, "reprcrash", None)
        message = crash.message if crash is not None else str(report.longrepr or "")
        line = {"test": report.nodeid, "outcome": report.outcome, "message": message}
        with Path(REPORT).open("a") as file:
            file.write(json.dumps(line) + "\n")
