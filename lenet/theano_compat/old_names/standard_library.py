"""Small names and arguments that Python's library and `filelock` have dropped."""

import builtins
import html
import logging
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


def find_loader(name: str, path: Any = None) -> Any:
    """Return the loader of a module, None if there is no such module."""
    from importlib.util import find_spec

    spec = find_spec(name)
    return None if spec is None else spec.loader


def logger_of_locks() -> logging.Logger:
    """Return the logger of `filelock`, as its versions before 3.3 did."""
    return logging.getLogger("filelock")


def getcheckinterval() -> int:
    """Return the number of instructions between switches of threads, as it was."""
    return 100


def setcheckinterval(interval: int) -> None:
    """Do nothing, as since threads are switched by the clock."""


def give_readfp() -> None:
    """Give ``configparser.RawConfigParser.readfp``."""
    from configparser import RawConfigParser

    if not hasattr(RawConfigParser, "readfp"):

        def readfp(self: Any, fp: Any, filename: str | None = None) -> None:
            self.read_file(fp, filename)

        setattr(RawConfigParser, "readfp", readfp)  # noqa: B010


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

    def contains(self: TestCase, subset: dict[Any, Any], dictionary: Any, msg: Any = None) -> None:
        whole = {**dictionary, **subset}
        self.assertEqual(whole, dict(dictionary), msg)  # noqa: PT009

    names: dict[str, Callable[..., Any]] = {
        "assertAlmostEquals": TestCase.assertAlmostEqual,
        "assertDictContainsSubset": contains,
        "assertEquals": TestCase.assertEqual,
        "assertNotAlmostEquals": TestCase.assertNotAlmostEqual,
        "assertNotEquals": TestCase.assertNotEqual,
        "assertNotRegexpMatches": TestCase.assertNotRegex,
        "assertRaisesRegexp": TestCase.assertRaisesRegex,
        "assertRegexpMatches": TestCase.assertRegex,
        "assert_": TestCase.assertTrue,
        "failIf": TestCase.assertFalse,
        "failIfAlmostEqual": TestCase.assertNotAlmostEqual,
        "failIfEqual": TestCase.assertNotEqual,
        "failUnless": TestCase.assertTrue,
        "failUnlessAlmostEqual": TestCase.assertAlmostEqual,
        "failUnlessEqual": TestCase.assertEqual,
        "failUnlessRaises": TestCase.assertRaises,
    }
    for name, method in names.items():
        if not hasattr(TestCase, name):
            setattr(TestCase, name, method)
