"""A program in a folder of its own, run by an interpreter, and what came of it."""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.machine import ROOT
from benchmarks.theano_programs.data_files import written
from benchmarks.theano_programs.entries import Change, Program
from benchmarks.theano_programs.ported import port_in_place
from benchmarks.theano_programs.sources import archive, unpack
from lenet.errors import DataError

SCRIPTS = Path(__file__).with_name("scripts")
THREADS = "2"
SHOWN = 300  # letters of a last line
SEEDED = """\
import random, numpy
random.seed({seed})
numpy.random.seed({seed})
"""


@dataclass(frozen=True)
class Outcome:
    """What a run has given.

    Attributes
    ----------
    result : str
    error : str
        Its last line where it failed.
    wall, cpu : float
        Seconds.
    port : str
        What `lenet port` has done, of the side "after": `benchmarks.theano_programs.ported.summary`.
    again : float
        CPU seconds of a second run, which finds the compiled code of the first; 0 without one.
    """

    result: str
    error: str
    wall: float
    cpu: float
    port: str = ""
    again: float = 0.0


@dataclass(frozen=True)
class Places:
    """Where things are: archives, data sets, results, and an interpreter that has Theano, or None."""

    sources: Path
    data_dir: str | None
    out_dir: Path
    theano: str | None
    timeout: float

    def outputs(self, name: str, side: str) -> Path:
        """Return the file that `benchmarks.theano_programs.traced` writes."""
        return self.out_dir / "output" / f"{name}-{side}.npz"

    def compiled(self, side: str) -> Path:
        """Return the folder of compiled code of "here" or "theano", whose layouts differ."""
        return (self.out_dir / "compiled" / ("theano" if side == "theano" else "here")).resolve()


def measure_twice(
    program: Program, addresses: Mapping[str, str], side: str, places: Places
) -> Outcome:
    """Run a program with no compiled code, and once more with what it has compiled."""
    shutil.rmtree(places.compiled(side), ignore_errors=True)
    first = measure(program, addresses, side, places)
    if first.error:
        return first
    second = measure(program, addresses, side, places)
    error = f"when run again: {second.error}" if second.error else ""
    return replace(first, error=error, again=second.cpu)


def measure(program: Program, addresses: Mapping[str, str], side: str, places: Places) -> Outcome:
    """Run a program on one side: "here", "theano", or "before" and "after" its port.

    Raises
    ------
    DataError
        If a source is missing, or a change does not fit.
    """
    is_theano = side == "theano"
    with TemporaryDirectory(prefix="theano-program-") as scratch:
        work = Path(scratch).resolve()
        (work / "home" / "tmp").mkdir(parents=True)
        root = prepare(program, addresses, is_theano, places, work)
        # Which Python runs before anything else; a user's command imports lenet before NumPy.
        first = "" if is_theano else "import lenet\n"
        (work / "home" / "sitecustomize.py").write_text(first + SEEDED.format(seed=program.seed))
        port = port_in_place(program, root, work / "ported") if side == "after" else ""
        path = [root, *(work / "sources" / short for short in program.needs), work / "home"]
        search = [p / addresses.get(p.name, "").partition("#")[2] for p in path]
        log = places.out_dir / "output" / f"{program.name}-{side}.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        status = run(
            command(program, side, places),
            root / program.folder,
            environment(program, side, places, work, search),
            log,
            places.timeout,
        )
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    output = log.read_text(errors="replace")
    result = result_of(program, output)
    if status is None:
        error = f"stopped after {places.timeout:g} s"
    elif status:
        error = last_line(output) or f"exit status {status}"
    else:
        error = "" if result else "ended without its result"
    return Outcome(result, error, wall, cpu, port)


def prepare(
    program: Program, addresses: Mapping[str, str], is_theano: bool, places: Places, work: Path
) -> Path:
    """Unpack the sources, write the data, make the changes; return the program's own root."""
    folders = {}
    for short in dict.fromkeys([*filter(None, [program.source]), *program.needs]):
        folder = work / "sources" / short
        unpacked = unpack(archive(addresses[short], places.sources), work / "unpacked" / short)
        folder.parent.mkdir(exist_ok=True)
        unpacked.rename(folder)
        folders[short] = folder
    root = folders.get(program.source, work / "sources" / "scripts")
    if not program.source:
        shutil.copytree(SCRIPTS, root)
    if program.script:
        shutil.copy(SCRIPTS / program.script, root / program.folder)
    for each in program.data:
        home = each.path.startswith("~/")
        target = (work / "home" if home else root) / each.path.removeprefix("~/")
        suffix = ".gz" if target.name.endswith("ubyte.gz") else ""
        file = written(
            places.out_dir / "data", each.form, suffix, places.data_dir, each.train, each.test
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy(file, target)
    make_changes(program.name, program.changes, root, folders)
    if is_theano:
        make_changes(program.name, program.theano_changes, root, folders)
        if program.python2:
            convert(root / program.folder, places)
    return root


def make_changes(
    name: str, changes: Iterable[Change], root: Path, folders: Mapping[str, Path]
) -> None:
    """Replace patterns in files; a path that begins with the short name of a source and a colon is there.

    Raises
    ------
    DataError
        If a file is missing or a pattern not found.
    """
    for change in changes:
        short, colon, rest = change.file.partition(":")
        path = folders[short] / rest if colon and short in folders else root / change.file
        try:
            # As bytes would be: line ends and letters of any encoding stay what they are.
            text = path.read_bytes().decode("latin1")
        except OSError as error:
            raise DataError(f"{name}: {change.file} cannot be read ({error.strerror})") from error
        changed, count = re.subn(change.pattern, change.to, text)
        if not count:
            raise DataError(f"{name}: {change.file} has no {change.pattern!r} to change")
        path.write_bytes(changed.encode("latin1"))


def convert(folder: Path, places: Places) -> None:
    """Turn a program for Python 2 into one for Python 3, where it lies."""
    tool = "import sys; from lib2to3.main import main; sys.exit(main('lib2to3.fixes'))"
    done = subprocess.run(
        [str(places.theano), "-c", tool, "-w", "-n", "--no-diffs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DataError(f"2to3 failed ({last_line(done.stderr)})")


def command(program: Program, side: str, places: Places) -> list[str]:
    """Return the words that start a program."""
    if side == "theano":
        return [str(places.theano), *program.run]
    python2 = ["--python2"] * (program.python2 and side != "after")
    module = ["lenet.theano_compat"]
    if side != "here":
        outputs = places.outputs(program.name, side).resolve()
        module = ["benchmarks.theano_programs.traced", str(outputs), side]
    return [sys.executable, "-m", *module, *python2, *program.run]


def environment(
    program: Program, side: str, places: Places, work: Path, path: Iterable[Path]
) -> dict[str, str]:
    """Return the environment of a program."""
    own = [] if side == "theano" else [str(ROOT)]
    flags = [program.flags] if program.flags else []
    if side == "before":  # as a port does: kernels for images of any shape round otherwise
        flags.append("conv.assert_shape=True")
    theirs = []
    if side == "theano":
        # The user's first, such as where a BLAS is: Theano's own search finds none of a package.
        flags = [*filter(None, [os.environ.get("THEANO_FLAGS")]), *flags]
        theirs = [f"base_compiledir={places.compiled(side)}"]
    ours = [f"base_compiledir={places.compiled(side)}"]
    if side == "after":  # as its comments say, for what Theano compiled to C
        ours += ["mode=CVM", *flags]
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONHOME"},
        "HOME": str(work / "home"),
        "TMPDIR": str(work / "home" / "tmp"),
        "FUEL_DATA_PATH": str(work / "home" / "fuel"),
        "FUEL_FLOATX": "float32",
        "KERAS_BACKEND": "theano",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": THREADS,
        "OPENBLAS_NUM_THREADS": THREADS,
        "PYTENSOR_FLAGS": ",".join(ours),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join([*map(str, path), *own]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "THEANO_FLAGS": ",".join([*flags, *theirs]),
    }


def run(
    words: list[str], folder: Path, variables: Mapping[str, str], log: Path, timeout: float
) -> int | None:
    """Return the exit status of a process, or None if it was stopped for its time; its output is in a file."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:  # and whatever it has started
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def result_of(program: Program, output: str) -> str:
    """Return the numbers of the last match of a program's result, or nothing."""
    found = list(re.finditer(program.result, output, re.M))
    return ", ".join(short(group) for group in found[-1].groups() if group) if found else ""


def short(number: str) -> str:
    """Return a number with four digits, anything else as it is."""
    try:
        return f"{float(number):.4g}"
    except ValueError:
        return number


def last_line(output: str) -> str:
    """Return the last line that says something."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:SHOWN] if lines else ""
