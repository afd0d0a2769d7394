"""Attributes of Theano's compiled functions, added to PyTensor's class.

``f[key]``, ``f[key] = value``
    Value of an input or of a shared variable, by the variable, its name or its number.
``f.container[key]``, ``f.value[key]``
    Its container, and its value.
``f.fn``
    What runs the graph, ``f.vm`` now.
``f(None)``
    Of an argument that has a default value.
``f.copy(delete_updates=True)``
    Changes no shared variable. PyTensor's may, where an update is computed in place.
``f.copy()``
    Returns its outputs in a list, even a single one, if ``theano.function`` made it.
``f.anything = value``
    Keeps what a program puts onto it; PyTensor's has slots, for its own only.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from pytensor.compile.executor import DUPLICATE, Function

from lenet.theano_compat.theano.tensor.default_values import takes_none


class Containers:
    """View of a function's containers, or values, by variable, name or number.

    Parameters
    ----------
    function : pytensor.compile.executor.Function
    view : callable
        From a container to what is seen of it.
    """

    def __init__(self, function: Function, view: Callable[[Any], Any]) -> None:
        self.function, self.view = function, view

    def __getitem__(self, key: Any) -> Any:
        return self.view(container_of(self.function, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        container_of(self.function, key).value = value

    def __contains__(self, key: Any) -> bool:
        return key in self.function._finder

    def __len__(self) -> int:
        return len(self.function.input_storage)


def container_of(function: Function, key: Any) -> Any:
    """Return the container of an input or a shared variable.

    Raises
    ------
    TypeError
        If there is none of that name, or several.
    """
    found = function._finder.get(key)
    if found is None:
        raise TypeError(f"unknown input or state: {key}")
    if found is DUPLICATE:
        raise TypeError(f"ambiguous name: {key}; use the variable or its number")
    return found


_copy = Function.copy


def copy(
    function: Function,
    share_memory: bool = False,
    swap: Any = None,
    delete_updates: bool = False,
    name: str | None = None,
    profile: Any = None,
) -> Function:
    """Return a copy of a function, compiled anew if its updates are to be left out."""
    if delete_updates and hasattr(function.maker, "without_updates"):
        result = function.maker.without_updates(name=name or function.name)
        if swap is not None:
            result = _copy(result, share_memory, swap, False, name, profile)
    else:
        result = _copy(function, share_memory, swap, delete_updates, name, profile)
    if hasattr(function.maker, "without_updates"):  # of `theano.function`, not PyTensor's own
        result.unpack_single = False
    return result


_validate_inputs = Function._validate_inputs


class Anything:
    """Type of an argument that may be None."""

    def filter(self, value: Any, **options: Any) -> Any:
        """Return a value as it is."""
        return value


def validate_inputs(function: Function, args: Any, kwargs: Any) -> None:
    """Put arguments into their containers, also None for a default value."""
    absent = [
        (container, container.type)
        for number, (container, value) in enumerate(zip(function.input_storage, args, strict=False))
        if value is None and takes_none(function, number)
    ]
    for container, _ in absent:
        container.type = Anything()
    try:
        _validate_inputs(function, args, kwargs)
    finally:
        for container, kind in absent:
            container.type = kind


def set_attribute(function: Function, name: str, value: Any) -> None:
    """Set an attribute, in the function's maker where PyTensor has no place for it."""
    if hasattr(Function, name):
        object.__setattr__(function, name, value)
    else:
        vars(function.maker).setdefault("function_attributes", {})[name] = value


def get_attribute(function: Function, name: str) -> Any:
    """Return an attribute that PyTensor has no place for.

    Raises
    ------
    AttributeError
        If the program has put none of this name there.
    """
    # A slot that is not set yet is looked for here, too: `maker` must not be asked for then.
    own = {} if hasattr(Function, name) else vars(function.maker).get("function_attributes", {})
    if name not in own:
        raise AttributeError(f"{type(function).__name__!r} object has no attribute {name!r}")
    return own[name]


ATTRIBUTES: dict[str, Any] = {
    "__getattr__": get_attribute,
    "__setattr__": set_attribute,
    "__getitem__": lambda function, key: container_of(function, key).value,
    "__setitem__": lambda function, key, value: setattr(
        container_of(function, key), "value", value
    ),
    "container": property(lambda function: Containers(function, lambda container: container)),
    "value": property(lambda function: Containers(function, attrgetter("value"))),
    "fn": property(attrgetter("vm")),
    "copy": copy,
    "_validate_inputs": validate_inputs,
}


def add() -> None:
    """Put the attributes onto PyTensor's class; doing it again changes nothing."""
    for name, attribute in ATTRIBUTES.items():
        setattr(Function, name, attribute)


def remove() -> None:
    """Take back `add`."""
    for name in ATTRIBUTES:
        if name in vars(Function):
            delattr(Function, name)
    Function.copy, Function._validate_inputs = _copy, _validate_inputs
