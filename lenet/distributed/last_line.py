"""The last line of a process that trains among hosts, whoever ends it.

JAX ends a process that has lost the others by `abort`, in a thread of its own, with a stack trace; and
while it waits for them, Python runs no handler of signals. So what libraries below Python print is
kept, and both kinds of end are seen where they come.
"""

import ctypes
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import NoReturn

from lenet.terminal import FAILED, complain

# In what JAX prints before it ends a process that has lost the others.
JAX_SERVICE = "JAX distributed service"


class LastLine:
    """Ends this process with one line when it is interrupted, or JAX aborts it.

    Parameters
    ----------
    program : str
        Whose errors there are.
    folder : Path
        A temporary one, to be removed.

    Attributes
    ----------
    lost : str
        What to say if JAX has lost the other hosts.
    advice : str
        What can be done then; may be empty.
    """

    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder = program, folder
        self.lost, self.advice = "", ""
        self.ending = threading.RLock()
        self.log = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115, until the end
        divert_libraries(self.log.fileno())
        self.receiver, self.sender = socket.socketpair()
        self.sender.setblocking(False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # the thread below acts at once
        signal.set_wakeup_fd(self.sender.fileno())
        threading.Thread(target=self.end_with_signal, daemon=True).start()
        self.handler = ctypes.CFUNCTYPE(None, ctypes.c_int)(self.end_with_abort)
        ctypes.CDLL(None).signal(int(signal.SIGABRT), self.handler)

    def text(self, reason: str) -> str:
        """Return a reason with the advice, if there is some."""
        return f"{reason}; {self.advice}" if self.advice else reason

    def claim(self) -> None:
        """Keep all other threads from ending the process: it is this one that says why."""
        self.ending.acquire()

    def end(self, status: int, reason: str = "") -> NoReturn:
        """End the process, after a line if it has not been said why.

        Only the first call counts.
        """
        self.claim()
        if reason:
            complain(self.program, self.text(reason))
        shutil.rmtree(self.folder, ignore_errors=True)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)

    def end_with_signal(self) -> None:
        """Wait for Ctrl-C or SIGTERM, and end the process."""
        number = self.receiver.recv(1)[0]
        self.end(128 + number, "interrupted")

    def end_with_abort(self, _number: int) -> None:
        """End the process that a library has aborted."""
        self.log.seek(0)
        printed = self.log.read().strip()
        last = printed.rpartition("\n")[2]
        self.end(FAILED, self.lost if JAX_SERVICE in printed else f"aborted by a library ({last})")


def divert_libraries(log: int) -> None:
    """Redirect the output of libraries below Python to an open file.

    Python's own streams stay as they are.
    """
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    for stream in (1, 2):
        os.dup2(log, stream)
