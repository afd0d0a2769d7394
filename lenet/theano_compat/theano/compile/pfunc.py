"""Theano's ``theano.compile.pfunc``."""

from collections.abc import Sequence
from typing import Any

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile.function import function
from lenet.theano_compat.theano.compile.io import In, Param

__all__ = ["In", "Param", "pfunc"]

__getattr__ = forward(__name__, "pytensor.compile.rebuild")


def pfunc(
    params: Sequence[Any],
    outputs: Any = None,
    *arguments: Any,
    output_keys: Any = None,
    **options: Any,
) -> Any:
    """Compile expressions, as `function` does, whose inputs have another name here.

    Parameters
    ----------
    params : sequence of Variable or In
        The inputs.
    outputs : Variable, sequence or dict of them, optional
    *arguments, **options
        The other arguments of `function`.
    output_keys : list of str, optional
        Names of the outputs, by which a dictionary has what the compiled function returns.
    """
    if output_keys is not None:
        outputs = dict(zip(output_keys, outputs, strict=True))
    return function(params, outputs, *arguments, **options)
