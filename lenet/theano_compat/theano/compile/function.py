"""Theano's ``theano.compile.function``: compiles expressions to a callable."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytensor
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant, Variable
from pytensor.tensor.type import TensorType

from lenet.files import written_atomically
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.test_values import without_test_values
from lenet.theano_compat.theano.compile.function_module import TheanoFunction
from lenet.theano_compat.theano.compile.io import In, Out
from lenet.theano_compat.theano.compile.mode import get_mode
from lenet.theano_compat.theano.tensor.broadcasting import unbroadcast

__all__ = ["function", "function_dump"]

__getattr__ = forward(__name__)

Pairs = Mapping[Variable, Any] | Iterable[Sequence[Any]]


@without_test_values
def function(
    inputs: Sequence[Any],
    outputs: Any = None,
    mode: Any = None,
    updates: Pairs | None = None,
    givens: Pairs | None = None,
    no_default_updates: bool | list[Variable] = False,
    accept_inplace: bool = False,
    name: str | None = None,
    rebuild_strict: bool = True,
    allow_input_downcast: bool | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
) -> Any:
    """Compile expressions, as ``theano.function`` did.

    Parameters
    ----------
    inputs : list of Variable or In
        Arguments of the function.
    outputs : Variable, Out, or list or dictionary of them, optional
        What it returns.
    mode, updates, givens, no_default_updates, accept_inplace, name, rebuild_strict,
    allow_input_downcast, profile, on_unused_input
        As in Theano.

    Returns
    -------
    pytensor.compile.executor.Function or TheanoFunction
        The latter if inputs have default values or the outputs are a dictionary.

    Raises
    ------
    TypeError
        If an argument is not of the kind that is asked for.
    """
    if not isinstance(inputs, list | tuple):
        raise TypeError(
            f"theano.function: the inputs are {inputs!r}, expected a list, even of a single input"
        )
    specifications = [as_input(each, allow_input_downcast) for each in inputs]
    keys = sorted(outputs) if isinstance(outputs, dict) else None
    if keys is not None:
        outputs = [outputs[key] for key in keys]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        compiled = pytensor.function(
            specifications,
            symbolic(outputs),
            mode=get_mode(mode),
            updates=[fitting_update(*pair) for pair in pairs("updates", updates)],
            givens=pairs("givens", givens),
            # PyTensor warns of the parameter whatever it says, None apart.
            no_default_updates=no_default_updates or None,
            accept_inplace=accept_inplace,
            name=name,
            rebuild_strict=rebuild_strict,
            allow_input_downcast=allow_input_downcast,
            profile=profile,
            on_unused_input=on_unused_input,
        )
    compiled.maker.without_updates = partial(
        function,
        inputs,
        outputs,
        mode,
        None,
        givens,
        True,
        rebuild_strict=rebuild_strict,
        allow_input_downcast=allow_input_downcast,
        on_unused_input="ignore",
    )
    defaults = [getattr(each, "default", None) for each in specifications]
    if keys is None and all(default is None for default in defaults):
        return compiled
    return TheanoFunction(compiled, defaults, keys)


def function_dump(
    filename: str | Path,
    *arguments: Any,
    extra_tag_to_remove: str | None = None,
    **keywords: Any,
) -> None:
    """Pickle the arguments of `function`, for a report of an error.

    Parameters
    ----------
    filename : str or Path
    *arguments, **keywords
        Those of `function`.
    extra_tag_to_remove : str, optional
        Attribute of variables' tags that is left out.
    """
    from pytensor.misc.pkl_utils import StripPickler

    bound = signature(function).bind(*arguments, **keywords)
    with written_atomically(filename) as file:
        StripPickler(file, protocol=-1, extra_tag_to_remove=extra_tag_to_remove).dump(
            dict(bound.arguments)
        )


def as_input(each: Any, allow_downcast: bool | None) -> Any:
    """Convert an input to PyTensor's form; a pair is a shared value and its update."""
    if isinstance(each, In):
        return copy(each)
    if isinstance(each, Constant):
        raise TypeError(f"theano.function: the input {each} is a constant, expected a variable")
    if isinstance(each, list | tuple):
        return described(each)
    return each


def described(each: Sequence[Any]) -> In:
    """Convert an input that is written as a tuple.

    It is ``(variable, value)`` or ``((variable, update), value)``, after the input's name if it has one, or
    ``(name, variable)``.
    """
    rest = list(each)
    name = rest.pop(0) if rest and isinstance(rest[0], str) else None
    variable = rest[0] if rest else None
    update = value = None
    if isinstance(variable, list | tuple) and len(variable) == 2 and len(rest) == 2:
        variable, update = variable
    if len(rest) == 2:
        value = rest[1]
    parts = [variable] if update is None else [variable, update]
    if (
        len(rest) not in (1, 2)
        or not all(isinstance(part, Variable) for part in parts)
        or isinstance(value, Variable)
    ):
        raise TypeError(
            f"theano.function: the input {each!r} is a {type(each).__name__}, expected a variable; "
            "for a default value, pass theano.In(variable, value=...)"
        )
    return In(variable, name=name, value=value, update=update)


def symbolic(outputs: Any) -> Any:
    """Return outputs with numbers and arrays among them made constants."""
    if outputs is None or isinstance(outputs, Variable | Out):
        return outputs
    if isinstance(outputs, list | tuple):
        return [symbolic(output) for output in outputs]
    return pytensor.tensor.as_tensor_variable(outputs)


def pairs(parameter: str, mapping: Pairs | None) -> list[tuple[Any, Any]]:
    """Return a mapping, or what a list has of one, as pairs.

    Raises
    ------
    TypeError
        If it is neither.
    """
    items = mapping.items() if isinstance(mapping, Mapping) else (mapping or [])
    result = []
    for item in items:
        if isinstance(item, Variable) or len(item) != 2:
            raise TypeError(
                f"theano.function: {parameter} contains {item!r}, expected a dictionary or a list of "
                "pairs (variable, expression)"
            )
        result.append((item[0], item[1]))
    return result


def fitting_update(target: SharedVariable, value: Any) -> tuple[SharedVariable, Any]:
    """Return an update whose new value has the target's type.

    PyTensor computes some expressions in float64 that Theano computed in floatX.

    Raises
    ------
    TypeError
        If an axis of several numbers would have a length of 1.
    """
    kinds = [getattr(each, "type", None) for each in (target, value)]
    if (
        all(isinstance(kind, TensorType) for kind in kinds)
        and np.can_cast(value.dtype, target.dtype, "same_kind")
        and value.ndim == target.ndim
    ):
        value = value.astype(target.dtype)
        # Theano's convolutions told nobody of lengths of 1 that only their shapes say.
        ones = [
            axis
            for axis, lengths in enumerate(zip(target.type.shape, value.type.shape, strict=True))
            if lengths == (None, 1)
        ]
        lengths = np.shape(target.get_value(borrow=True)) if ones else ()
        if lost := [axis for axis in ones if lengths[axis] > 1]:
            raise TypeError(
                f"theano.function: the update of {target}, of shape {lengths}, has a length of 1 in axes {lost}: "
                "repeat it, such as by T.zeros_like(variable) + update"
            )
        return target, unbroadcast(value, *ones) if ones else value
    return target, value
