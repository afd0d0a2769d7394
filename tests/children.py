"""Processes that tests start: they hear Ctrl-C, whatever this one ignores, and none outlives its time."""

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 300


@contextmanager
def child(command: list, seconds: float = SECONDS, **options: object) -> Iterator[subprocess.Popen]:
    """Start a process with pipes for its output, and end it with the block or after some seconds."""
    process = start(command, seconds, **options)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def start(command: list, seconds: float = SECONDS, **options: object) -> subprocess.Popen:
    """Start a process with pipes for its output, which is killed after some seconds."""
    # A handler, unlike SIG_IGN, is not inherited: nohup and a shell's "&" would have this one ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        process = subprocess.Popen(
            command,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options},
        )
    finally:
        signal.signal(signal.SIGINT, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    limit = threading.Timer(seconds, process.kill)
    limit.daemon = True
    limit.start()
    return process


def finish(process: subprocess.Popen, seconds: float = SECONDS) -> tuple[int, str, str]:
    """Wait for the end of a process and return its status, output and errors."""
    try:
        output, errors = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return process.returncode, output, errors
