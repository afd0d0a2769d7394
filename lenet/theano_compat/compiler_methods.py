"""Methods of users' operations and types that tell the compiler what they need.

Theano gave ``c_headers(self, c_compiler)`` and their like the compiler where they took it; PyTensor gives it by name, always.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

METHODS = (
    "c_compile_args",
    "c_header_dirs",
    "c_headers",
    "c_lib_dirs",
    "c_libraries",
    "c_no_compile_args",
)


def adopt(cls: type) -> None:
    """Let the methods of a class, and of its mixins, take the compiler by name."""
    for name in METHODS:
        method = next((vars(each)[name] for each in cls.__mro__ if name in vars(each)), None)
        if inspect.isfunction(method) and not takes_name(method):
            setattr(cls, name, with_compiler(method))


def takes_name(method: Callable[..., Any]) -> bool:
    """Return whether a method takes an argument called ``c_compiler``."""
    parameters = inspect.signature(method).parameters
    return "c_compiler" in parameters or any(
        each.kind is each.VAR_KEYWORD for each in parameters.values()
    )


def with_compiler(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that gives another the compiler, if it takes one."""
    takes_compiler = len(inspect.signature(method).parameters) > 1

    @wraps(method)
    def call(self: Any, c_compiler: Any = None) -> Any:
        return method(self, c_compiler) if takes_compiler else method(self)

    del call.__wrapped__  # its signature is its own: it is not adopted again
    return call
