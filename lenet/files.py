"""Files that are written whole or not at all, and stay written when the power fails."""

import errno
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

# A temporary name, dots, digits and all, is to be below the 255 bytes of most file systems.
LETTERS_KEPT = 50
# Number of the process in earlier versions, now random.
TEMPORARY = re.compile(r"\.(?P<name>.+)\.(\d+|[0-9a-f]{16})\.tmp", re.DOTALL)
# What file systems say that cannot sync a folder, or to whoever may not open it.
CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM)


def write_atomically(path: str | os.PathLike, data: bytes) -> None:
    """Write a file so that its name never stands for half of it, even if the power fails.

    Raises
    ------
    OSError
        Naming `path`; nothing is left behind then. Also where there is a device or a pipe.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name[:LETTERS_KEPT]}.{secrets.token_hex(8)}.tmp")
    try:
        refuse_special(path)
        # "x" follows no link and opens nothing that is there: others may write to the folder, too.
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def append(path: str | os.PathLike, data: bytes) -> None:
    """Write data to the end of a file, where they stay even if the power fails.

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
    """Make a folder, and return it and those above it that were missing, the innermost first.

    Raises
    ------
    OSError
        Naming the folder.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        sync_folder(path.parent)
    return missing


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the file system can say so."""
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
    """Raise `OSError` if there is a device, a pipe or a socket where a file is to be written."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        what = "not a regular file but a pipe, a socket or a device"
        raise OSError(errno.EINVAL, what, str(path))


def leftovers(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """Return the temporary files that killed processes have left of files with some names."""
    kept = {name[:LETTERS_KEPT] for name in names}
    for path in sorted(folder.iterdir()):
        match = TEMPORARY.fullmatch(path.name)
        if match and match["name"][:LETTERS_KEPT] in kept:
            yield path


def remove_leftovers(folder: Path, names: Iterable[str]) -> None:
    """Remove what killed processes have left of files with some names, as far as that is possible."""
    with suppress(OSError):
        for path in leftovers(folder, names):
            path.unlink()
