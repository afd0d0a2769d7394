"""``yaml.load(text)`` as PyYAML had it before version 6, without a loader."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def behave_as_before() -> None:
    """Let ``yaml.load`` and ``yaml.load_all`` be called without a loader.

    They take PyYAML 5's, which makes tuples, but no objects of a program's own.
    """
    yaml = import_module("yaml")
    for name in ("load", "load_all"):
        setattr(yaml, name, with_loader(getattr(yaml, name), yaml.FullLoader))


def with_loader(load: Callable[..., Any], loader: type) -> Callable[..., Any]:
    """Return a function that loads by `loader` if none is named."""

    def loaded(stream: Any, Loader: Any = loader) -> Any:
        return load(stream, Loader)

    return loaded
