"""Standard streams, exit statuses and progress bars of a command line."""

import os
import signal
import sys
import threading
from _thread import interrupt_main
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Any, TypeVar

from lenet.errors import LenetError
from lenet.text import shown, shown_lines

if TYPE_CHECKING:
    from tqdm import tqdm

# Exit statuses; the last is that of Unix tools whose reader has gone, as `head` does.
FAILED, INTERRUPTED, BROKEN_PIPE = 1, 130, 141
STREAMS = ("stdin", "stdout", "stderr")  # 0, 1 and 2
STANDARD_OUTPUT = "standard output"

Item = TypeVar("Item")
_is_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


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
        What the command returns; 1 if it failed, with the reason on standard error; 130 after Ctrl-C;
        141, without a word, if nobody reads standard output any more.
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
        flush_output()
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


@contextmanager
def interrupts_counted() -> Iterator[list[int]]:
    """Lend a list that Ctrl-C lengthens, so that a block can end where it is whole.

    Pressed once more, it raises KeyboardInterrupt. Outside of the main thread, nothing is changed.
    """
    pressed: list[int] = []

    def count(number: int, frame: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    try:
        before = signal.signal(signal.SIGINT, count)
    except ValueError:  # not in the main thread
        yield pressed
        return
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


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
    except BrokenPipeError as error:
        if error.filename in (None, STANDARD_OUTPUT):
            return BROKEN_PIPE
        complain(program, f"{error.filename}: {error.strerror}")
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


def discard(stream: IO[str]) -> None:
    """Let all that is, and will be, written to a standard stream go nowhere.

    Else the interpreter would try to write the rest of its buffer at exit, and fail.
    """
    with suppress(OSError, ValueError):  # a stream without a file, as in tests
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def flush_output() -> None:
    """Write what standard output still holds, if anybody reads it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
    except (AttributeError, OSError, ValueError):  # none, a full disk, a closed one
        pass


@contextmanager
def quiet(is_quiet: bool) -> Iterator[None]:
    """Print nothing but warnings and errors in a block, if so asked."""
    before = _is_quiet.set(is_quiet)
    try:
        yield
    finally:
        _is_quiet.reset(before)


def say(text: str) -> None:
    """Print at once, even into a pipe, with unprintable characters escaped.

    Line breaks are kept: a name that may contain some belongs through `shown`. Nothing is printed within
    `quiet`.

    Raises
    ------
    OSError
        Naming standard output, if that is a closed pipe or a full disk.
    """
    if _is_quiet.get():
        return
    try:
        print(shown_lines(text), flush=True)
    except OSError as error:
        discard(sys.stdout)
        raise OSError(error.errno, error.strerror, STANDARD_OUTPUT) from error


def complain(program: str, reason: object) -> None:
    """Print a reason on standard error, as one line."""
    open_closed_streams()  # if sys.stderr were None, print would write to standard output
    try:
        print(shown(f"{program}: {reason}"), file=sys.stderr, flush=True)
    except BrokenPipeError:  # there is nobody to be told
        discard(sys.stderr)


def progress_bar(iterable: Any = None, **keywords: Any) -> "tqdm":
    """Return a progress bar for a terminal or a notebook; silent within `quiet`."""
    from tqdm import tqdm

    elsewhere = False if in_notebook() else None  # None: not if it is no terminal
    return tqdm(iterable, leave=False, disable=_is_quiet.get() or elsewhere, **keywords)


def in_notebook() -> bool:
    """Return whether a notebook shows what is written."""
    kernel = sys.modules.get("ipykernel.kernelapp")
    return kernel is not None and kernel.IPKernelApp.initialized()


def epoch_progress(batches: Iterable[Item], epoch: int, steps: int) -> Generator[Item, None, None]:
    """Yield the batches of an epoch with a progress bar."""
    yield from progress_bar(batches, desc=f"epoch {epoch}", total=steps, unit="step")


def progress(items: Collection[Item], description: str, unit: str) -> Iterator[Item]:
    """Yield items with a progress bar; see `progress_bar`."""
    yield from progress_bar(items, desc=description, unit=unit)
