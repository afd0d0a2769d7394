"""Suppression of what decoders print about damaged pictures.

It covers Python's warnings, Pillow's log, and what libtiff writes past both of them.

Whatever is wrong with a picture becomes one line of ours.
"""

import logging
import os
import threading
import warnings


class Shared:
    """Context manager shared by threads.

    It begins with the first thread that enters and ends with the last one that leaves.
    """

    def __init__(self) -> None:
        self.lock, self.users = threading.Lock(), 0

    def __enter__(self) -> None:
        with self.lock:
            if not self.users:
                self.begin()
            self.users += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                self.end()

    def begin(self) -> None:
        """Change the state that all threads share."""
        raise NotImplementedError

    def end(self) -> None:
        """Restore the shared state."""
        raise NotImplementedError


class NoWarnings(Shared):
    """Suppression of Python's warnings and of Pillow's log."""

    handler = logging.NullHandler()

    def begin(self) -> None:
        """Ignore warnings; their filters are shared by all threads."""
        self.filters = warnings.catch_warnings(action="ignore")
        self.filters.__enter__()
        logging.getLogger("PIL").addHandler(self.handler)  # else logging prints it

    def end(self) -> None:
        """Restore the filters."""
        logging.getLogger("PIL").removeHandler(self.handler)
        self.filters.__exit__(None, None, None)


class NoMessages(Shared):
    """Suppression of what a C library writes to standard error.

    What other threads write there meanwhile is lost, too: it is for a single call of the library.
    """

    saved: int | None = None

    def begin(self) -> None:
        """Redirect the file descriptor of standard error, if there is one, to nowhere."""
        try:
            self.saved = os.dup(2)
        except OSError:  # closed
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)

    def end(self) -> None:
        """Restore the file descriptor."""
        if self.saved is not None:
            os.dup2(self.saved, 2)
            os.close(self.saved)
            self.saved = None


no_warnings, no_messages = NoWarnings(), NoMessages()
