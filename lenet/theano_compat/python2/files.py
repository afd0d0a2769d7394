"""Files as Python 2 had them, where text and bytes were the same.

A program wrote text into a file that it had opened with ``"wb"``, pickled into one opened with ``"w"`` and loaded from one
opened with ``"r"``.
"""

import io
import os
import pickle
import socket
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from functools import wraps
from typing import Any, BinaryIO, cast

import numpy as np

from lenet.theano_compat.python2.bytes import as_bytes, taking_text
from lenet.theano_compat.python2.data import Data, DataFile, of_caller, with_text

ReadToo: Any = with_text(io.BufferedRandom)
open_python3 = open  # whatever the name stands for later
ENCODING = "latin1"  # a byte a letter, as it was
WRITTEN = {"w", "a", "x", "w+", "a+", "x+", "r+"}  # modes


class ByteFile(io.BufferedWriter):
    """File of bytes that takes text, too."""

    def write(self, data: Any, /) -> int:
        """Write bytes, or text: a byte a letter, or else UTF-8."""
        return super().write(as_bytes(data))


class RandomFile(ReadToo):
    """File of bytes that is read and written, and takes text, too."""

    def write(self, data: Any, /) -> int:
        """Write bytes, or text: a byte a letter, or else UTF-8."""
        written: int = super().write(as_bytes(data))
        return written


class TextFile(io.TextIOWrapper):
    """File of text that takes bytes, too, as they are."""

    def write(self, data: Any, /) -> int:
        """Write text or bytes."""
        if isinstance(data, str):
            return super().write(data)
        if self.readable():
            self.seek(self.tell())  # the buffer is ahead of what has been read
        self.flush()
        return cast(BinaryIO, self.buffer).write(data)


def open_python2(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    **options: Any,
) -> Any:
    """Open a file that takes text and bytes if it is written.

    It gives both if it is read by ``"rb"``. In mode "U", too, and without a buffer; all else is as in Python 3.
    """
    kind = mode.replace("U", "") or "r"
    if kind == "rb" and buffering != 0 and not (encoding or errors or newline):
        return DataFile(io.FileIO(file, "r", **options))
    if "b" in kind and "+" in kind and buffering != 0 and not (encoding or errors or newline):
        return RandomFile(io.FileIO(file, kind.replace("b", ""), **options))
    if buffering == 0 and "b" not in kind:
        buffering = 1
    if (kind in ("r", "rt") or "+" in kind) and encoding is None and errors is None:
        errors = "surrogateescape"  # Python 2 read any bytes
    plain = kind.replace("b", "").replace("t", "")
    if plain not in WRITTEN or buffering == 0:
        return open_python3(file, kind, buffering, encoding, errors, newline, **options)
    if "b" in kind and (encoding or errors or newline):
        return open_python3(
            file, kind, buffering, encoding, errors, newline, **options
        )  # which refuses it
    written = (RandomFile if "+" in plain else ByteFile)(io.FileIO(file, plain, **options))
    if "b" in kind:
        return written
    if encoding is None and errors is None:
        errors = "surrogateescape"  # and wrote them as they were
    return TextFile(written, encoding, errors, newline, line_buffering=buffering == 1)


def of_text_too(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return `tempfile.NamedTemporaryFile` or its like, whose file takes text, too."""

    @wraps(make)
    def made(mode: str = "w+b", *arguments: Any, **options: Any) -> Any:
        holder = make(mode, *arguments, **options)
        file = getattr(holder, "file", holder)
        if not isinstance(file, io.BufferedRandom):
            return holder
        file = RandomFile(file.detach())
        if not hasattr(holder, "file"):
            return file
        holder.file = holder._closer.file = file
        for name in ("read", "readline", "readlines"):  # so that the program is who calls them
            setattr(holder, name, getattr(file, name))
        return holder

    return made


def of_bytes(file: Any) -> Any:
    """Return the file of bytes below one of text, or what else is given."""
    return file.buffer if isinstance(file, io.TextIOWrapper) else file


def from_text_too(function: Callable[..., Any], place: int = 0) -> Callable[..., Any]:
    """Return a function that reads or writes bytes in a file of text, too."""

    @wraps(function)
    def of_any(*values: Any, **options: Any) -> Any:
        return function(*values[:place], *map(of_bytes, values[place:]), **options)

    return of_any


def of_socket(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return `socket.socket.makefile`, whose files of bytes take text, too."""

    @wraps(make)
    def made(self: Any, *arguments: Any, **options: Any) -> Any:
        file = make(self, *arguments, **options)
        kind = {io.BufferedReader: DataFile, io.BufferedWriter: ByteFile}.get(type(file))
        return file if kind is None else kind(file.detach())

    return made


def write_text_too() -> None:
    """Let files of `tempfile`, `os` and sockets take text, and archives lie in it."""
    vars(np).update(load=from_text_too(np.load))
    for archive in (zipfile.ZipFile, tarfile.TarFile):
        archive.__init__ = from_text_too(archive.__init__, 1)  # type: ignore[method-assign]
    os.read, os.write = of_caller(os.read), taking_text(os.write)
    kind: Any = socket.socket
    for name in ("send", "sendall", "sendto"):
        setattr(kind, name, taking_text(getattr(kind, name)))
    kind.recv, kind.makefile = of_caller(kind.recv), of_socket(kind.makefile)
    for name in ("NamedTemporaryFile", "TemporaryFile"):
        setattr(tempfile, name, of_text_too(getattr(tempfile, name)))


class Unpickler(pickle.Unpickler):
    """Reader of what Python 2 has pickled, and of what Python 3 has for it.

    Parameters
    ----------
    file : file
        Of bytes, or of text.
    options
        As of Python's own.
    """

    def __init__(self, file: Any, **options: Any) -> None:
        super().__init__(getattr(file, "buffer", file), **{"encoding": ENCODING, **options})

    def find_class(self, module: str, name: str, /) -> Any:
        """Return what a pickle asks for; Python 3 tells Python 2 how to make its bytes."""
        if (module, name) == ("_codecs", "encode"):
            return text_or_data
        return super().find_class(module, name)


def text_or_data(text: str, encoding: str) -> Any:
    """Return the text of bytes, or bytes that are text, too, if they are no ASCII."""
    return text if text.isascii() else Data(text, encoding)


def load(file: Any, **options: Any) -> Any:
    """Read a pickle from a file, as `pickle.load` of Python 2."""
    return Unpickler(file, **options).load()


def loads(data: Any, **options: Any) -> Any:
    """Read a pickle from bytes or text, as `pickle.loads` of Python 2."""
    return load(io.BytesIO(as_bytes(data)), **options)
