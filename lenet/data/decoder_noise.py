"""Silence about damaged pictures: Python's warnings, Pillow's log, and what libtiff writes past both of them.

Whatever is wrong with a picture becomes one line of ours.
"""

import logging
import os
import threading
import warnings


class Shared:
    """A context that any number of threads may be in: it begins with the first and ends with the last."""

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
        """Change what belongs to all threads."""
        raise NotImplementedError

    def end(self) -> None:
        """Put it back."""
        raise NotImplementedError


class NoWarnings(Shared):
    """Keeps warnings and Pillow's log from the terminal."""

    handler = logging.NullHandler()

    def begin(self) -> None:
        """Ignore warnings, whose filters belong to all threads."""
        self.filters = warnings.catch_warnings(action="ignore")
        self.filters.__enter__()
        logging.getLogger("PIL").addHandler(self.handler)  # else logging prints it

    def end(self) -> None:
        """Put the filters back."""
        logging.getLogger("PIL").removeHandler(self.handler)
        self.filters.__exit__(None, None, None)


class NoMessages(Shared):
    """Keeps from the terminal what a C library writes to standard error, which Python has no say in.

    What other threads write there meanwhile is lost, too: it is for a single call of the library.
    """

    saved: int | None = None

    def begin(self) -> None:
        """Point the file descriptor of standard error to nowhere, if there is one."""
        try:
            self.saved = os.dup(2)
        except OSError:  # closed
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)

    def end(self) -> None:
        """Point it to where it was."""
        if self.saved is not None:
            os.dup2(self.saved, 2)
            os.close(self.saved)
            self.saved = None


no_warnings, no_messages = NoWarnings(), NoMessages()
