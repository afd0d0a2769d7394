"""Lock on the folder of a run, so that only one process writes there.

It is a lock of the operating system (`flock`) on a file in the folder, and is released when its process ends,
however that happens. The file names the holder of the lock and is removed with it; a file left behind by a
killed process no longer locks anything. filelock, on which PyTensor depends, cannot keep text in its file: it
may empty it when it tries to lock. There is no lock on Windows or on file systems without locks.
"""

import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lenet.errors import CommandError
from lenet.files import make_folder, remove_leftovers
from lenet.runs.names import LOCK, WRITTEN
from lenet.text import shown

if sys.platform != "win32":
    import fcntl

WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)
MAX_BYTES = 500  # that are read to name the holder


@contextmanager
def locked(folder: Path, free_name: bool = False) -> Iterator[Path]:
    """Hold the lock on a folder during a block; create the folder if necessary.

    Temporary files of killed processes are removed from it. A new folder in which nothing was written is
    removed at the end.

    Parameters
    ----------
    folder : Path
    free_name : bool
        If the folder exists, create another one with a number appended to the name.

    Yields
    ------
    Path
        The folder.

    Raises
    ------
    CommandError
        If another process holds the lock, saying which.
    OSError
        Naming the folder, if it cannot be created or written to.
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
                # Before the lock is released, while the file cannot be another process's.
                (folder / LOCK).unlink()
            os.close(handle)
        with suppress(OSError):
            for path in made:
                path.rmdir()  # if it is empty


def make_free_folder(folder: Path) -> list[Path]:
    """Create a folder under a free name; return all folders created, innermost first."""
    made: list[Path] = []
    number = 1
    while True:
        made = make_folder(folder.parent) or made
        chosen = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        try:
            chosen.mkdir()
            return [chosen, *made]
        except FileExistsError:
            number += 1
        except FileNotFoundError:
            continue  # another process has removed the folder above, which it had made


def take(folder: Path) -> int:
    """Take the lock on a folder and return the file descriptor; see `locked`."""
    path = folder / LOCK
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except FileNotFoundError:
            make_folder(folder)  # its maker has removed it again, with nothing written
            continue
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(folder)) from error
        try:
            lock(handle, folder)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), os.stat(path)):
                    os.truncate(handle, 0)
                    os.write(handle, ourselves().encode())
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # the file was another process's, which has just removed it


def lock(handle: int, folder: Path) -> None:
    """Lock an open file, or raise `CommandError` naming the holder of the lock."""
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        text = os.read(handle, MAX_BYTES).decode(errors="replace")
        holder = shown(text) or "another process"
        raise CommandError(
            f"{folder}: in use by {holder}; wait until it has ended, or end it"
        ) from error
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise OSError(error.errno, error.strerror, str(folder)) from error


def ourselves() -> str:
    """Return a description of this process, for others that find the lock taken."""
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"process {os.getpid()} on {socket.gethostname()} since {since}"
