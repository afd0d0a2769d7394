"""Reports of a port: a summary, and each change as Markdown, HTML or text."""

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from lenet.porting.findings import Change
from lenet.porting.program import Module, Program
from lenet.text import shown, shown_lines

FORMATS = (".md", ".html", ".txt")
MANY = 20
SECTIONS = (
    ("Left to do by hand", "left"),
    ("To check: the meaning has changed", "checks"),
    ("Translated", "changes"),
)


def summary(program: Program, report: Path | None) -> str:
    """Return what has been done, in a few lines."""
    lines = []
    for module, target in zip(program.modules, program.targets, strict=True):
        ported = module.ported
        counts = [f"{len(ported.changes)} changes", f"{len(checks(module))} to check"]
        counts += [f"{len(ported.left)} left to do"] * bool(ported.left)
        lines.append(f"{shown(module.path)} -> {shown(target)}: {', '.join(counts)}")
    for title, found in (
        ("left to do by hand", left_places(program)),
        ("to check", check_places(program)),
    ):
        lines += [f"{title}, marked # PORT: in the programs:"] * bool(found)
        lines += found[:MANY]
        lines += [f"  and {len(found) - MANY} more"] * (len(found) > MANY)
    if report is not None:
        lines.append(f"each change, and why: {shown(report)}")
    return "\n".join(lines)


def checks(module: Module) -> list[str]:
    """Return the different things that are to be checked in a module."""
    return list(dict.fromkeys(change.reasons[0] for change in module.ported.checks))


def left_places(program: Program) -> list[str]:
    """Return a line for each place that is left."""
    return [
        f"  {shown(module.name)}:{change.line}: {'; '.join(map(shown, change.reasons))}"
        for module in program.modules
        for change in module.ported.left
    ]


def check_places(program: Program) -> list[str]:
    """Return a line for each thing to check, with its first place."""
    places: dict[str, list[str]] = {}
    for module in program.modules:
        for change in module.ported.checks:
            places.setdefault(change.reasons[0], []).append(f"{module.name}:{change.line}")
    return [
        f"  {shown(found[0])}{f' and {len(found) - 1} more' if found[1:] else ''}: {note}"
        for note, found in places.items()
    ]


def full_report(program: Program, suffix: str) -> str:
    """Return the report of each change in the format of a suffix, one of `FORMATS`."""
    return {".md": markdown, ".html": html, ".txt": plain}[suffix](program)


def entries(module: Module) -> Iterator[tuple[str, Sequence[Change]]]:
    """Yield the sections of a module's report."""
    for title, name in SECTIONS:
        found: list[Change] = getattr(module.ported, name)
        if found:
            yield title, found


def difference(change: Change) -> str:
    """Return the old lines and the new ones, marked as in a diff."""
    if change.before == change.after:
        return "\n".join(f"  {line}" for line in change.before.split("\n"))
    old = [f"- {line}" for line in change.before.split("\n")] if change.before else []
    new = [f"+ {line}" for line in change.after.split("\n")] if change.after else []
    return shown_lines("\n".join([*old, *new]))


def markdown(program: Program) -> str:
    """Return the report as Markdown."""
    lines = ["# Port to PyTensor", ""]
    for module, target in zip(program.modules, program.targets, strict=True):
        lines += [f"## {shown(module.path)} -> {shown(target)}", ""]
        for title, found in entries(module):
            lines += [f"### {title}", ""]
            for change in found:
                fence = "`" * max(3, 1 + longest_run(change.before + change.after))
                lines += [f"Line {change.line}: {'; '.join(map(shown, change.reasons))}", ""]
                lines += [f"{fence}diff", difference(change), fence, ""]
        if not any(True for _ in entries(module)):
            lines += ["Nothing to change.", ""]
    return "\n".join(lines)


def longest_run(text: str) -> int:
    """Return how many backticks follow one another at most."""
    longest = run = 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    return longest


def plain(program: Program) -> str:
    """Return the report as text."""
    lines = []
    for module, target in zip(program.modules, program.targets, strict=True):
        lines += [f"{shown(module.path)} -> {shown(target)}", ""]
        for title, found in entries(module):
            lines += [title, ""]
            for change in found:
                lines += [f"line {change.line}: {'; '.join(map(shown, change.reasons))}"]
                lines += [difference(change), ""]
    return "\n".join(lines)


STYLE = """\
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
pre { background: #f5f5f5; padding: .5rem .75rem; overflow-x: auto; font-size: 14px; }
.old { color: #8a1c1c; } .new { color: #14532d; }"""


def html(program: Program) -> str:
    """Return the report as a page."""
    parts = []
    for module, target in zip(program.modules, program.targets, strict=True):
        parts.append(f"<h2>{escape(shown(module.path))} → {escape(shown(target))}</h2>")
        for title, found in entries(module):
            parts.append(f"<h3>{title}</h3>")
            for change in found:
                why = escape("; ".join(map(shown, change.reasons)))
                parts.append(f"<p>Line {change.line}: {why}</p><pre>{coloured(change)}</pre>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Port to PyTensor</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>Port to PyTensor</h1>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def coloured(change: Change) -> str:
    """Return a change's old and new lines in two colours."""
    kinds = {"-": "old", "+": "new"}
    return "\n".join(
        f'<span class="{kinds[line[0]]}">{escape(line)}</span>'
        if line[:1] in kinds
        else escape(line)
        for line in difference(change).split("\n")
    )
