"""``numpy.testing.decorators``: decorators of tests for nose."""

import sys
import unittest
from collections.abc import Callable
from functools import wraps
from inspect import isfunction
from typing import Any

from lenet.theano_compat.old_names.numpy_functions import Tester

__all__ = [
    "NoseTester",
    "deprecated",
    "knownfailureif",
    "run_module_suite",
    "setastest",
    "skipif",
    "slow",
]

NoseTester = Tester
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def slow(t: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a test as slow."""
    t.slow = True  # type: ignore[attr-defined]
    return t


def setastest(tf: bool = True) -> Decorator:
    """Return a decorator that says whether a function is a test."""

    def mark(t: Callable[..., Any]) -> Callable[..., Any]:
        t.__test__ = tf  # type: ignore[attr-defined]
        return t

    return mark


def skipif(skip_condition: Any, msg: str | None = None) -> Decorator:
    """Return a decorator that skips a test on a condition, or a function's word."""

    def decorate(t: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(t)
        def test(*arguments: Any, **options: Any) -> Any:
            if skip_condition() if callable(skip_condition) else skip_condition:
                raise unittest.SkipTest(msg or "Test skipped due to test condition")
            return t(*arguments, **options)

        return test

    return decorate


def knownfailureif(fail_condition: Any, msg: str | None = None) -> Decorator:
    """Return a decorator that skips a test which is known to fail on a condition."""
    return skipif(fail_condition, msg or "Test skipped due to known failure")


def deprecated(conditional: Any = True) -> Decorator:
    """Return a decorator that lets a test warn of what is deprecated."""
    return lambda t: t


def run_module_suite(file_to_run: str | None = None, argv: Any = None) -> None:
    """Run the program's tests by `unittest`: classes and functions ``test...``."""
    program = sys.modules["__main__"]
    suite = unittest.defaultTestLoader.loadTestsFromModule(program)
    suite.addTests(
        unittest.FunctionTestCase(value)
        for name, value in vars(program).items()
        if name.startswith("test") and isfunction(value)
    )
    unittest.TextTestRunner().run(suite)
