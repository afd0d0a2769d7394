"""Functions of bytes that took text in Python 2, and gave it."""

import array
import base64
import binascii
import bz2
import ctypes
import hmac
import io
import quopri
import struct
import zlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from lenet.theano_compat.python2.data import Data, with_text
from lenet.theano_compat.python2.streams import StringIO

__all__ = ["FUNCTIONS", "as_bytes", "as_data", "taking_text"]

OF_BYTES: tuple[Callable[..., Any], ...] = (
    *(base64.b16decode, base64.b16encode, base64.b32decode, base64.b32encode),
    *(base64.b64decode, base64.b64encode, base64.decodebytes, base64.encodebytes),
    *(base64.standard_b64decode, base64.standard_b64encode),
    *(base64.urlsafe_b64decode, base64.urlsafe_b64encode),
    *(binascii.a2b_base64, binascii.b2a_base64, binascii.a2b_qp, binascii.b2a_qp),
    *(binascii.a2b_hex, binascii.b2a_hex, binascii.a2b_uu, binascii.b2a_uu),
    *(binascii.crc32, binascii.crc_hqx, binascii.hexlify, binascii.unhexlify),
    *(bz2.compress, bz2.decompress),
    *(ctypes.c_char_p, ctypes.create_string_buffer),
    hmac.compare_digest,
    *(quopri.decodestring, quopri.encodestring),
    *(struct.pack, struct.pack_into, struct.unpack, struct.unpack_from),
    *(zlib.adler32, zlib.compress, zlib.crc32, zlib.decompress),
)
# What makes objects whose methods do so.
MAKING: tuple[Callable[..., Any], ...] = (
    *(bz2.BZ2Compressor, bz2.BZ2Decompressor, hmac.new, struct.Struct),
    *(zlib.compressobj, zlib.decompressobj),
)


def as_bytes(value: Any) -> Any:
    """Return text as bytes: a byte a letter, or else UTF-8."""
    if not isinstance(value, str):
        return value
    try:
        return value.encode("latin1")
    except UnicodeEncodeError:
        return value.encode(errors="surrogateescape")


def as_data(value: Any) -> Any:
    """Return bytes that are text, too."""
    if isinstance(value, tuple):
        return tuple(map(as_data, value))
    return Data(value) if type(value) is bytes else value


def taking_text(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of bytes that takes text, too."""

    @wraps(function)
    def taking(*values: Any, **options: Any) -> Any:
        given = {name: as_bytes(value) for name, value in options.items()}
        return function(*map(as_bytes, values), **given)

    return taking


def of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of bytes that takes text, too, and gives it."""
    taking = taking_text(function)
    return lambda *values, **options: as_data(taking(*values, **options))


class OfText:
    """Object whose methods take text for bytes, and give it.

    Parameters
    ----------
    thing : object
        Whose methods take bytes.
    """

    def __init__(self, thing: Any) -> None:
        self._thing = thing

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._thing, name)
        if not callable(value):
            return as_data(value)
        if name == "copy":
            return lambda: OfText(value())
        return of_text(value)


def making(function: Callable[..., Any]) -> Callable[..., OfText]:
    """Return a function that makes such objects of those with methods of bytes."""
    taking = taking_text(function)
    return lambda *values, **options: OfText(taking(*values, **options))


def new_array(typecode: str, values: Any = ()) -> Any:
    """Return ``array.array(typecode, values)``; letters (c) are small integers."""
    return array.array("B" if typecode == "c" else typecode, as_bytes(values))


class BytesIO(with_text(io.BytesIO)):  # type: ignore[misc]
    """File of bytes in memory that takes text, too.

    Parameters
    ----------
    initial_bytes : bytes or str
    """

    def __init__(self, initial_bytes: Any = b"") -> None:
        super().__init__(as_bytes(initial_bytes))

    def getvalue(self) -> Any:
        """Return all that there is."""
        return as_data(super().getvalue())


FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    **{each: of_text(each) for each in OF_BYTES},
    **{each: making(each) for each in MAKING},
    array.array: new_array,
    io.BytesIO: BytesIO,
    io.StringIO: StringIO,
}
