"""Names of ``nose``, ``parameterized`` and ``numpy.testing`` that Theano's tests import."""

import inspect
import sys
import unittest
from collections.abc import Callable, Iterable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy.testing
import pytest


def install() -> None:
    """Let the tests import the names."""
    case = unittest.TestCase()
    members: dict[str, dict[str, Any]] = {
        "nose": {},
        "nose.plugins": {},
        "nose.plugins.attrib": {"attr": lambda *tags, **values: lambda function: function},
        "nose.plugins.skip": {"SkipTest": unittest.SkipTest},
        "nose.tools": {
            "assert_equal": case.assertEqual,
            "assert_equals": case.assertEqual,
            "assert_raises": case.assertRaises,
            "assert_true": case.assertTrue,
            "raises": raises,
        },
        "parameterized": {"parameterized": parameterized},
    }
    for name, values in members.items():
        module = ModuleType(name)
        vars(module).update(values)
        sys.modules[name] = module
    vars(numpy.testing)["dec"] = SimpleNamespace(skipif=unittest.skipIf)


def raises(*errors: type[BaseException]) -> Callable[..., Any]:
    """Return a decorator of tests that have to raise one of the errors."""

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*arguments: Any) -> None:
            with pytest.raises(errors):
                test(*arguments)

        return named(checked, test.__name__, test)

    return decorate


class parameterized:  # noqa: N801
    """Stand-in of the package's class: a test, or a method, for each of several arguments."""

    class param:  # noqa: N801
        """Arguments of one test, for the function that names it."""

        def __init__(self, args: tuple[Any, ...]) -> None:
            self.args = args

    @staticmethod
    def to_safe_name(text: str) -> str:
        """Return a text as part of an identifier."""
        return "".join(letter if letter.isalnum() else "_" for letter in text)

    @classmethod
    def expand(
        cls, cases: Iterable[Any], testcase_func_name: Callable[..., str] | None = None
    ) -> Callable[..., None]:
        """Return a decorator that puts a test for each case beside the decorated one."""

        def decorate(test: Callable[..., Any]) -> None:
            frame = inspect.currentframe()
            assert frame is not None
            assert frame.f_back is not None
            for number, case in enumerate(cases):
                args = case if isinstance(case, tuple) else (case,)
                name = f"{test.__name__}_{number}"
                if testcase_func_name is not None:
                    name = testcase_func_name(test, number, cls.param(args))
                frame.f_back.f_locals[name] = one_case(test, name, args)

        return decorate


def one_case(test: Callable[..., Any], name: str, args: tuple[Any, ...]) -> Callable[..., Any]:
    """Return a test, or a method, that passes certain arguments."""
    if "self" in inspect.signature(test).parameters:
        return named(lambda self: test(self, *args), name, test)
    return named(lambda: test(*args), name, test)


def named(function: Callable[..., Any], name: str, test: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function under a name, as one of the module of a test."""
    function.__name__, function.__module__ = name, test.__module__
    return function
