"""docs/flags.md has every flag of every command; `python -m tests.test_flags_guide` writes it.

It is made from the parsers, so that it says what `--help` says.
"""

import argparse
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from lenet.__main__ import COMMANDS
from lenet.graph import command as graph

GUIDE = Path(__file__).parent.parent / "docs" / "flags.md"
BEGINNING = """\
# Flags

All commands with all their flags, as `--help` has them. `lenet train` and `lenet-train` are the same command, and so are the
others; `lenet COMMAND --help` prints what stands here. [Models](models.md), [one's own images](images.md), [several
devices](devices.md) and [the graph](graph.md) explain more.

This page is written by `python -m tests.test_flags_guide`, from the parsers themselves.
"""
HEADER = ["| flag | default | meaning |", "| --- | --- | --- |"]
UNTITLED = ("options", "positional arguments")
EVERYWHERE = {"-h", "--help", "--version", "--help-all"}


def parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the parser of each command, and of each command of lenet-graph, with its summary."""
    for name, command in COMMANDS.items():
        module = "lenet.commands.train_flags" if name == "train" else command.module
        yield command.summary, importlib.import_module(module).make_parser()
        if name == "graph":
            yield from graph_parsers()


def graph_parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for name, command in graph.COMMANDS.items():
        parser = argparse.ArgumentParser(prog=f"{graph.PROGRAM} {name}")
        importlib.import_module(f"lenet.graph.{command.module}").add_arguments(parser)
        yield command.summary, parser


def row(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    """Return the row of a flag, or of an argument that has no flag."""
    formatter = parser._get_formatter()
    values = formatter._format_args(action, action.dest.upper())
    forms = [f"{name} {values}".strip() for name in action.option_strings or [""]]
    names = ", ".join(f"`{form}`" for form in forms).replace("|", r"\|")
    meaning = " ".join(formatter._expand_help(action).split())
    default = "required" if action.required and action.nargs != "*" else ""
    found = re.search(r" ?\(default: ((?:[^()]|\([^()]*\))*)\)", meaning)
    # "(default: frame them)" of a switch is what it is the opposite of, and stays where it is.
    if found and (values or found[1] == "off"):
        default, meaning = found[1], meaning[: found.start()] + meaning[found.end() :]
    elif not found and isinstance(action.default, tuple):
        default = " ".join(map(str, action.default))
    return f"| {names} | {cell(default)} | {cell(meaning)} |"


def cell(text: str) -> str:
    """Return text of a help page as Markdown shows it, its flags as code."""
    escaped = re.sub(r"[*|\\]", r"\\\g<0>", text).replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"(?<![\w-])--\w+", r"`\g<0>`", escaped)


def is_shown(action: argparse.Action) -> bool:
    hidden = action.help in (None, argparse.SUPPRESS)
    return not hidden and not EVERYWHERE & set(action.option_strings)


def guide() -> str:
    """Return the page as the parsers make it; a long table that two commands share stands there once."""
    parts, tables = [BEGINNING], {}
    for summary, parser in parsers():
        end = "" if summary.endswith("?") else "."
        parts.append(f"## {parser.prog}\n\n{summary[0].upper()}{summary[1:]}{end}\n")
        for group in parser._action_groups:
            rows = [row(action, parser) for action in group._group_actions if is_shown(action)]
            if not rows:
                continue
            title = "" if group.title in UNTITLED else f"{group.title[0].upper()}{group.title[1:]}"
            table = "\n".join([*HEADER, *rows]) + "\n"
            first = tables.setdefault(table, parser.prog)
            if first != parser.prog and len(rows) > 4:
                parts.append(f"**{title}**: as of [{first}](#{first.replace(' ', '-')}).\n")
            else:
                parts.extend([f"**{title}**\n", table] if title else [table])
    return "\n".join(parts)


def test_the_page_is_what_the_parsers_say():
    assert GUIDE.read_text() == guide(), "write it anew: python -m tests.test_flags_guide"


def test_every_flag_of_every_command_is_there():
    page = GUIDE.read_text()
    sections = dict(re.findall(r"^## (.*)\n((?:(?!## ).*\n)*)", page, re.MULTILINE))
    for _, parser in parsers():
        text = sections[parser.prog]
        shown = {
            flag
            for part in (text, *(sections[name] for name in re.findall(r"as of \[(.*?)\]", text)))
            for names in re.findall(r"^\| ((?:[^|\\]|\\.)+)", part, re.MULTILINE)
            for flag in re.findall(r"`(--?\w+)", names)
        }
        # What is accepted without a word is the contrary of a switch that no file can turn on.
        actions = [action for action in parser._actions if action.help is not argparse.SUPPRESS]
        flags = {flag for action in actions for flag in action.option_strings}
        assert flags - EVERYWHERE <= shown, parser.prog
        for action in set(parser._actions) - set(actions):
            assert all(flag.startswith("--no_") for flag in action.option_strings)


def test_what_markdown_would_take_for_marks_is_shown_as_it_is():
    parser = argparse.ArgumentParser()
    action = parser.add_argument("--out", metavar="A", help="<time> or *.png of --dir (default: a)")
    assert row(action, parser) == "| `--out A` | a | &lt;time&gt; or \\*.png of `--dir` |"
    action = parser.add_argument("--stretch", action="store_true", help="no (default: a frame)")
    assert row(action, parser) == "| `--stretch` |  | no (default: a frame) |"


if __name__ == "__main__":
    GUIDE.write_text(guide())
