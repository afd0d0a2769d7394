"""``numpy.compat``: names for what Python 2 and 3 have apart."""

import pickle
from contextlib import nullcontext as contextlib_nullcontext
from io import BufferedReader, BufferedWriter, FileIO
from os import PathLike as os_PathLike
from os import fspath as os_fspath
from pathlib import Path
from typing import Any

__all__ = [
    "Path",
    "asbytes",
    "asbytes_nested",
    "asstr",
    "asunicode",
    "asunicode_nested",
    "basestring",
    "bytes",
    "contextlib_nullcontext",
    "integer_types",
    "is_pathlib_path",
    "isfileobj",
    "long",
    "os_PathLike",
    "os_fspath",
    "pickle",
    "sixu",
    "strchar",
    "unicode",
]

__path__: list[str] = []  # ``numpy.compat.py3k`` is below it
basestring, bytes, long, unicode = str, bytes, int, str  # noqa: A001
integer_types = (int,)
strchar = "U"


def asbytes(s: Any) -> Any:
    """Return bytes, of text a letter a byte."""
    return s if isinstance(s, bytes) else str(s).encode("latin1")


def asstr(s: Any) -> str:
    """Return text, of bytes a letter a byte."""
    return s.decode("latin1") if isinstance(s, bytes) else str(s)


asunicode = asstr


def asbytes_nested(x: Any) -> Any:
    """Return a list of lists of bytes, or bytes."""
    return (
        [*map(asbytes_nested, x)]
        if hasattr(x, "__iter__") and not isinstance(x, bytes | str)
        else asbytes(x)
    )


def asunicode_nested(x: Any) -> Any:
    """Return a list of lists of text, or text."""
    return (
        [*map(asunicode_nested, x)]
        if hasattr(x, "__iter__") and not isinstance(x, bytes | str)
        else asstr(x)
    )


def isfileobj(f: Any) -> bool:
    """Return whether something is an open file of bytes."""
    return isinstance(f, FileIO | BufferedReader | BufferedWriter)


def is_pathlib_path(obj: Any) -> bool:
    """Return whether something is a path of `pathlib`."""
    return isinstance(obj, Path)


def sixu(s: str) -> str:
    """Return text as it is."""
    return s
