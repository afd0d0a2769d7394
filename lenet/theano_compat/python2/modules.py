"""Names of Python 2's library that 2to3 does not know.

They are for a process that runs one old program.
"""

import collections.abc
import contextlib
import csv
import errno
import hashlib
import io
import itertools
import json
import numbers
import operator
import os
import string
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FunctionType
from typing import Any

from lenet.python2_division import divide, divide_in_place
from lenet.theano_compat.old_names.standard_library import without_encoding
from lenet.theano_compat.python2.builtins import File
from lenet.theano_compat.python2.data import for_caller
from lenet.theano_compat.python2.files import ENCODING
from lenet.theano_compat.python2.heaps import compare_all
from lenet.theano_compat.python2.integers import dump, dumps
from lenet.theano_compat.python2.old_modules import OldModules, give_urllib
from lenet.theano_compat.python2.random import draw_as_before

__all__ = ["restore_modules"]

# Functions of `string` that are methods of text; `join` alone has its text in another place.
OF_TEXT = (
    "capitalize center count expandtabs find index ljust lower lstrip replace rfind rindex rjust rsplit rstrip split "
    "strip swapcase upper"
)
_new_hash = hashlib.new
HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


def join(words: Any, sep: str = " ") -> str:
    """Return words with a text between them."""
    return sep.join(words)


class Hash:
    """Hash of bytes that takes text, too.

    Parameters
    ----------
    hashed : object
        A hash of `hashlib`.
    """

    def __init__(self, hashed: Any) -> None:
        self.hashed = hashed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.hashed, name)

    def update(self, data: Any) -> None:
        """Take more bytes, or text."""
        self.hashed.update(data.encode() if isinstance(data, str) else data)

    def digest(self, *length: int) -> bytes:
        """Return the hash, which is text, too, for a program."""
        hashed: bytes = for_caller(self.hashed.digest(*length))
        return hashed

    def copy(self) -> "Hash":
        """Return a hash of what has been taken."""
        return Hash(self.hashed.copy())


def new_hash(name: str, data: Any = b"", **options: Any) -> Hash:
    """Return ``hashlib.new(name, data)``, whose data may be text."""
    hashed = Hash(_new_hash(name, **options))
    hashed.update(data)
    return hashed


def buffer(data: Any, offset: int = 0, size: int = -1) -> memoryview:
    """Return a part of bytes, or of text, that is not copied."""
    data = data.encode(ENCODING) if isinstance(data, str) else data
    view = memoryview(data)[offset:]
    return view if size < 0 else view[:size]


def fdopen(fd: int, mode: str = "r", buffering: int = -1, *arguments: Any, **options: Any) -> Any:
    """Open a file by its number; text that is not buffered is written line by line."""
    if buffering == 0 and "b" not in mode:
        buffering = 1
    return _fdopen(fd, mode, buffering, *arguments, **options)


def csv_reader(lines: Any, *arguments: Any, **options: Any) -> Any:
    """Read CSV from lines of text or of bytes, as of a file opened with ``"rb"``."""
    if isinstance(lines, io.BufferedIOBase | io.RawIOBase):
        lines = (bytes(line).decode(errors="surrogateescape") for line in lines)
    return _csv_reader(lines, *arguments, **options)


def walk(path: str, function: Callable[[Any, str, list[str]], Any], argument: Any) -> None:
    """Call a function of each folder and of the names in it, from the top down."""
    names = sorted(os.listdir(path))
    function(argument, path, names)
    for name in names:
        inner = os.path.join(path, name)
        if os.path.isdir(inner) and not os.path.islink(inner):
            walk(inner, function, argument)


@contextmanager
def nested(*managers: Any) -> Iterator[tuple[Any, ...]]:
    """Enter some contexts, and give what they give."""
    with ExitStack() as stack:
        yield tuple(map(stack.enter_context, managers))


def is_a(kind: type) -> Callable[[Any], bool]:
    """Return the function that says whether something is of a kind."""
    return lambda value: isinstance(value, kind)


_fdopen, _csv_reader = os.fdopen, csv.reader


def restore_modules() -> None:
    """Give modules the names that they had in Python 2."""
    added: dict[Any, dict[str, Any]] = {
        string: {
            **{name: getattr(str, name) for name in OF_TEXT.split()},
            "join": join,
            "zfill": lambda x, width: str(x).zfill(width),
            "joinfields": join,
            "splitfields": str.split,
            "letters": string.ascii_letters,
            "lowercase": string.ascii_lowercase,
            "uppercase": string.ascii_uppercase,
            "atof": float,
            "atoi": int,
            "atol": int,
            "maketrans": str.maketrans,
        },
        sys: {"exc_clear": lambda: None, "setdefaultencoding": lambda name: None},
        operator: {
            "div": divide,
            "idiv": divide_in_place,
            "irepeat": operator.imul,
            "isCallable": callable,
            "isMappingType": is_a(collections.abc.Mapping),
            "isNumberType": is_a(numbers.Number),
            "isSequenceType": is_a(collections.abc.Sequence),
            "repeat": operator.mul,
            "sequenceIncludes": operator.contains,
        },
        os: {"errno": errno},
        contextlib: {"nested": nested},
        os.path: {"walk": walk},
        itertools: {
            "ifilter": filter,
            "ifilterfalse": itertools.filterfalse,
            "imap": map,
            "izip": zip,
            "izip_longest": itertools.zip_longest,
        },
        types: {
            **{
                f"{kind.__name__.capitalize()}Type": kind
                for kind in (bool, complex, dict, float, int, list, tuple, type, slice)
            },
            "BooleanType": bool,
            "ClassType": type,
            "DictionaryType": dict,
            "FileType": File,
            "InstanceType": object,
            "LongType": int,
            "ObjectType": object,
            "StringType": str,
            "StringTypes": (str,),
            "UnboundMethodType": FunctionType,
            "UnicodeType": str,
            "XRangeType": range,
        },
        threading.Thread: {"isAlive": threading.Thread.is_alive},
    }
    for module, names in added.items():
        for name, value in names.items():
            if not hasattr(module, name):
                setattr(module, name, value)
    types.__all__ += [name for name in added[types] if name not in types.__all__]
    os.fdopen, csv.reader = fdopen, csv_reader
    vars(json).update(dump=dump, dumps=dumps)
    json.load, json.loads = without_encoding(json.load), without_encoding(json.loads)
    draw_as_before()
    for name in HASHES:
        setattr(hashlib, name, partial(new_hash, name))
    vars(hashlib).update(new=new_hash)
    give_urllib()
    compare_all()
    sys.meta_path.append(OldModules())
