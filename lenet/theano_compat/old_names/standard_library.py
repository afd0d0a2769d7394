"""Small functions, methods and arguments that Python's own library has dropped."""

import builtins
import html
from collections.abc import Callable
from functools import wraps
from typing import Any


def escape(s: str, quote: bool = False) -> str:
    """Return a text for HTML, as ``cgi.escape`` made it."""
    escaped = html.escape(s, quote=False)
    return escaped.replace('"', "&quot;") if quote else escaped


def linux_distribution(*arguments: Any, **options: Any) -> tuple[str, str, str]:
    """Return name, version and code name of the system."""
    import platform

    try:
        told = platform.freedesktop_os_release()
    except OSError:
        return "", "", ""
    return told.get("NAME", ""), told.get("VERSION_ID", ""), told.get("VERSION_CODENAME", "")


def take_universal_newlines() -> None:
    """Let ``open`` take the mode "U", which is how all files of text are read."""
    now = builtins.open

    @wraps(now)
    def opened(file: Any, mode: Any = "r", *arguments: Any, **options: Any) -> Any:
        if isinstance(mode, str) and "U" in mode:
            mode = mode.replace("U", "") or "r"
        return now(file, mode if mode != "b" else "rb", *arguments, **options)

    builtins.open = opened


def give_unescape() -> None:
    """Give ``HTMLParser().unescape``."""
    from html.parser import HTMLParser

    HTMLParser.unescape = staticmethod(html.unescape)  # type: ignore[attr-defined]


def give_is_alive() -> None:
    """Give ``threading.Thread.isAlive``."""
    from threading import Thread

    Thread.isAlive = Thread.is_alive  # type: ignore[attr-defined]


def without_encoding(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of JSON that may be told the encoding of text, which it knows."""

    @wraps(function)
    def called(*arguments: Any, encoding: str = "", **options: Any) -> Any:
        return function(*arguments, **options)

    return called


def take_encodings() -> None:
    """Let the functions of `json` be told an encoding."""
    import json

    for name in ("dump", "dumps", "load", "loads"):
        setattr(json, name, without_encoding(getattr(json, name)))


def give_assertions() -> None:
    """Give test cases the names of assertions that Python 3.12 has dropped."""
    from unittest import TestCase

    names = {
        "assertAlmostEquals": TestCase.assertAlmostEqual,
        "assertEquals": TestCase.assertEqual,
        "assertNotEquals": TestCase.assertNotEqual,
        "assertRaisesRegexp": TestCase.assertRaisesRegex,
        "assertRegexpMatches": TestCase.assertRegex,
        "assert_": TestCase.assertTrue,
    }
    for name, method in names.items():
        if not hasattr(TestCase, name):
            setattr(TestCase, name, method)
