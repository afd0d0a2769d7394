"""Theano's ``theano.compile.function_module``: compiled functions."""

from collections.abc import Sequence
from typing import Any

from pytensor.compile.executor import Function

from lenet.theano_compat.forwarding import forward

__all__ = ["Function", "TheanoFunction", "orig_function"]

__getattr__ = forward(
    __name__, "pytensor.compile.executor", "pytensor.compile.maker", "pytensor.compile.aliasing"
)

OWN_ATTRIBUTES = ("compiled", "defaults", "output_keys")


class TheanoFunction:
    """Compiled function with Theano's default inputs or a dictionary of outputs.

    Parameters
    ----------
    compiled : pytensor.compile.executor.Function
        Does the work; what is not here is found there.
    defaults : sequence
        Each input's default value, or None.
    output_keys : sequence of str, optional
        Names of the outputs, which are then returned in a dictionary.
    """

    def __init__(
        self, compiled: Function, defaults: Sequence[Any], output_keys: Sequence[str] | None
    ) -> None:
        self.compiled = compiled
        self.defaults = list(defaults)
        self.output_keys = output_keys

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Return what the function computes."""
        containers = self.compiled.input_storage
        for container, default in zip(containers, self.defaults, strict=False):
            if default is not None:
                container.storage[0] = default
        outputs = self.compiled(*arguments, **keywords)
        if self.output_keys is None:
            return outputs
        return dict(zip(self.output_keys, outputs, strict=True))

    def __getitem__(self, key: Any) -> Any:
        default = self.defaults[index] if (index := self._index(key)) is not None else None
        return self.compiled[key] if default is None else default

    def __setitem__(self, key: Any, value: Any) -> None:
        self.compiled[key] = value
        index = self._index(key)
        if index is not None and self.defaults[index] is not None:
            self.defaults[index] = self.compiled[key]

    def _index(self, key: Any) -> int | None:
        """Return the number of an input with a default value, or None."""
        containers = self.compiled.input_storage[: len(self.defaults)]
        container = self.compiled.container[key]
        return next((k for k, each in enumerate(containers) if each is container), None)

    def __getattr__(self, name: str) -> Any:
        # `compiled` is not set yet while this is unpickled; the others are asked for by pickle's old protocols.
        if name == "compiled" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.compiled, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in OWN_ATTRIBUTES:
            object.__setattr__(self, name, value)
        else:
            setattr(self.compiled, name, value)

    def copy(self, **keywords: Any) -> "TheanoFunction":
        """Return a function with storage of its own."""
        return TheanoFunction(self.compiled.copy(**keywords), self.defaults, self.output_keys)

    def __copy__(self) -> "TheanoFunction":
        return self.copy()


def orig_function(
    inputs: Sequence[Any],
    outputs: Any,
    mode: Any = None,
    accept_inplace: bool = False,
    name: str | None = None,
    profile: Any = None,
    on_unused_input: str | None = None,
    output_keys: Sequence[str] | None = None,
) -> Any:
    """Compile expressions of inputs that are written out, with values and updates."""
    from lenet.theano_compat.theano.compile.function import function

    named = outputs if output_keys is None else dict(zip(output_keys, outputs, strict=True))
    return function(
        inputs,
        named,
        mode=mode,
        accept_inplace=accept_inplace,
        name=name,
        profile=profile,
        on_unused_input=on_unused_input,
    )
