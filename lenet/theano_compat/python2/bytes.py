"""Functions of bytes that took text in Python 2, and gave it."""

import array
import base64
import binascii
import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

from lenet.theano_compat.python2.data import Data, with_text
from lenet.theano_compat.python2.streams import StringIO

__all__ = ["FUNCTIONS", "as_bytes", "as_data"]

OF_BYTES: tuple[Callable[..., Any], ...] = (
    *(base64.b64decode, base64.b64encode, base64.decodebytes, base64.encodebytes),
    *(binascii.a2b_hex, binascii.b2a_hex, binascii.crc32, binascii.hexlify, binascii.unhexlify),
    *(struct.pack, struct.unpack, struct.unpack_from),
    *(zlib.adler32, zlib.compress, zlib.crc32, zlib.decompress),
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


def of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of bytes that takes text, too."""

    def taking_text(*values: Any, **options: Any) -> Any:
        return as_data(function(*map(as_bytes, values), **options))

    return taking_text


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
    array.array: new_array,
    io.BytesIO: BytesIO,
    io.StringIO: StringIO,
}
