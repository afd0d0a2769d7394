"""ES modules joined to one script, which a page can have within it.

Of the language of modules a small part is used, which is checked: ``import { names } from "./file.js";``, also of
other folders, and ``export`` before a function, a class or a constant. Each module becomes a function that returns
what it exports.
"""

import re
from pathlib import Path

IMPORT = re.compile(
    r'^import \{([^}]*)\} from "(\.{1,2}/(?:[\w.-]+/)*[\w-]+\.js)";\n', re.MULTILINE
)
EXPORT = re.compile(
    r"^export ((?:async )?function\*?|class|const) ([A-Za-z_$][\w$]*)", re.MULTILINE
)
# What of the language of modules is left over, at the beginning of a line.
REST = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
# What would end the script, or begin a comment, in HTML.
UNSAFE = re.compile(r"</script|<!--|<script", re.IGNORECASE)


def bundled(folder: Path, entry: str) -> str:
    """Return a script that does what a module does, with all that it imports.

    Parameters
    ----------
    folder : Path
        Of the module.
    entry : str
        Name of its file.

    Raises
    ------
    ValueError
        Naming the file, if one has another form of import or export, imports itself by way of others, has the
        name of another one, or holds text that a script in HTML cannot.
    """
    done: dict[str, Path] = {}
    texts: list[str] = []

    def add(path: Path, importers: tuple[str, ...]) -> None:
        name = path.name
        if name in importers:
            raise ValueError(f"{name}: imports itself, by way of {', '.join(importers)}")
        if name in done:
            if path != done[name]:
                raise ValueError(f"{name}: two modules of this name, {path} and {done[name]}")
            return
        source = path.read_text(encoding="utf-8")
        for _, other in IMPORT.findall(source):
            add((path.parent / other).resolve(), (*importers, name))
        done[name] = path
        texts.append(as_function(name, source))

    add((folder / entry).resolve(), ())
    return '"use strict";\n' + "\n".join(texts)


def as_function(name: str, source: str) -> str:
    """Return a module as a constant that holds what it exports."""
    if unsafe := UNSAFE.search(source):
        raise ValueError(f"{name}: {unsafe[0]!r} cannot be in a script in HTML")
    exported = [match[2] for match in EXPORT.finditer(source)]
    body = IMPORT.sub(
        lambda match: f"const {{{names(match[1])}}} = {variable(Path(match[2]).name)};\n", source
    )
    body = EXPORT.sub(r"\1 \2", body)
    if rest := REST.search(body):
        raise ValueError(f"{name}: {rest[0]!r}, expected imports and exports of names")
    return f"// {name}\nconst {variable(name)} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();"


def variable(name: str) -> str:
    """Return the name of the constant of a module."""
    return f"${name.removesuffix('.js').replace('-', '_')}"


def names(imported: str) -> str:
    """Return imported names as those of a pattern: "a as b" is "a: b" there."""
    return " " + re.sub(r"(\w+)\s+as\s+(\w+)", r"\1: \2", " ".join(imported.split())) + " "
