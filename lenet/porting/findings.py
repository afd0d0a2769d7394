"""Findings of a port: changes, what to check, what is left, and comments."""

import textwrap
from dataclasses import dataclass, field

from lenet.porting.rules import NOTES
from lenet.porting.source import Source, parsed

MARK, BY_HAND = "# PORT: ", "by hand: "
COMMENT_WIDTH = 100


@dataclass(frozen=True)
class Change:
    """A statement before and after the port.

    Parameters
    ----------
    line : int
        In the old program, from 1 on.
    before, after : str
        Its lines.
    reasons : list of str
        Why, or what to check, or what is left to do.
    """

    line: int
    before: str
    after: str
    reasons: list[str]


@dataclass
class Ported:
    """A program after the port.

    Parameters
    ----------
    text : str
    changes, checks, left : list of Change
        What was translated; what has changed its meaning; what was not translated.
    """

    text: str
    changes: list[Change] = field(default_factory=list)
    checks: list[Change] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)


class Findings:
    """Reasons for edits, what to check and what is left, by statement.

    Parameters
    ----------
    source : Source
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.reasons: dict[int, list[str]] = {}
        self.notes: dict[str, list[int]] = {}
        self.left: dict[int, list[str]] = {}

    def because(self, line: int, reason: str) -> None:
        """Note why a line is edited."""
        reasons = self.reasons.setdefault(self.source.logical_line(line)[0], [])
        if reason not in reasons:
            reasons.append(reason)

    def check(self, line: int, note: str) -> None:
        """Note what to check at a line."""
        lines = self.notes.setdefault(NOTES.get(note, note), [])
        first = self.source.logical_line(line)[0]
        if first not in lines:
            lines.append(first)

    def by_hand(self, line: int, what: str) -> None:
        """Note what is left to do at a line."""
        found = self.left.setdefault(self.source.logical_line(line)[0], [])
        if what not in found:
            found.append(what)

    def result(self, path: str) -> Ported:
        """Return the text with all edits and comments, and what has been changed."""
        ported = Ported("")
        for line, reasons in sorted(self.reasons.items()):
            ported.changes.append(self.change(line, reasons))
        for note, lines in self.notes.items():
            for line in sorted(lines):
                ported.checks.append(self.change(line, [note]))
        for line, reasons in sorted(self.left.items()):
            ported.left.append(self.change(line, reasons))
        ported.checks.sort(key=lambda change: change.line)
        comments: dict[int, list[str]] = {}
        for note, lines in self.notes.items():
            comments.setdefault(min(lines), []).append(note)
        for line, reasons in self.left.items():
            comments.setdefault(line, []).extend(f"{BY_HAND}{reason}" for reason in reasons)
        for line, texts in comments.items():
            begin = self.source.starts[line - 1]
            marks = "".join(comment(text, self.source.indent(line)) for text in texts)
            self.source.replace(begin, begin, marks, (begin, len(self.source.text) + 2))
        ported.text = self.source.edited()
        parsed(ported.text, path)
        return ported

    def change(self, line: int, reasons: list[str]) -> Change:
        """Return what has become of the statement that begins in a line."""
        first, last = self.source.logical_line(line)
        before = "\n".join(self.source.lines[first - 1 : last])
        return Change(first, before, self.source.edited(first, last).rstrip("\n"), reasons)


def comment(text: str, indent: str) -> str:
    """Return the lines of a comment on what follows."""
    width = max(COMMENT_WIDTH - len(indent.expandtabs()), 40)
    lines = textwrap.wrap(text, width - len(MARK), break_long_words=False, break_on_hyphens=False)
    return "".join(
        f"{indent}{MARK if number == 0 else '#       '}{line}\n"
        for number, line in enumerate(lines)
    )
