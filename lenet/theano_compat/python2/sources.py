"""Programs for Python 2 as they stand, converted in memory, with its division.

What differs in syntax and names is converted by fissix (the extra ``python2``) or by lib2to3, which came with Python up to
3.12; of modules beside the program, and of packages of PYTHONPATH and ``sys.path`` that Python 3 cannot read or import, too.
`trees` has what they leave. Nothing is written.
"""

import ast
import builtins
import io
import logging
import os
import pickle
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, reduce
from importlib import reload
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import decode_source
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from lenet.theano_compat.old_names import changed_programs, imp_module
from lenet.theano_compat.old_names.changed_programs import is_of_package, is_standard
from lenet.theano_compat.python2 import byte_arrays, trees
from lenet.theano_compat.python2.builtins import File
from lenet.theano_compat.python2.data import CONVERTED, give_data
from lenet.theano_compat.python2.files import Unpickler, load, loads, open_python2, write_text_too
from lenet.theano_compat.python2.imports import ENDINGS, BareImports
from lenet.theano_compat.python2.keywords import NAMES as HIDDEN_NAMES
from lenet.theano_compat.python2.keywords import hidden, shown
from lenet.theano_compat.python2.modules import buffer, restore_modules
from lenet.theano_compat.python2.old_modules import hide_old_modules
from lenet.theano_compat.python2.order import compare
from lenet.theano_compat.python2.trees import changed

FUTURE = (
    r"^from\s+__future__\s+import\s+(\([^)]*|[^\n]*)\b"  # and what is imported; 2to3 leaves it out
)
# A program may have one by ``from helpers import *``, where 2to3 does not see that it is imported.
OLD_MODULES = {"__builtin__": builtins, "cPickle": pickle, "cStringIO": io, "StringIO": io}
TESTS = {"test", "tests"}
REMEDY = "--python2 needs the extra python2: pip install 'lenet[python2]'"


class MissingConverterError(ImportError):
    """Neither fissix nor lib2to3 is there."""


def convert(data: bytes, path: str, in_package: bool = False) -> ast.Module:
    """Return the syntax tree, for Python 3, of a program for Python 2.

    Parameters
    ----------
    data : bytes
        The program's text.
    path : str
        For messages.
    in_package : bool
        Whether it is a package's module, whose imports found first what lies beside it. A script's are all absolute, even if
        there is an ``__init__.py`` in its folder.

    Raises
    ------
    MissingConverterError
        If there is nothing that converts.
    SyntaxError
        If it is neither a program for Python 2 nor one for Python 3.
    """
    # Python 2 took a tab for as many blanks as lead to the next multiple of eight.
    lines = decoded(data).removesuffix("\n").split("\n")
    text = "".join(f"{indented(line)}\n" for line in lines)
    CONVERTED.add(path)
    # `itertools` and `types` have their old names again, whatever a program calls them; `builtins` has functions that make lists.
    without = ["filter", "map", "zip", "sorted", "itertools", "itertools_imports", "types"]
    # A class may have a `has_key` and no ``in``; `BareImports` and `OldModules` do what the others are for.
    without += ("has_key", "import", "imports", "imports2", "next", "operator", "urllib")
    _, errors, tokenize = converter()
    with suppress(*errors):  # `refactored` tells them
        text = hidden(text, tokenize.generate_tokens, tokenize.NAME)
    tree = shown(ast.parse(refactored(text, path, without), path))
    tree = changed_programs.changed(tree)
    folder = Path(path).parent
    is_bare = in_package and (folder / "__init__.py").exists()
    if is_bare and not re.search(rf"{FUTURE}absolute_import\b", text, re.MULTILINE):
        tree = BareImports(folder).visit(tree)
    if byte_arrays.names_bytes(data):
        tree = byte_arrays.ByteArrays().visit(tree)
    return changed(tree, bool(re.search(rf"{FUTURE}division\b", text, re.MULTILINE)))


def decoded(data: bytes) -> str:
    """Return a program's text, whose bytes that are no UTF-8 are Latin-1's letters.

    Python 2 decoded nothing that was said to be in UTF-8: a degree sign of another editor in a comment did no harm, and in
    text it was a byte, whose number the letter has.
    """
    try:
        return decode_source(data)
    except UnicodeDecodeError as error:
        if error.encoding != "utf-8":
            raise
        text = data.decode("utf-8", "surrogateescape")
        return decode_source(
            re.sub("[\udc80-\udcff]", lambda byte: chr(ord(byte[0]) - 0xDC00), text).encode()
        )


def indented(line: str) -> str:
    """Return a line with blanks in place of the tabs that it begins with."""
    rest = line.lstrip(" \t\f")
    return line[: len(line) - len(rest)].expandtabs(8) + rest


def refactored(text: str, path: str, without: Sequence[str] = ()) -> str:
    """Return a text with Python 3's syntax and names.

    Without what some fixers do: fissix's ``sorted`` writes ``x.sort(, key=f, cmp=g)``, and takes an axis for a function.

    Raises
    ------
    SyntaxError
        If it is a program for neither.
    """
    tool, errors, _ = converter()
    failure: Any = None
    for options in ({}, {"print_function": True}):
        try:
            return str(tool(tuple(without), **options).refactor_string(text, path))
        except errors as error:
            failure = failure or error
    with suppress(SyntaxError):
        ast.parse(text, path)
        return text
    # A parser's error has a context, a tokenizer's two arguments.
    line, column = failure.context[1] if hasattr(failure, "context") else failure.args[1]
    lines = ["", *text.splitlines()]
    where = (path, line, column, lines[min(line, len(lines) - 1)])
    raise SyntaxError("neither Python 2 nor Python 3", where) from None


@cache
def converter() -> tuple[Callable[..., Any], tuple[type[Exception], ...], ModuleType]:
    """Return what makes a converter, the types of its errors, and its tokenizer.

    Raises
    ------
    MissingConverterError
        If there is none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            from fissix import refactor
            from fissix.pgen2 import tokenize
            from fissix.pgen2.parse import ParseError

            package = "fissix.fixes"
        except ImportError:
            try:
                from lib2to3 import refactor
                from lib2to3.pgen2 import tokenize
                from lib2to3.pgen2.parse import ParseError

                package = "lib2to3.fixes"
            except ImportError as error:
                raise MissingConverterError(REMEDY) from error
    fixers = refactor.get_fixers_from_package(package)
    # A program that logs its own steps means none of the conversion's.
    for name in ("RefactoringTool", f"{refactor.__package__}.pgen2.driver"):
        logging.getLogger(name).disabled = True

    @cache  # to make one takes longer than to convert a small module
    def tool(without: tuple[str, ...], **options: bool) -> Any:
        left = {f"{package}.fix_{name}" for name in without}
        chosen = [fixer for fixer in fixers if fixer not in left]
        return refactor.RefactoringTool(chosen, options)

    return tool, (ParseError, tokenize.TokenError), tokenize


class Python2Loader(SourceFileLoader):
    """Loader of a module for Python 2; it keeps no compiled code, and reads none."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code."""
        path = self.get_filename(fullname)
        tree = convert(self.get_data(path), path, "." in fullname or self.is_package(fullname))
        return compile(tree, path, "exec", dont_inherit=True)


@cache
def is_for_python2(package: Path) -> bool:
    """Return whether Python 3 cannot read or import some module of a package.

    Or a module that is no package. Its tests say nothing of it: runners of tests put their folder on ``sys.path``. Nor does
    an import in a package some of whose modules were written for Python 3.7 and later: it may carry others' modules.
    """
    is_old = False
    files = package.rglob("*.py") if package.is_dir() else [package.with_suffix(".py")]
    for path in files:
        if package in path.parents and TESTS & {*path.relative_to(package).parts[:-1]}:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of escapes
                tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            return True
        except OSError:
            continue
        if "annotations" in future(tree):
            return False
        is_old = is_old or imports_a_neighbour(tree, path)
    return is_old


def imports_a_neighbour(tree: ast.Module, path: Path) -> bool:
    """Return whether a module of a package imports one beside it by its bare name."""
    folder = path.parent
    if not (folder / "__init__.py").exists() or "absolute_import" in future(tree):
        return False
    names = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    return imports_of_its_name(tree, path) or any(
        ((folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists())
        and name not in sys.modules
        and PathFinder.find_spec(name) is None
        # A module that imports its own name means another: pandas' own pyarrow.py imports pyarrow.
        for name in names - {"", path.stem, *sys.builtin_module_names}
    )


def imports_of_its_name(tree: ast.Module, path: Path) -> bool:
    """Return whether a package imports from its module of the same name.

    Such as ``from p import x`` in ``p/__init__.py``, with a ``p/p.py``.

    For Python 3 that is the package itself, which has no `x` yet unless it is a module.
    """
    folder = path.parent
    return (
        path.stem == "__init__"
        and (folder / f"{folder.name}.py").exists()
        and any(
            isinstance(node, ast.ImportFrom)
            and not node.level
            and node.module == folder.name
            and any(
                not any((folder / f"{each.name}{end}").exists() for end in ENDINGS)
                for each in node.names
            )
            for node in tree.body
        )
    )


def future(tree: ast.Module) -> set[str]:
    """Return what a module imports from ``__future__``."""
    return {
        each.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for each in node.names
    }


class Python2Finder(MetaPathFinder):
    """Finder of modules for Python 2: all below a folder, and some libraries.

    Parameters
    ----------
    folder : Path
        The program's.
    libraries : sequence of Path
        Folders of packages. One of whose modules Python 3 cannot read or import is for Python 2, with all that it has.
        Those that the program adds to ``sys.path`` are among them. If the program lies in one, as in ``examples`` of a
        repository, its packages are the program's.
    """

    def __init__(self, folder: Path, libraries: Sequence[Path] = ()) -> None:
        self.folder = folder.resolve()
        self.libraries = [library.resolve() for library in libraries]
        self.path = set(sys.path)
        self.python3 = {name.partition(".")[0] for name in sys.modules}

    def all_libraries(self) -> list[Path]:
        """Return the folders of packages, with those that the program has added."""
        added = [Path(each).resolve() for each in sys.path if each not in self.path]
        return self.libraries + added

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a module, if it lies below the folder."""
        if name.partition(".")[0] == "theano":  # some programs bring one along
            return None
        found = self.converted(PathFinder.find_spec(name, path, target))
        if found is None:
            hide_old_modules()
        return found

    def converted(self, spec: ModuleSpec | None) -> ModuleSpec | None:
        """Return the specification of a module with a loader for Python 2, or none."""
        if (
            spec is None
            or not isinstance(spec.loader, SourceFileLoader)
            or is_standard(spec.loader.path)
        ):
            return None
        package = spec.name.partition(".")[0]
        place = Path(spec.loader.path)
        if is_of_package(place):  # most, and links need not be followed
            return None
        linked, place = place.absolute(), place.resolve()
        if is_of_package(place) or not (
            place.is_relative_to(self.folder)
            or any(
                package not in self.python3
                and any(each.is_relative_to(library) for each in (place, linked))
                and (self.folder.is_relative_to(library) or is_for_python2(library / package))
                for library in self.all_libraries()
            )
        ):
            return None
        spec.loader = Python2Loader(spec.name, spec.loader.path)
        spec.cached = None
        return spec


def install_python2(folder: Path) -> None:
    """Let modules below a folder be for Python 2, and libraries that are.

    Those of PYTHONPATH, and of what the program adds to ``sys.path``, that Python 3 cannot read or import.
    For a process that runs one old program, and no other.
    """
    converter()  # now, rather than in the middle of the program
    libraries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.meta_path.insert(0, Python2Finder(folder, [Path(each) for each in libraries if each]))
    names = {
        **trees.NAMES,
        **byte_arrays.NAMES,
        **OLD_MODULES,
        **changed_programs.NAMES,
        **HIDDEN_NAMES,
        "buffer": buffer,
        "cmp": compare,
        "file": File,
        "open": open_python2,
        # 2to3 converts calls of these, but not all: none of `reduce(f, x).name`.
        "apply": lambda function, arguments=(), options=None: function(*arguments, **options or {}),
        "intern": sys.intern,
        "reduce": reduce,
        "reload": reload,
    }
    for name, value in names.items():
        setattr(builtins, name, value)
    sys.modules["imp"] = imp_module  # Python's own, until 3.12, reads files as they are
    np.set_printoptions(legacy="1.13")
    vars(pickle).update(load=load, loads=loads, Unpickler=Unpickler)
    give_data()
    write_text_too()
    restore_modules()
