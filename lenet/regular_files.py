"""Opening files that are to be read: regular ones only, of a bounded size.

A pipe, a device or a socket under the name of a file may have no end, or never give a byte.
"""

import errno
import io
import os
import stat
from typing import BinaryIO

# Windows has neither; a pipe without a writer would keep `open` waiting.
FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def open_regular(path: str | os.PathLike, most_bytes: int) -> BinaryIO:
    """Open a regular file, or a link to one, for reading.

    Parameters
    ----------
    path : path-like
    most_bytes : int
        Size of the largest file that is accepted; see `lenet.limits`.

    Returns
    -------
    file
        In binary, buffered.

    Raises
    ------
    OSError
        If it cannot be opened, is no regular file, or a larger one; `strerror` says which.
    """
    # Looked at before it is opened, which by itself makes some devices do something, ...
    _refuse_other(os.stat(path), path, most_bytes)
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | FLAGS))  # noqa: SIM115
    try:
        # ... and once more, as another file may have taken its place.
        _refuse_other(os.fstat(file.fileno()), path, most_bytes)
    except OSError:
        file.close()
        raise
    return file


def read_regular(path: str | os.PathLike, most_bytes: int) -> bytes:
    """Read a regular file, or a link to one, whole.

    Raises
    ------
    OSError
        See `open_regular`.
    """
    with open_regular(path, most_bytes) as file:
        # Some files of the system claim no bytes and have many.
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise _too_large(f"more than {most_bytes:,} bytes", path)
    return data


def read_regular_text(path: str | os.PathLike, most_bytes: int) -> str:
    r"""Read a regular file of UTF-8, or a link to one, whole; all ends of lines become ``\n``.

    Raises
    ------
    OSError
        See `open_regular`.
    UnicodeDecodeError
        If it is not UTF-8.
    """
    with io.TextIOWrapper(io.BytesIO(read_regular(path, most_bytes)), encoding="utf-8") as text:
        return text.read()


def _refuse_other(status: os.stat_result, path: str | os.PathLike, most: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        what = "not a regular file but a pipe, a socket or a device"
        raise OSError(errno.EINVAL, what, os.fspath(path))
    if status.st_size > most:
        raise _too_large(f"{status.st_size:,} bytes, more than the {most:,} that are read", path)


def _too_large(what: str, path: str | os.PathLike) -> OSError:
    return OSError(errno.EFBIG, what, os.fspath(path))
