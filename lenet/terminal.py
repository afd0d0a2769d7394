"""Standard streams, exit statuses and progress bars of a command line."""

import os
import signal
import sys
import threading
from _thread import interrupt_main
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from lenet.errors import LenetError
from lenet.text import shown, shown_lines

FAILED, INTERRUPTED = 1, 130  # exit statuses
STREAMS = ("stdin", "stdout", "stderr")  # 0, 1 and 2

Item = TypeVar("Item")


def open_closed_streams() -> None:
    """Open the null device in place of closed standard streams.

    Daemons and cron jobs may have closed them. Python then sets the stream to None, which code that writes to
    it does not expect, and the next file to be opened would get the stream's number, so that messages of C
    libraries would go into that file.
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


def run_command(program: str, command: Callable[[], int]) -> int:
    """Run a command and return its exit status; errors of a user become one line.

    Returns
    -------
    int
        What the command returns; 1 if it failed, with the reason on standard error; 130 after Ctrl-C.
    """
    open_closed_streams()
    with suppress(AttributeError):
        # Characters that the terminal cannot encode must not end the program.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        with interrupts_kept():
            return run_reporting(program, command)
    except KeyboardInterrupt:
        with suppress(KeyboardInterrupt):  # pressed once more
            complain(program, "interrupted")
        return INTERRUPTED
    finally:
        with suppress(AttributeError, RuntimeError):  # a private name, which raises during exit
            threading._register_atexit(ignore_interrupts)  # type: ignore[attr-defined]


@contextmanager
def interrupts_kept() -> Iterator[None]:
    """Keep Ctrl-C from getting lost where Python cannot raise, as in `__del__`.

    It is sent again a moment later, in place of Python's traceback.
    """
    before = sys.unraisablehook

    def once_more(unraisable: "sys.UnraisableHookArgs") -> None:
        if unraisable.exc_type is KeyboardInterrupt:
            threading.Timer(0.1, interrupt).start()  # after the code that cannot raise
        else:
            before(unraisable)

    sys.unraisablehook = once_more
    try:
        yield
    finally:
        sys.unraisablehook = before


def interrupt() -> None:
    """Send Ctrl-C to the main thread."""
    main = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)  # also wakes it, if it waits
    else:
        interrupt_main()


def ignore_interrupts() -> None:
    """Ignore Ctrl-C during exit.

    All has been said by then, and libraries take little time at the end of a process.
    """
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_reporting(program: str, command: Callable[[], int]) -> int:
    """Run a command and report its errors; see `run_command`."""
    try:
        return command()
    except LenetError as error:
        complain(program, error)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not is_current_folder_there():
            complain(program, "the current folder has been removed; change to one that is there")
        else:
            complain(program, f"{error.filename}: {error.strerror}" if error.filename else error)
    except MemoryError:
        complain(program, "not enough memory: choose a smaller --lwidth or --batch_size")
    except RuntimeError as error:
        if "can't start new thread" not in str(error):
            raise
        complain(program, "no thread can be started: raise the limits of memory or of processes")
    except Exception as error:
        if type(error).__name__ != "CompileError":  # PyTensor's, which may not have been imported
            raise
        lines = str(error).splitlines()
        reason = next((line.strip() for line in lines if "error" in line), "it does not say why")
        complain(
            program,
            f"the C++ compiler has failed ({reason}); the code is in the temporary file named above, and "
            '"lenet graph doctor" looks for what is wrong',
        )
    return FAILED


def is_current_folder_there() -> bool:
    """Return whether the current folder still exists."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def say(text: str) -> None:
    """Print at once, even into a pipe, with unprintable characters escaped.

    Line breaks are kept: a name that may contain some belongs through `shown`.

    Raises
    ------
    OSError
        Naming standard output, if that is a closed pipe or a full disk.
    """
    try:
        print(shown_lines(text), flush=True)
    except OSError as error:
        # The rest of the buffer is discarded: the interpreter would fail to write it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise OSError(error.errno, error.strerror, "standard output") from error


def complain(program: str, reason: object) -> None:
    """Print a reason on standard error, as one line."""
    open_closed_streams()  # if sys.stderr were None, print would write to standard output
    print(shown(f"{program}: {reason}"), file=sys.stderr, flush=True)


def progress(items: Collection[Item], description: str, unit: str) -> Iterator[Item]:
    """Yield items with a progress bar, if standard error is a terminal."""
    from tqdm import tqdm

    yield from tqdm(items, desc=description, unit=unit, leave=False, disable=None)
