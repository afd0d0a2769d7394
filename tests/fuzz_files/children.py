"""Readers in children of a warm process: forked for each case, with limits, watched by an audit hook."""

import gc
import hashlib
import io
import os
import re
import resource
import select
import shutil
import signal
import stat
import sys
import tempfile
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

MAX_BYTES = 2 << 30  # of memory in use at a time
MAX_ADDRESSES = 8 << 30  # beyond those that the warm process has; claimed, but perhaps never used
MAX_WRITTEN = 256 << 20
CPU_SECONDS = 20
WALL_SECONDS = 60
IDLE_SECONDS = 6  # asleep, without a moment of computation
POLL_MILLISECONDS = 10

TRACEBACK, WRONG, FORBIDDEN = 90, 91, 92
# What says that memory was asked for before a claim was looked at, and was not there.
WANT_OF_MEMORY = re.compile(r"not enough memory|MemoryError|Unable to allocate|than memory is left")
# They turn the order of what is read around, or break lines.
ODD_FORMAT = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

EXECUTING = frozenset(
    (
        *(
            "os.system",
            "os.exec",
            "os.fork",
            "os.forkpty",
            "os.posix_spawn",
            "os.spawn",
            "pty.spawn",
        ),
        *("subprocess.Popen", "os.kill", "os.killpg", "ctypes.dlopen", "webbrowser.open"),
        *("pickle.find_class", "os.putenv", "os.unsetenv"),
    )
)
CHANGING = frozenset(
    (
        *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"),
        *("os.chmod", "os.chown", "os.utime", "shutil.rmtree", "shutil.move", "shutil.copyfile"),
    )
)
CONNECTING = frozenset(("socket.connect", "socket.bind", "socket.sendto"))
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What Python itself and its libraries are made of.
READABLE = (
    *{sys.prefix, sys.base_prefix, str(ROOT / "lenet"), str(ROOT / "tests")},
    *("/proc", "/sys", "/dev/null", "/dev/urandom", "/usr", "/etc", "/lib"),
)


class WrongResult(BaseException):
    """A file that should have been refused was taken, or taken for something else."""


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    Attributes
    ----------
    fault : str
        What went wrong; empty if the reader held.
    detail : str
    accepted : bool
        Whether the reader has taken the files.
    output, errors : str
        What it has said.
    """

    fault: str
    detail: str
    accepted: bool
    output: str
    errors: str


@dataclass(frozen=True)
class Places:
    """The folders of a case: what is read, where results may go, and for temporary files.

    Attributes
    ----------
    root : Path
    shared : Path
        What all cases of a kind begin with; it may be read.
    """

    root: Path
    shared: Path

    @property
    def inputs(self) -> Path:
        """Where the files are."""
        return self.root / "in"

    @property
    def results(self) -> Path:
        """The current folder, and the home, of the reader."""
        return self.root / "out"

    @property
    def temporary(self) -> Path:
        """Where temporary files go, which must go again."""
        return self.root / "tmp"

    def renew(self) -> None:
        """Empty all of them."""
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in (self.inputs, self.results, self.temporary):
            folder.mkdir(parents=True)


@contextmanager
def places() -> Iterator[Places]:
    """Make folders for cases, in memory where there is a file system for that."""
    memory = "/dev/shm"
    where = memory if os.access(memory, os.W_OK) else None
    root = tempfile.mkdtemp(prefix="fuzz-files-", dir=where)
    try:
        found = Places(Path(root, "case"), Path(root, "shared"))
        found.shared.mkdir()
        yield found
    finally:
        shutil.rmtree(root, ignore_errors=True)


class Children:
    """Runs a reader in children, one for each case.

    Parameters
    ----------
    read : callable (Places) -> int
        Returns the exit status; prints as the command line does. `WrongResult` says that what it has
        read is not what it should be.
    where : Places
    leaves : sequence of str
        Patterns of the names that may lie in the folder of results afterwards.
    says : str
        Pattern of lines that the reader may print beside the one of its failure.
    starts : sequence of str
        A command that the reader may start; it may then fork in place of that, too.
    """

    def __init__(
        self,
        read: Callable[[Places], int],
        where: Places,
        leaves: tuple[str, ...] = (),
        says: str = "$^",
        starts: tuple[str, ...] = (),
    ) -> None:
        self.read, self.where = read, where
        self.leaves, self.says, self.starts = leaves, re.compile(says), starts
        names = ("output", "errors", "report")
        self.files = {name: os.memfd_create(name) for name in names}
        gc.collect()
        gc.freeze()  # else each child would copy all pages that a collection touches

    def run(self) -> Outcome:
        """Read the files that lie in the folder of inputs, in a child."""
        for file in self.files.values():
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
        before = snapshot(self.where.inputs)
        held = set(snapshot(self.where.results))
        child = os.fork()
        if not child:
            self._be_child()
        status, fault = watch(child)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it may have started
        said = {name: contents(file) for name, file in self.files.items()}
        output, errors = (decoded(said[name]) for name in ("output", "errors"))
        fault, detail = fault or self._fault(status, output, errors, decoded(said["report"]))
        if not fault:
            fault, detail = self._traces(before, held)
        return Outcome(fault, detail or last_line(errors), status == 0, output, errors)

    def _be_child(self) -> None:
        """Read, and end."""
        status = TRACEBACK
        try:
            os.setsid()
            status = self._confined()
        except SystemExit as error:
            status = error.code if isinstance(error.code, int) else 1
        except WrongResult as error:
            os.write(self.files["report"], str(error).encode(errors="backslashreplace"))
            status = WRONG
        except BaseException:
            status = TRACEBACK
            with suppress(BaseException):
                traceback.print_exc()
        finally:
            with suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _confined(self) -> int:
        """Read under limits."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, file in enumerate((nothing, self.files["output"], self.files["errors"])):
            os.dup2(file, number)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8")
        sys.stderr = io.TextIOWrapper(
            io.FileIO(2, "w", closefd=False), "utf-8", "backslashreplace", line_buffering=True
        )
        os.chdir(self.where.results)
        for name, folder in (("HOME", self.where.results), ("TMPDIR", self.where.temporary)):
            os.environ[name] = str(folder)
        tempfile.tempdir = str(self.where.temporary)
        sys.dont_write_bytecode = True
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        addresses = pages * resource.getpagesize() + MAX_ADDRESSES
        limits = {
            resource.RLIMIT_AS: addresses,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_CPU: CPU_SECONDS,
            resource.RLIMIT_FSIZE: MAX_WRITTEN,
        }
        for limit, value in limits.items():
            resource.setrlimit(limit, (value, value))
        sys.addaudithook(watchman(self.where, self.starts, self.files["report"]))
        return self.read(self.where)

    def _fault(self, status: int, output: str, errors: str, report: str) -> tuple[str, str]:
        """Return what went wrong by what a child has said, and its last words; nothing if it held."""
        lines = [line for line in errors.split("\n") if line and not self.says.fullmatch(line)]
        if status == FORBIDDEN:
            return "executes or touches what it must not", report
        if status == WRONG:
            return "wrong result", report
        if status < 0:
            return f"crash by {signal.Signals(-status).name}", last_line(errors)
        if status == TRACEBACK or "Traceback (most recent call last)" in errors:
            return "traceback", last_line(errors)
        if WANT_OF_MEMORY.search(errors):
            return "asks for more memory than there is", last_line(errors)
        if status and len(lines) != 1:
            return f"{len(lines)} lines in place of one", " | ".join(lines)
        odd = next(filter(is_control, output + errors), None)
        if odd is not None:
            return "a control character on the terminal", repr(odd)
        return "", ""

    def _traces(self, before: dict[bytes, Any], held: set[bytes]) -> tuple[str, str]:
        """Return what a child has changed or left behind that it must not; nothing if it held."""
        after = snapshot(self.where.inputs)
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) != after.get(name):
                return "an input has changed", repr(name)
        left = [*snapshot(self.where.temporary), *snapshot(self.where.results).keys() - held]
        for name in left:
            if not any(fnmatch(os.fsdecode(name), pattern) for pattern in self.leaves):
                return "left something behind", repr(name)
        return "", ""


def watch(child: int) -> tuple[int, tuple[str, str] | None]:
    """Wait for a child and return its status, negative for a signal; end it if it exceeds a limit."""
    began = active = time.monotonic()
    computed, fault = "", None
    handle = os.pidfd_open(child)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        while not poll.poll(POLL_MILLISECONDS):
            now, (memory, state, ticks) = time.monotonic(), usage(child)
            if ticks != computed or state not in "SD":
                computed, active = ticks, now
            if memory > MAX_BYTES:
                fault = "more than 2 GB of memory", ""
            elif now - active > IDLE_SECONDS or now - began > WALL_SECONDS:
                fault = f"hangs: still there after {now - began:.0f} s", ""
            if fault:
                os.kill(child, signal.SIGKILL)
                break
    finally:
        os.close(handle)
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if fault is None and used.ru_maxrss * 1024 > MAX_BYTES:
        fault = "more than 2 GB of memory", ""
    if fault is None and code in (-signal.SIGXCPU, -signal.SIGKILL):
        fault = f"hangs: {used.ru_utime + used.ru_stime:.0f} s of computation", ""
    return code, fault


def usage(process: int) -> tuple[int, str, str]:
    """Return the bytes in memory, the state and the computing time of a process and those it has started."""
    try:
        resident = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        started = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except (OSError, IndexError):
        return 0, "Z", ""
    memory, ticks = resident * resource.getpagesize(), f"{fields[11]} {fields[12]}"
    others = [usage(int(each)) for each in started]
    return (
        memory + sum(each[0] for each in others),
        fields[0],
        " ".join([ticks, *(each[2] for each in others)]),
    )


def watchman(where: Places, starts: tuple[str, ...], report: int) -> Callable[[str, tuple], None]:
    """Return an audit hook that ends the process if anything is executed, or touched elsewhere."""
    writable, readable = (str(where.root),), (str(where.shared), *READABLE)

    def is_within(path: Any, *places: str) -> bool:
        whole = os.path.abspath(os.fsdecode(path))
        return whole.startswith((*writable, *places))

    def hook(event: str, arguments: tuple) -> None:
        if event == "open":
            path, mode, flags = arguments
            if isinstance(path, int):
                return
            writes = bool(flags & WRITING) or any(letter in (mode or "r") for letter in "wax+")
            harmless = is_within(path, *((os.devnull,) if writes else readable))
        elif event in EXECUTING:
            forks = event == "os.fork"
            started = event == "subprocess.Popen" and tuple(arguments[1]) == starts
            harmless = bool(starts) and (forks or started)
        elif event in CHANGING:
            paths = [a for a in arguments if isinstance(a, str | bytes | os.PathLike)]
            harmless = all(is_within(path) for path in paths)
        elif event in CONNECTING:
            harmless = arguments[1][0] == "127.0.0.1"
        else:
            return
        if not harmless:
            os.write(report, f"{event} {arguments!r}"[:500].encode(errors="backslashreplace"))
            os._exit(FORBIDDEN)

    return hook


def snapshot(folder: Path) -> dict[bytes, Any]:
    """Return the files, links and folders below a folder, with what they hold."""
    found: dict[bytes, Any] = {}
    top = os.fsencode(folder)
    for here, folders, names in os.walk(top):
        for name in [*folders, *names]:
            path = os.path.join(here, name)
            status = os.lstat(path)
            what: Any = None
            if stat.S_ISREG(status.st_mode) and status.st_size > MAX_WRITTEN:
                what = status.st_size, status.st_blocks
            elif stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    what = hashlib.file_digest(file, "md5").digest()
            elif stat.S_ISLNK(status.st_mode):
                what = os.readlink(path)
            found[os.path.relpath(path, top)] = (status.st_mode, what)
    return found


def contents(file: int) -> bytes:
    """Return the beginning of what a file in memory holds."""
    return os.pread(file, 1 << 20, 0)


def decoded(data: bytes) -> str:
    """Return bytes as text, in which those that are none are control characters."""
    return data.decode(errors="surrogateescape")


def is_control(letter: str) -> bool:
    """Return whether a character does something to a terminal, but for a line's end."""
    return letter != "\n" and (unicodedata.category(letter) in ("Cc", "Cs") or letter in ODD_FORMAT)


def last_line(text: str) -> str:
    """Return the last line that is not empty."""
    return next((line for line in reversed(text.split("\n")) if line.strip()), "")
