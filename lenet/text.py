"""Text made safe to show: on a terminal, in HTML, in a spreadsheet.

Names of files, classes and layers, values of flags and messages of libraries about damaged files may contain
control characters: escape sequences that rewrite a terminal, newlines that forge a line of output, marks
that reverse the direction of text, and bytes that are not text at all.
"""

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Sequence
from html import escape

# Characters that start a formula in a spreadsheet; fullwidth ones in Japanese and Chinese versions.
FORMULA_STARTS = (
    *("=", "+", "-", "@", "\t", "\r"),
    *("\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}"),
    *("\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}"),
)


def shown(value: object) -> str:
    """Return text or a path as one printable line, other characters escaped."""
    text = os.fsdecode(value) if isinstance(value, os.PathLike) else str(value)
    return text if text.isprintable() else "".join(map(_escaped, text))


def shown_lines(text: str) -> str:
    """Return text of several lines, each made printable by `shown`."""
    return "\n".join(map(shown, text.split("\n")))


def _escaped(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def json_text(text: str) -> str:
    """Return JSON with unprintable characters as JSON escapes; its value is unchanged."""
    lines = text.split("\n")  # JSON strings contain no newlines
    return "\n".join(
        "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line) for line in lines
    )


def csv_cell(value: object) -> object:
    """Return a value as a CSV cell that no spreadsheet takes for a formula.

    Text that could be a formula gets an apostrophe before it, as OWASP advises ("CSV Injection"); numbers,
    also those in text, stay as they are.
    """
    if not isinstance(value, str | os.PathLike):
        return value
    text = shown(value)
    if not text.startswith(FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV, each cell through `csv_cell`; None becomes an empty cell."""
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(map(csv_cell, row) for row in rows)
    return lines.getvalue()


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as an aligned table: first column left, the others right."""
    rows = [list(map(shown, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def plain_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as an HTML table, the first row its header; notebooks have a style."""
    first, *others = (
        "".join(f"<{tag}>{escape(shown(cell))}</{tag}>" for cell in row)
        for row, tag in zip(rows, ["th", *["td"] * (len(rows) - 1)], strict=True)
    )
    body = "".join(f"<tr>{row}</tr>" for row in others)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{body}</tbody></table>"


def shape_text(shape: Iterable[object]) -> str:
    """Return the lengths of some axes as text."""
    return " x ".join(map(str, shape))


def as_typed(value: object) -> str:
    """Return the value of a flag as it is typed; empty text for None."""
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def percent(error: float | None) -> str:
    """Return a fraction in percent, without the sign; empty text if not measured."""
    return "" if error is None or math.isnan(error) else f"{100 * error:.2f}"


def counted(number: float, noun: str) -> str:
    """Return a number with its noun, which is in the plural unless there is one."""
    shown_number = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{shown_number} {noun}{'' if number == 1 else 's'}"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of some names that another may be a slip of, in capitals or not."""
    from difflib import get_close_matches

    known = {each.lower(): each for each in names}
    near = get_close_matches(name.lower(), known, n=1)
    return known[near[0]] if near else None


def slip(name: str, names: Iterable[str], lead: str = "; ") -> str:
    """Return a question to end a message with, or nothing if no name is near."""
    near = nearest(name, names)
    return "" if near is None else f"{lead}did you mean {near}?"


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return a question about the nearest of the expected names, or all of them."""
    return slip(name, names, lead="") or f"expected one of {', '.join(names)}"


def listed(names: Sequence[str], most: int) -> str:
    """Return the first names of a list, and the number of the others."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
