"""Scripts by which a shell completes commands, flags and their values."""

import argparse
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lenet.commands.base import Parser
from lenet.errors import CommandError
from lenet.versions import install_extra

SHELLS = ("bash", "zsh", "tcsh")


def completion_script(shell: str, modules: Mapping[str, str]) -> str:
    """Return a script that teaches a shell to complete what is typed after ``lenet``.

    Parameters
    ----------
    shell : {"bash", "zsh", "tcsh"}
    modules : mapping of str to str
        The module of each command.

    Raises
    ------
    CommandError
        If the package shtab is missing.
    """
    try:
        import shtab
    except ImportError as error:
        raise CommandError(
            f"--print-completion needs the package shtab: {install_extra('completion')}"
        ) from error
    root = Parser(prog="lenet")
    commands = root.add_subparsers()
    for name, module in modules.items():
        if name == "graph":
            # Its commands, which nothing else needs all at once, import PyTensor.
            parser = Parser(prog="lenet graph")
            below = parser.add_subparsers()
            for tool, command in importlib.import_module(module).COMMANDS.items():
                each = Parser(prog=f"lenet graph {tool}")
                importlib.import_module(f"lenet.graph.{command.module}").add_arguments(each)
                add_command(below, tool, each, shtab.FILE)
        else:
            found = "lenet.commands.train_flags" if name == "train" else module
            parser = importlib.import_module(found).make_parser()
        add_command(commands, name, parser, shtab.FILE)
    return shtab.complete(root, shell)


def add_command(commands: Any, name: str, parser: argparse.ArgumentParser, files: Any) -> None:
    """Add the parser of a command, whose arguments that are paths complete files."""
    commands.add_parser(name, help="")
    commands.choices[name] = parser
    for action in parser._actions:
        if action.type is Path:
            action.complete = files  # type: ignore[attr-defined]
