"""Standard streams of a process that was started without some of them, as daemons and cron jobs are."""

import os
import sys

STREAMS = ("stdin", "stdout", "stderr")  # 0, 1 and 2


def open_closed_streams() -> None:
    """Open the null device where standard input, output or error is closed.

    Python then has None in its place, which those who write to it do not expect; and the next file that is
    opened would get its number, so that messages of C libraries went into that file.
    """
    closed = [name for name in STREAMS if getattr(sys, name) is None]
    if not closed:
        return
    for number in range(len(STREAMS)):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            os.set_inheritable(number, True)  # for compilers and other children
    for name in closed:
        mode = "r" if name == "stdin" else "w"
        setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, until the end
