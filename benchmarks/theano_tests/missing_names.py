"""Placeholders for names of Theano that tests import and that are not here.

A test file that imports a rewriting of graphs by name would else stop as a whole. What a placeholder stands for
cannot be used: a test that calls it, or asks for an attribute, fails.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any


class Placeholder(type):
    """Class of names that are missing; they can be imported and given to ``isinstance``, and nothing else."""

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        raise NotImplementedError(f"{cls.__name__} is not in lenet.theano_compat")

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotImplementedError(f"{cls.__name__}, of which {name} is asked, is not here")


def put_placeholders(test_file: Path, folder: Path, seen: set[Path]) -> None:
    """Put placeholders for what a test file imports from Theano's modules, and what its helpers import.

    Parameters
    ----------
    test_file : Path
    folder : Path
        Where the package ``theano`` of tests lies.
    seen : set of Path
        Files that have been read; this one is added.
    """
    if test_file in seen or not test_file.exists():
        return
    seen.add(test_file)
    for node in ast.parse(test_file.read_bytes()).body:
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("theano"):
            continue
        helper = folder.joinpath(*str(node.module).split("."))
        put_placeholders(helper.with_suffix(".py"), folder, seen)
        for alias in node.names:
            put_placeholders(helper / f"{alias.name}.py", folder, seen)
        if "tests" in helper.parts[len(folder.parts) :] or helper.name == "tests":
            continue
        try:
            module = import_module(str(node.module))
        except ImportError:
            continue
        for alias in node.names:
            if alias.name != "*" and not has(module, alias.name, helper):
                setattr(module, alias.name, Placeholder(alias.name, (), {}))


def has(module: Any, name: str, helper: Path) -> bool:
    """Return whether a module has a name, or a folder of tests of that name."""
    if (helper / name).is_dir():
        return True
    try:
        getattr(module, name)
    except (AttributeError, ImportError):
        return False
    return True
