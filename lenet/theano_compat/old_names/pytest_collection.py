"""Tests that pytest ran once: those that yield others, and nose's ``setup``.

For the tests of old libraries, ``python -m lenet.theano_compat -m pytest``.
"""

import sys
from collections.abc import Callable
from functools import wraps
from importlib.machinery import PathFinder
from inspect import isclass, isfunction, isgeneratorfunction
from types import ModuleType
from typing import Any

__all__ = ["collect_as_before"]


def collect_as_before() -> None:
    """Let pytest collect such tests.

    It refuses those that yield since 4.0, and passes over ``setup`` since 8.0. Tests that are changed, or converted from Python
    2, keep their assertions as they are: pytest, which rewrites the others, reads files itself.
    """
    from _pytest import assertion, python

    make, register = python.pytest_pycollect_makeitem, python.Module._register_setup_module_fixture
    install = assertion.install_importhook

    @wraps(make)
    def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> Any:
        if isclass(obj):
            give_setup(obj, "method")
        elif isgeneratorfunction(obj) and collector.istestfunction(obj, name):
            obj = in_turn(obj)
            setattr(collector.obj, name, obj)
        return make(collector, name, obj)

    @wraps(register)
    def register_setup(module: Any) -> None:
        give_setup(module.obj, "module")
        register(module)

    @wraps(install)
    def install_importhook(config: Any) -> Any:
        hook = install(config)
        sys.meta_path.remove(hook)
        sys.meta_path.insert(sys.meta_path.index(PathFinder), hook)
        return hook

    assertion.install_importhook = install_importhook
    python.pytest_pycollect_makeitem = pytest_pycollect_makeitem
    python.Module._register_setup_module_fixture = register_setup  # type: ignore[assignment]


def give_setup(owner: type | ModuleType, kind: str) -> None:
    """Let what nose calls before and after tests be what pytest calls then.

    Parameters
    ----------
    owner : type or module
        With or without functions ``setup`` and ``teardown``. Fixtures of these names are none.
    kind : {"method", "module"}
    """
    for name in ("setup", "teardown"):
        if isfunction(getattr(owner, name, None)) and not hasattr(owner, f"{name}_{kind}"):
            setattr(owner, f"{name}_{kind}", called_by_name(owner, name))


def called_by_name(owner: type | ModuleType, name: str) -> Callable[..., None]:
    """Return a function, or a method, that calls the one of that name then."""
    if isclass(owner):
        return lambda self: getattr(self, name)()
    return lambda: getattr(owner, name)()


def in_turn(tests: Callable[..., Any]) -> Callable[..., None]:
    """Return one test of a generator of them: of functions, with their arguments."""

    @wraps(tests)
    def test(*arguments: Any, **keywords: Any) -> None:
        for each in tests(*arguments, **keywords):
            function, *given = each if isinstance(each, tuple | list) else (each,)
            if isinstance(function, str):  # a name for reports
                function, *given = given
            function(*given)

    return test
