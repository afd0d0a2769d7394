"""Atomic writing of files, and reading of regular files up to a size limit.

A pipe, a device or a socket under the name of a file may have no end, or never yield a byte.
"""

import errno
import io
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

# A temporary name, with dots and digits, must be shorter than the 255 bytes of most file systems.
LETTERS_KEPT = 50
# The digits are random; in earlier versions, they were the process number.
TEMPORARY = re.compile(r"\.(?P<name>.+)\.(\d+|[0-9a-f]{16})\.tmp", re.DOTALL)
# Errors of file systems that cannot sync folders, or where we may not open them.
CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM)
# Windows has neither. Without O_NONBLOCK, `open` would wait for the writer of a pipe.
FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
ATTEMPTS = 10
NOT_REGULAR = "not a regular file but a pipe, a socket or a device"


def write_atomically(path: str | os.PathLike, data: bytes) -> None:
    """Write a file completely or not at all, even if the power fails.

    Raises
    ------
    OSError
        Naming `path`; nothing is left behind then. Also if `path` is a device or a pipe.
    """
    with written_atomically(path) as file:
        file.write(data)


@contextmanager
def written_atomically(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """Lend a file to be written bit by bit, completely or not at all.

    It takes its name once the block has ended without an error.

    Raises
    ------
    OSError
        See `write_atomically`. What the block raises about other files stays as it is.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name[:LETTERS_KEPT]}.{secrets.token_hex(8)}.tmp")
    try:
        refuse_special(path)
        # "x" follows no link and opens no existing file: others may write to the folder, too.
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        own = map(str, (None, path, temporary, path.parent))
        if str(error.filename) not in own:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def append(path: str | os.PathLike, data: bytes) -> None:
    """Append data to a file durably: they survive a power failure.

    Raises
    ------
    OSError
        Naming `path`.
    """
    try:
        with open(path, "ab") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def make_folder(folder: Path) -> list[Path]:
    """Create a folder and its missing parents; return all created, innermost first.

    Raises
    ------
    OSError
        Naming the folder.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for attempt in range(ATTEMPTS):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            break
        except (FileNotFoundError, FileExistsError):
            # Another process has meanwhile removed this folder, or one above, that it had made.
            if attempt == ATTEMPTS - 1:
                raise
    for path in missing:
        with suppress(FileNotFoundError):  # likewise
            sync_folder(path.parent)
    return missing


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the file system supports it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in CANNOT_SYNC:
            raise


def refuse_special(path: Path) -> None:
    """Raise `OSError` if a path to be written is a device, a pipe or a socket."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, NOT_REGULAR, str(path))


def leftovers(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """Yield temporary files that killed processes left behind for these file names."""
    kept = {name[:LETTERS_KEPT] for name in names}
    for path in sorted(folder.iterdir()):
        match = TEMPORARY.fullmatch(path.name)
        if match and match["name"][:LETTERS_KEPT] in kept:
            yield path


def remove_leftovers(folder: Path, names: Iterable[str]) -> None:
    """Remove temporary files of killed processes, as far as that is possible."""
    with suppress(OSError):
        for path in leftovers(folder, names):
            path.unlink()


def open_regular(path: str | os.PathLike, most_bytes: int) -> BinaryIO:
    """Open a regular file, or a link to one, for reading.

    Parameters
    ----------
    path : path-like
    most_bytes : int
        Size limit; see `lenet.limits`.

    Returns
    -------
    file
        Binary, buffered.

    Raises
    ------
    OSError
        If it cannot be opened, is not a regular file, or is too large; `strerror` says which.
    """
    # Checked before opening, because merely opening some devices has an effect, ...
    _refuse_other(os.stat(path), path, most_bytes)
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | FLAGS))  # noqa: SIM115
    try:
        # ... and checked again, because the file may have been replaced meanwhile.
        _refuse_other(os.fstat(file.fileno()), path, most_bytes)
    except OSError:
        file.close()
        raise
    return file


def read_regular(path: str | os.PathLike, most_bytes: int) -> bytes:
    """Read the whole of a regular file, or of a link to one.

    Raises
    ------
    OSError
        See `open_regular`.
    """
    with open_regular(path, most_bytes) as file:
        # Some system files have a size of zero and yet content.
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise _too_large(f"more than {most_bytes:,} bytes", path)
    return data


def read_regular_text(path: str | os.PathLike, most_bytes: int) -> str:
    r"""Read the whole of a regular UTF-8 file, with universal newlines.

    A link to such a file is followed.

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
        raise OSError(errno.EINVAL, NOT_REGULAR, os.fspath(path))
    if status.st_size > most:
        raise _too_large(f"{status.st_size:,} bytes, more than the {most:,} that are read", path)


def _too_large(what: str, path: str | os.PathLike) -> OSError:
    return OSError(errno.EFBIG, what, os.fspath(path))
