"""The table of programs: `programs.toml`, read and checked."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from benchmarks.theano_programs.data_files import FORMS
from lenet.errors import DataError

PROGRAMS = Path(__file__).with_name("programs.toml")
GITHUB = re.compile(r"github:(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)@(?P<commit>[0-9a-f]{40})")
PYPI = re.compile(r"pypi:(?P<name>[\w.-]+)==(?P<version>[\w.]+)")


@dataclass(frozen=True)
class Change:
    """A regular expression that is replaced, once or more, in a file of a source."""

    file: str
    pattern: str
    to: str


@dataclass(frozen=True)
class Data:
    """A file of data that a program expects; a path that begins with ``~/`` is in its home folder.

    `train` and `test` are how many examples there are, 0 for all.
    """

    form: str
    path: str
    train: int = 0
    test: int = 0


@dataclass(frozen=True)
class Program:
    """A program, and how to run it.

    Attributes
    ----------
    name : str
    run : list of str
        Script or ``-m MODULE``, and arguments.
    result : str
        Regular expression; the groups of its last match in the output are the result.
    shows : str
        What the result is.
    source : str
        Of the table's sources; empty for a script of ours, in `scripts/`.
    needs : list of str
        Further sources, on the path of imports.
    folder : str
        Where it runs, in the source.
    script : str
        A script of ours that is put there.
    changes, theano_changes : list of Change
        For both, and what Theano on Python 3.7 needs beside.
    data : list of Data
    author : str
        The figure that the author has published.
    flags : str
        THEANO_FLAGS.
    seed : int
        Of NumPy's and Python's own generators when the program starts, whether it sets another or not.
    python2, theano : bool
        Whether it is for Python 2, and whether Theano can run it.
    why : str
        Why Theano can not.
    port : list of str
        Scripts that `lenet port` gets, for the table of ``--port``; what they import goes with them.
    """

    name: str
    run: list[str]
    result: str
    shows: str
    source: str = ""
    needs: list[str] = field(default_factory=list)
    folder: str = "."
    script: str = ""
    changes: list[Change] = field(default_factory=list)
    theano_changes: list[Change] = field(default_factory=list)
    data: list[Data] = field(default_factory=list)
    author: str = ""
    flags: str = ""
    seed: int = 1
    python2: bool = False
    theano: bool = True
    why: str = ""
    port: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Identity of all of this: a result of another entry does not count."""
        fields = {name: value for name, value in asdict(self).items() if name != "port" or value}
        return sha256(repr(fields).encode()).hexdigest()[:12]


def read(path: Path = PROGRAMS) -> tuple[dict[str, str], dict[str, Program]]:
    """Return the sources by their short names, and the programs by theirs.

    Raises
    ------
    DataError
        If the table is not well-formed.
    """
    try:
        content = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    sources = content.get("sources", {})
    for short, address in sources.items():
        if not (GITHUB.fullmatch(address) or PYPI.fullmatch(address.partition("#")[0])):
            raise DataError(
                f"{path}: source {short!r} is {address!r}, expected github:OWNER/NAME@COMMIT (40 digits) or "
                "pypi:NAME==VERSION"
            )
    programs: dict[str, Program] = {}
    for entry in content.get("programs", []):
        where = f"{path}: program {entry.get('name')!r}"
        program = built(Program, entry, where)
        if program.name in programs:
            raise DataError(f"{where} is there twice")
        check(program, sources, where)
        programs[program.name] = program
    return sources, programs


def built(kind: type, entry: Mapping[str, Any], where: str) -> Any:
    """Return a dataclass made of a table of the file."""
    known = {each.name: each for each in fields(kind)}
    needed = {
        name
        for name, each in known.items()
        if each.default is MISSING and each.default_factory is MISSING
    }
    if wrong := sorted(set(entry) - set(known)) or sorted(needed - set(entry)):
        raise DataError(
            f"{where}: {wrong[0]!r} is {'not known' if wrong[0] in entry else 'missing'}"
        )
    parts = {"changes": Change, "theano_changes": Change, "data": Data}
    values = {
        name: [built(parts[name], each, where) for each in value] if name in parts else value
        for name, value in entry.items()
    }
    for name, value in values.items():
        expected = known[name].type
        if not isinstance(
            value, expected if isinstance(expected, type) and expected in (str, int, bool) else list
        ):
            raise DataError(f"{where}: {name} is {value!r}, expected {expected}")
    return kind(**values)


def check(program: Program, sources: Mapping[str, str], where: str) -> None:
    """Refuse a program whose parts do not fit together."""
    for short in [*filter(None, [program.source]), *program.needs]:
        if short not in sources:
            raise DataError(f"{where}: no source {short!r}; expected some of {', '.join(sources)}")
    for each in program.data:
        if each.form not in FORMS:
            raise DataError(f"{where}: no data {each.form!r}; expected some of {', '.join(FORMS)}")
    for pattern in [
        program.result,
        *(each.pattern for each in (*program.changes, *program.theano_changes)),
    ]:
        try:
            re.compile(pattern)
        except re.error as error:
            raise DataError(f"{where}: {pattern!r} is no regular expression ({error})") from error
    for path in paths(program):
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise DataError(f"{where}: {path!r} leads out of the program's folder")


def paths(program: Program) -> Iterable[str]:
    """Yield what must lie in the program's folder."""
    yield from (program.folder, program.script, *program.port)
    yield from (each.file for each in (*program.changes, *program.theano_changes))
    yield from (each.path.removeprefix("~/") for each in program.data)
