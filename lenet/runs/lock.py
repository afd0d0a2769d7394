"""The lock on the folder of a run: only one process writes there.

It is the operating system's (`flock`) on a file in the folder, and ends with its process, however that
ends. The file, which says who holds the lock, is removed with it; what a killed process leaves of it is
no lock any more. filelock, on which PyTensor depends, keeps no text in its file: it may empty it as it
looks. Windows, and file systems without locks, have none here.
"""

import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from lenet.errors import CommandError
from lenet.files import make_folder, remove_leftovers
from lenet.runs.names import LOCK, WRITTEN
from lenet.text import shown

if sys.platform != "win32":
    import fcntl

WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
MOST_BYTES = 500  # of what is read of a holder


@contextmanager
def locked(folder: Path, free_name: bool = False) -> Iterator[Path]:
    """Hold the lock on a folder, which is made if need be and removed if nothing was written there.

    What killed processes have left there under temporary names is removed.

    Parameters
    ----------
    folder : Path
    free_name : bool
        If there is one of that name, make one with a number behind it.

    Yields
    ------
    Path
        The folder.

    Raises
    ------
    CommandError
        If another process holds it, saying which.
    OSError
        Naming the folder, if it cannot be made or written to.
    """
    made = make_free_folder(folder) if free_name else make_folder(folder)
    folder = made[0] if free_name else folder
    handle = None
    try:
        handle = take(folder)
        remove_leftovers(folder, WRITTEN)
        yield folder
    finally:
        if handle is not None:
            with suppress(OSError):
                (folder / LOCK).unlink()  # before the lock ends: it is not yet another's
            os.close(handle)
        with suppress(OSError):
            for path in made:
                path.rmdir()  # if it is empty


def make_free_folder(folder: Path) -> list[Path]:
    """Make a folder of a name that is free, and return it and those above it that were missing."""
    above = make_folder(folder.parent)
    for number in count(1):
        chosen = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        with suppress(FileExistsError):
            chosen.mkdir()
            return [chosen, *above]
    raise AssertionError("numbers do not end")


def take(folder: Path) -> int:
    """Take the lock on a folder and return its file; see `locked`."""
    path = folder / LOCK
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except FileNotFoundError:
            make_folder(folder)  # whoever has made it found nothing to write
            continue
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(folder)) from error
        try:
            lock(handle, folder)
            if os.path.exists(path) and os.path.samestat(os.fstat(handle), os.stat(path)):
                os.truncate(handle, 0)
                os.write(handle, ourselves().encode())
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # its holder has just removed it


def lock(handle: int, folder: Path) -> None:
    """Lock an open file, or raise `CommandError` with the name of who holds it."""
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        text = os.read(handle, MOST_BYTES).decode(errors="replace")
        holder = shown(text) or "another process"
        raise CommandError(
            f"{folder}: in use by {holder}; wait until it has ended, or end it"
        ) from error
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise OSError(error.errno, error.strerror, str(folder)) from error


def ourselves() -> str:
    """Return who this process is, for others."""
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"process {os.getpid()} on {socket.gethostname()} since {since}"
