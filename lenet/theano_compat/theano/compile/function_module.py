"""Theano's ``theano.compile.function_module``: compiled functions."""

from collections.abc import Sequence
from typing import Any

from pytensor.compile.executor import Function

from lenet.theano_compat.forwarding import forward

__all__ = ["Function", "TheanoFunction"]

__getattr__ = forward(
    __name__, "pytensor.compile.executor", "pytensor.compile.maker", "pytensor.compile.aliasing"
)


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
        self.defaults = defaults
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

    def __getattr__(self, name: str) -> Any:
        if name == "compiled":  # not set yet, while this is unpickled
            raise AttributeError(name)
        return getattr(self.compiled, name)

    def copy(self, **keywords: Any) -> "TheanoFunction":
        """Return a function with storage of its own."""
        return TheanoFunction(self.compiled.copy(**keywords), self.defaults, self.output_keys)
