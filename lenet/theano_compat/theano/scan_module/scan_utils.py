"""Theano's ``theano.scan_module.scan_utils``."""

from typing import Any

from pytensor.graph.replace import clone_replace
from pytensor.scan.utils import until

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.scan_module.mapped_variables import map_variables

__all__ = ["clone", "map_variables", "until"]

__getattr__ = forward(
    __name__, "pytensor.scan.utils", "pytensor.graph.basic", "pytensor.scan.basic"
)


def clone(
    output: Any,
    replace: Any = None,
    strict: bool = True,
    share_inputs: bool = True,
    copy_inputs: Any = None,
) -> Any:
    """Return a copy of expressions, with some of their variables replaced.

    Parameters
    ----------
    output : Variable or list of Variable
    replace : mapping or list of pairs, optional
        What takes the place of what.
    strict : bool
        Whether replacements must have the types of what they replace.
    share_inputs : bool
        Whether the copy depends on the same inputs; `copy_inputs` is its obsolete name.
    """
    if copy_inputs is not None:
        share_inputs = bool(copy_inputs)
    return clone_replace(
        output, replace=replace, rebuild_strict=strict, copy_inputs_over=share_inputs
    )
