"""Theano's ``theano.gof.op``: operations that users write."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.link.c.op import COp as PyTensorCOp

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.op_methods import adopt

__all__ = [
    "COp",
    "Op",
    "OpenMPOp",
    "PureOp",
    "debug_assert",
    "debug_error_message",
    "get_debug_values",
    "get_test_value",
    "missing_test_message",
]

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from pytensor.link.c.op import ExternalCOp, OpenMPOp

__getattr__ = forward(__name__, "pytensor.graph.op", "pytensor.link.c.op")


class Op(PyTensorCOp):
    """An operation with Theano's methods.

    `lenet.theano_compat.op_methods` has its gradients and shapes. ``c_code`` is used if there is any.
    """

    # Theano's functions let go of results after each call, and some operations add to what they find in their place.
    keeps_results = False

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Give a class PyTensor's methods, even after `lenet.theano_compat.uninstall`."""
        super().__init_subclass__(**keywords)
        adopt(cls)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: Any) -> None:
        """Refuse: an operation may have C code only.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(
            f"{self} has no method perform: give it one, or compile with mode='FAST_RUN' and a C++ "
            "compiler, if it has C code"
        )

    def c_code_cache_version(self) -> tuple:
        """Return an empty version: C code is compiled anew, without PyTensor's warning."""
        return ()

    @classmethod
    def _get_test_value(cls, variable: Any) -> Any:
        """Compute a variable from test values; see `get_test_value`."""
        return get_test_value(variable)


class COp(ExternalCOp, Op):
    """An operation whose C code is in files of its own; it need not have ``perform``."""


PureOp = Op


def get_test_value(v: Any) -> Any:
    """Compute a variable from the test values (``tag.test_value``) of its inputs.

    It is computed when it is asked for, unless ``theano.config.compute_test_value`` has had it computed when the
    expression was built.

    Raises
    ------
    AttributeError
        If an input has no test value.
    """
    from pytensor.compile.sharedvalue import SharedVariable
    from pytensor.graph.traversal import graph_inputs

    from lenet.theano_compat.theano.compile.function import function

    if not isinstance(v, Variable):
        return np.asarray(v)
    if hasattr(v.tag, "test_value"):
        return v.tag.test_value
    leaves = [leaf for leaf in graph_inputs([v]) if not isinstance(leaf, Constant | SharedVariable)]
    for leaf in leaves:
        if not hasattr(leaf.tag, "test_value"):
            raise AttributeError(f"{leaf} has no test value: set {leaf}.tag.test_value")
    compute = function(leaves, v, mode="FAST_COMPILE", allow_input_downcast=True)
    return compute(*(leaf.tag.test_value for leaf in leaves))


def missing_test_message(msg: str) -> None:
    """Raise, warn of or ignore a missing test value, as ``compute_test_value`` says."""
    from lenet.theano_compat.test_values import missing

    missing(msg, AttributeError)


def get_debug_values(*arguments: Any) -> list[Any]:
    """Return the test values of arguments, for checks of an Op while a graph is built.

    Returns
    -------
    list
        One tuple, or the value of the only argument; nothing if ``theano.config.compute_test_value`` is "off" or a value is
        missing.
    """
    from lenet.theano_compat.test_values import missing, test_value
    from lenet.theano_compat.theano.configdefaults import config
    from lenet.theano_compat.theano.gof.utils import TestValueError

    if config.compute_test_value == "off":
        return []
    values = []
    for number, argument in enumerate(arguments):
        try:
            values.append(
                test_value(argument) if isinstance(argument, Variable) else np.asarray(argument)
            )
        except TestValueError:
            missing(f"argument {number} ({argument}) has no test value", AttributeError)
            return []
    return values if len(values) == 1 else [tuple(values)]


def debug_error_message(msg: str) -> None:
    """Raise an error that test values have shown, or warn of it.

    Raises
    ------
    ValueError
        If it says "raise".
    """
    from lenet.theano_compat.theano.configdefaults import config

    text = f"invalid graph, by its test values: {msg}"
    if config.compute_test_value == "raise":
        raise ValueError(text)
    if config.compute_test_value == "warn":
        warnings.warn(text, stacklevel=2)


def debug_assert(condition: bool, msg: str | None = None) -> None:
    """Check test values: raise an error or warn, as ``compute_test_value`` says.

    Raises
    ------
    AssertionError
        Unless it says "warn".
    """
    from lenet.theano_compat.theano.configdefaults import config

    message = msg or "debug_assert failed"
    if condition:
        return
    if config.compute_test_value != "warn":
        raise AssertionError(message)
    warnings.warn(message, stacklevel=2)
