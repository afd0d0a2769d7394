"""Files in memory, which held what was written into them, text or bytes."""

import io
from collections.abc import Iterator
from typing import Any

from lenet.theano_compat.python2.data import Data

__all__ = ["StringIO"]


class StringIO:
    """File in memory, of text until bytes are written into it.

    Parameters
    ----------
    buf : str or bytes
        What can be read from it.
    """

    def __init__(self, buf: Any = "") -> None:
        is_text = not isinstance(buf, bytes | bytearray | memoryview)
        self.held: Any = io.StringIO(str(buf)) if is_text else io.BytesIO(buf)

    def write(self, data: Any) -> Any:
        """Write text or bytes."""
        is_bytes = isinstance(self.held, io.BytesIO)
        if isinstance(data, str):
            return self.held.write(data.encode() if is_bytes else data)
        if not is_bytes:
            written, place = self.held.getvalue().encode(), self.held.tell()
            self.held = io.BytesIO(written)
            self.held.seek(place)
        return self.held.write(data)

    def writelines(self, lines: Any) -> None:
        """Write some texts."""
        for line in lines:
            self.write(line)

    def read(self, size: int | None = -1) -> Any:
        """Read text, or bytes that are text, too."""
        return as_data(self.held.read(size))

    def readline(self, size: int | None = -1) -> Any:
        """Read a line."""
        return as_data(self.held.readline(size))

    def readlines(self, hint: int = -1) -> list[Any]:
        """Read all lines."""
        return [as_data(line) for line in self.held.readlines(hint)]

    def getvalue(self) -> Any:
        """Return all that there is."""
        return as_data(self.held.getvalue())

    def reset(self) -> None:
        """Go to the beginning."""
        self.held.seek(0)

    @property
    def len(self) -> int:
        """Return the length of all that there is."""
        return len(self.held.getvalue())

    def __iter__(self) -> Iterator[Any]:
        """Go through the lines."""
        return self

    def __next__(self) -> Any:
        """Read a line."""
        return as_data(next(self.held))

    next = __next__

    def __enter__(self) -> "StringIO":
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.held.close()

    def __getattr__(self, name: str) -> Any:
        """Return what a file in memory has otherwise."""
        return getattr(self.held, name)


def as_data(value: Any) -> Any:
    """Return bytes that are text, too, or text."""
    return Data(value) if isinstance(value, bytes) else value
