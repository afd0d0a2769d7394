"""Bytes that a program for Python 2 reads, where they were text as well.

What it reads of a file that was opened with ``"rb"``, or of one that `gzip` or `bz2` has compressed, is bytes, for `pickle`, `struct` and NumPy, and has
the methods of text, which give text. Libraries, whose code is no program for Python 2, read plain bytes.
"""

import bz2
import gzip
import io
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

__all__ = ["CONVERTED", "Data", "DataFile", "for_caller", "give_data", "of_caller", "with_text"]

# Files whose programs have been converted.
CONVERTED: set[str] = set()
# Methods of text that take no text, or that text takes.
OF_TEXT = (
    "capitalize center count endswith expandtabs find format index isalnum isalpha isdigit islower isspace isupper ljust lower "
    "lstrip partition replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title "
    "upper zfill __lt__ __le__ __gt__ __ge__ __mod__ __rmod__"
)


ARCHIVES: dict[type, tuple[str, ...]] = {
    tarfile.ExFileObject: ("read", "readline"),
    zipfile.ZipExtFile: ("read", "readline"),
    zipfile.ZipFile: ("read",),
}


class Data(bytes):
    """Bytes that are text, too: of UTF-8, where they are compared and split."""

    def __str__(self) -> str:
        """Return the text."""
        return self.decode(errors="surrogateescape")

    def __repr__(self) -> str:
        """Return the text as a program writes it."""
        return repr(str(self))

    def __reduce__(self) -> tuple[type, tuple[bytes]]:
        """Return what a pickle has: plain bytes."""
        return bytes, (bytes(self),)

    def __getitem__(self, index: Any) -> Any:
        """Return one letter or a part."""
        if isinstance(index, slice):
            return Data(super().__getitem__(index))
        return Data(super().__getitem__(slice(index, index + 1 or None)))

    def __iter__(self) -> Iterator[Any]:
        """Go through the letters."""
        return (Data((each,)) for each in super().__iter__())

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same text or the same bytes."""
        return str(self) == other if isinstance(other, str) else super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        """Return whether it is other text or other bytes."""
        return not self == other

    def __hash__(self) -> int:
        """Return the hash of the text."""
        return hash(str(self))

    def __contains__(self, part: Any) -> bool:
        """Return whether a text or bytes are in it."""
        return part in str(self) if isinstance(part, str) else super().__contains__(part)

    def __add__(self, other: Any) -> Any:
        """Return it with a text, as text, or with bytes, as bytes."""
        return str(self) + other if isinstance(other, str) else Data(super().__add__(other))

    def __radd__(self, other: Any) -> Any:
        """Return it after a text, as text, or after bytes, as bytes."""
        return other + str(self) if isinstance(other, str) else Data(other + bytes(self))

    def __mul__(self, times: Any) -> Any:
        """Return it several times."""
        return Data(super().__mul__(times))

    __rmul__ = __mul__

    def join(self, parts: Any) -> Any:
        """Return parts with it between them."""
        parts = list(parts)
        if all(isinstance(each, bytes) for each in parts):
            return Data(super().join(parts))
        return str(self).join(str(each) for each in parts)


def of_text(name: str) -> Callable[..., Any]:
    """Return a method of text for bytes."""

    def method(self: Data, *arguments: Any, **options: Any) -> Any:
        arguments = tuple(
            str(each)
            if isinstance(each, Data)
            else each.decode()
            if isinstance(each, bytes)
            else each
            for each in arguments
        )
        return getattr(str(self), name)(*arguments, **options)

    return method


for name in OF_TEXT.split():
    setattr(Data, name, of_text(name))


def for_caller(data: Any) -> Any:
    """Return bytes as `Data` if the code that reads them is a program for Python 2."""
    if isinstance(data, bytes) and sys._getframe(2).f_code.co_filename in CONVERTED:
        return Data(data)
    return data


def with_text(kind: Any) -> Any:
    """Return a class of binary files that are read as text, too, and take text."""

    class TextToo(kind):
        def write(self, data: Any) -> Any:
            return super().write(
                data.encode(errors="surrogateescape") if isinstance(data, str) else data
            )

        def read(self, size: int | None = -1) -> Any:
            return for_caller(super().read(size))

        def readline(self, size: int | None = -1) -> Any:
            return for_caller(super().readline(size))

        def readlines(self, hint: int = -1) -> Any:
            lines = super().readlines(hint)
            return list(
                map(for_caller, lines)
            )  # a comprehension would be a caller up to Python 3.11

        def __next__(self) -> Any:
            line = super().readline()
            if not line:
                raise StopIteration
            return for_caller(line)

    TextToo.__name__ = TextToo.__qualname__ = kind.__name__
    return TextToo


DataFile = with_text(io.BufferedReader)


def of_caller(read: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that gives a program what it can take for text, too."""

    @wraps(read)
    def reading(*arguments: Any, **options: Any) -> Any:
        return for_caller(read(*arguments, **options))

    return reading


def give_data() -> None:
    """Let archives and compressed files give a program what it can take for text, too."""
    for kind, names in ARCHIVES.items():
        for name in names:
            setattr(kind, name, of_caller(getattr(kind, name)))
    gzip.GzipFile = with_text(gzip.GzipFile)  # type: ignore[misc]
    bz2.BZ2File = with_text(bz2.BZ2File)  # type: ignore[misc]
