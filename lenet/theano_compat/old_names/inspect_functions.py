"""Names that Python's module `inspect` has dropped."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


class ArgSpec(NamedTuple):
    """Result of ``inspect.getargspec``."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def getargspec(function: Callable[..., Any]) -> ArgSpec:
    """Return the arguments of a function."""
    return ArgSpec(*inspect.getfullargspec(function)[:4])


def formatargspec(
    args: Sequence[str],
    varargs: str | None = None,
    varkw: str | None = None,
    defaults: Sequence[Any] | None = None,
    kwonlyargs: Sequence[str] = (),
    kwonlydefaults: Mapping[str, Any] | None = None,
    annotations: Mapping[str, Any] | None = None,
    formatarg: Callable[[str], str] = str,
    formatvarargs: Callable[[str], str] = lambda name: f"*{name}",
    formatvarkw: Callable[[str], str] = lambda name: f"**{name}",
    formatvalue: Callable[[Any], str] = lambda value: f"={value!r}",
    formatreturns: Callable[[str], str] = lambda text: f" -> {text}",
    formatannotation: Callable[[Any], str] = inspect.formatannotation,
) -> str:
    """Return the arguments of a function as text, "(a, b=1, *c)".

    Takes what ``inspect.getargspec`` or ``inspect.getfullargspec`` returned.
    """
    types = annotations or {}
    values = {
        **dict(zip(args[len(args) - len(defaults or ()) :], defaults or (), strict=True)),
        **(kwonlydefaults or {}),
    }

    def told(name: str) -> str:
        typed = f": {formatannotation(types[name])}" if name in types else ""
        return formatarg(name) + typed

    def with_value(name: str) -> str:
        return told(name) + (formatvalue(values[name]) if name in values else "")

    parts = [with_value(name) for name in args]
    if varargs is not None:
        parts.append(formatvarargs(told(varargs)))
    elif kwonlyargs:
        parts.append("*")
    parts += [with_value(name) for name in kwonlyargs]
    if varkw is not None:
        parts.append(formatvarkw(told(varkw)))
    returned = formatreturns(formatannotation(types["return"])) if "return" in types else ""
    return f"({', '.join(parts)}){returned}"
