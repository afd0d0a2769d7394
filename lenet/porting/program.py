"""Programs of several modules: which there are, where they go, and their port."""

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from lenet import limits
from lenet.errors import CommandError
from lenet.porting.findings import Change, Ported
from lenet.porting.python2 import changed_lines, python3_text
from lenet.porting.rewriting import port
from lenet.porting.source import SourceError, Text, parsed, read_text
from lenet.text import shown

SUFFIX = "_pytensor"
CONVERTED = "Python 3's syntax and names"


@dataclass(frozen=True)
class Module:
    """A module of a program, and what has become of it.

    Parameters
    ----------
    path : Path
    name : str
        Its path from the program's folder on.
    original : Text
    ported : Ported
    """

    path: Path
    name: str
    original: Text
    ported: Ported

    @property
    def is_changed(self) -> bool:
        """Whether the port differs."""
        return self.ported.text != self.original.text

    def diff(self, target: Path) -> str:
        """Return the unified diff of the original and the port."""
        old, new = (
            text.removesuffix("\n").split("\n") for text in (self.original.text, self.ported.text)
        )
        return "\n".join(unified_diff(old, new, shown(self.path), shown(target), lineterm=""))


@dataclass(frozen=True)
class Program:
    """Modules, with where each goes.

    Parameters
    ----------
    modules : list of Module
    targets : list of Path
    report : Path
        Where the report goes if nothing else is said.
    """

    modules: list[Module]
    targets: list[Path]
    report: Path


def port_program(
    scripts: Sequence[Path], output: Path | None = None, is_python2: bool = False
) -> Program:
    """Port scripts, or folders, with the modules beside them that they import.

    Nothing is written.

    Parameters
    ----------
    scripts : sequence of Path
    output : Path, optional
        File of the result, which ends with .py, or its folder; by default ``NAME_pytensor.py`` beside a script, or the folder ``NAME_pytensor``
        where modules beside it change, too. Modules that do not change go with a script to another folder.
    is_python2 : bool

    Raises
    ------
    CommandError, SourceError
        In one line.
    """
    folder, trees = gather(scripts, is_python2)
    paths = list(trees)
    is_single = len(scripts) == 1 and not scripts[0].is_dir()
    taken = taken_names(trees)

    def ported_modules(is_moved: bool) -> list[Module]:
        return [
            ported_module(
                path,
                folder,
                is_python2,
                is_moved,
                taken[name_of(path)],
                is_in_package(path, scripts),
            )
            for path in paths
        ]

    modules = ported_modules(is_moved=False)
    if is_single and not any(module.is_changed for module in modules[1:]):
        target = file_target(scripts[0], output)
        beside = scripts[0].resolve().parent
        if target.parent.resolve() == beside:
            return Program(modules[:1], [target], target.with_suffix(".md"))
        if folder == beside:  # what the program imports goes with it
            modules = ported_modules(is_moved=True)
            copies = [target.parent / path.resolve().relative_to(folder) for path in paths[1:]]
            return Program(modules, [target, *copies], target.with_suffix(".md"))
    if output is None:
        if len(scripts) > 1:
            raise CommandError("several programs: expected -o with the folder that they go to")
        name = scripts[0].resolve().stem if is_single else scripts[0].resolve().name
        output = scripts[0].resolve().parent / f"{name}{SUFFIX}"
        output = scripts[0].parent / output.name if scripts[0].name else output
    if output.suffix == ".py" or output.is_file():
        count = f"a program of {len(paths)} modules" if len(paths) > 1 else "a folder"
        raise CommandError(f"-o {shown(output)}: {count} goes to a folder, not to a file")
    modules = ported_modules(is_moved=True)
    targets = [output / path.resolve().relative_to(folder) for path in paths]
    return Program(modules, targets, output / "PORT.md")


def file_target(script: Path, output: Path | None) -> Path:
    """Return where a single script goes."""
    if output is None:
        return script.with_name(f"{script.stem}{SUFFIX}.py")
    return output if output.suffix == ".py" or output.is_file() else output / script.name


def gather(scripts: Sequence[Path], is_python2: bool) -> tuple[Path, dict[Path, ast.Module]]:
    """Return a program's folder, and its modules' syntax trees, the scripts first.

    Raises
    ------
    CommandError
        If a script is none, or there are too many modules.
    """
    for script in scripts:
        if not script.exists():
            raise CommandError(f"{shown(script)}: there is no such file or folder")
    roots = [path if path.is_dir() else path.parent for path in scripts]
    folder = common_folder([root.resolve() for root in roots])
    found: dict[Path, Path] = {}
    trees: dict[Path, ast.Module] = {}
    waiting = [
        path
        for script in scripts
        for path in (modules_below(script) if script.is_dir() else [script])
    ]
    if not waiting:
        raise CommandError(f"{shown(scripts[0])}: no Python programs in this folder")
    while waiting:
        path = waiting.pop(0)
        if path.resolve() in found:
            continue
        found[path.resolve()] = path
        if len(found) > limits.PROGRAM_MODULES:
            raise CommandError(f"more than {limits.PROGRAM_MODULES} modules: name fewer at a time")
        text = read_text(path).text
        if is_python2:
            text = python3_text(text, shown(path), is_in_package(path, scripts))
        tree = parsed(text, shown(path))
        trees[path] = tree
        waiting += imported(tree, path, roots)
    outside = [path for path in found if not path.is_relative_to(folder)]
    if outside:
        folder = common_folder([folder, *(path.parent for path in outside)])
    return folder, trees


def is_in_package(path: Path, scripts: Sequence[Path]) -> bool:
    """Return whether a module may import those beside it by a dot.

    One beside a script may not, whatever ``__init__.py`` says.
    """
    beside = {script.resolve().parent for script in scripts if script.is_file()}
    return path.resolve().parent not in beside


def common_folder(folders: Sequence[Path]) -> Path:
    """Return the innermost folder that has all of these."""
    first = folders[0]
    return next(
        each for each in (first, *first.parents) if all(f.is_relative_to(each) for f in folders)
    )


def modules_below(folder: Path) -> list[Path]:
    """Return the programs in a folder and in those below it; no hidden ones, no links."""
    return [
        path
        for path in sorted(folder.rglob("*.py"))
        if path.is_file()
        and not path.is_symlink()
        and not any(
            part.startswith(".") or part == "site-packages"
            for part in path.relative_to(folder).parts
        )
    ]


def imported(tree: ast.Module, path: Path, roots: Sequence[Path]) -> Iterator[Path]:
    """Yield the modules that a module imports from beside it or the scripts."""
    everywhere = list(dict.fromkeys([path.parent, *roots]))
    for node in ast.walk(tree):
        bases = everywhere
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = path.parent
                for _ in range(node.level - 1):
                    base = base.parent
                bases = [base]
            module = node.module or ""
            below = [f"{module}.{alias.name}".lstrip(".") for alias in node.names]
            names = [name for name in (module, *below) if name]
        else:
            continue
        for base in bases:
            for name in names:
                yield from module_files(base, name.split("."))


def name_of(path: Path) -> str:
    """Return the last part of a module's name."""
    return path.resolve().parent.name if path.name == "__init__.py" else path.stem


def taken_names(trees: Mapping[Path, ast.Module]) -> defaultdict[str, set[str]]:
    """Return names that modules take from each other, by the other's last name."""
    taken: defaultdict[str, set[str]] = defaultdict(set)
    nodes = {path: list(ast.walk(tree)) for path, tree in trees.items()}
    used = {node.id for each in nodes.values() for node in each if isinstance(node, ast.Name)}
    for path, own in nodes.items():
        imports = [node for node in own if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = {
            alias.asname or alias.name.rpartition(".")[2]: alias.name.rpartition(".")[2]
            for node in imports
            for alias in node.names
        }
        if path.name == "__init__.py":  # others than these may take them, too
            taken[name_of(path)] |= {a.asname or a.name for node in imports for a in node.names}
        for node in own:
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                package = "" if node.module else path.resolve().parent.name
                module = (node.module or package).rpartition(".")[2]
                taken[module] |= used if "*" in names else names
            elif isinstance(node, ast.Attribute):
                base = node.value
                name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
                taken[modules.get(name, "")].add(node.attr)
    return taken


def module_files(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """Yield the files that an import of a dotted name reads, below a folder."""
    for number, part in enumerate(parts):
        package = folder / part / "__init__.py"
        module = folder / f"{part}.py"
        if package.is_file():
            yield package
        elif module.is_file():
            if number in (0, len(parts) - 1):
                yield module
            return
        folder = folder / part  # a package needs no __init__.py


def ported_module(
    path: Path,
    folder: Path,
    is_python2: bool,
    is_moved: bool,
    taken: Collection[str],
    in_package: bool,
) -> Module:
    """Return a module after its port.

    Raises
    ------
    SourceError
        If it is no program.
    """
    original = read_text(path)
    text = original.text
    if is_python2:
        text = python3_text(text, shown(path), in_package)
    ported = port(text, shown(path), is_python2, is_moved, taken)
    if is_python2:
        converted = [
            Change(line, before, after, [CONVERTED])
            for line, before, after in changed_lines(original.text, text)
        ]
        ported.changes[:] = sorted([*ported.changes, *converted], key=lambda change: change.line)
        lines = original_lines(original.text, text)
        for changes in (ported.changes, ported.checks, ported.left):
            changes[:] = [replace(each, line=lines[each.line - 1]) for each in changes]
    try:
        original.encoded(ported.text)
    except UnicodeEncodeError as error:
        raise SourceError(f"{shown(path)}: {error}") from error
    return Module(path, str(path.resolve().relative_to(folder)), original, ported)


def original_lines(old: str, new: str) -> list[int]:
    """Return, for each line of a converted text, the number of the line that it was."""
    before, after = old.split("\n"), new.split("\n")
    numbers = [1] * (len(after) + 1)
    for _, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for j in range(j1, j2):
            numbers[j] = min(i1 + j - j1, max(i2 - 1, i1)) + 1
    return numbers
