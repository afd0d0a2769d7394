"""Parts of self-contained HTML pages, without network or scripts."""

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from lenet.files import write_atomically
from lenet.text import as_typed, shown

STYLE = """\
:root { color-scheme: light dark; --line: #d8dee6; --soft: #f4f6f8; --text: #1c2733; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3a4654; --soft: #202a35; --text: #e3e9ef; --page: #151c24; }
  img { filter: brightness(.88); }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
       max-width: 76rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1 { line-height: 1.2; margin: .5rem 0; }
h2 { margin: 2.2rem 0 .6rem; font-size: 1.25rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { padding: .25rem .8rem .25rem 0; text-align: right; border-bottom: 1px solid var(--line);
         vertical-align: top; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 5rem; }
.facts td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.facts th { font-weight: normal; opacity: .75; }
pre { background: var(--soft); padding: .7rem; border-radius: 6px; white-space: pre-wrap;
      overflow-x: auto; }
pre span { white-space: nowrap; }
.numbers { display: flex; flex-wrap: wrap; gap: .8rem; }
.numbers div { background: var(--soft); border-radius: 6px; padding: .6rem 1rem; }
.numbers b { display: block; font-size: 1.5rem; line-height: 1.3; }
img { background: #fff; border-radius: 6px; max-width: 100%; height: auto; display: block; }
@media (max-width: 40rem) { img { max-width: 44rem; } }
tr.marked td { background: var(--soft); font-weight: 600; }
summary { cursor: pointer; padding: .3rem 0; }
a { color: inherit; text-underline-offset: .15em; }
.warning { border-left: .3rem solid #d62728; padding-left: .7rem; }
.sheet td, .sheet th { text-align: left; vertical-align: middle; }
.sheet img { background: none; border-radius: 0; max-width: none; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr));
         gap: 1rem; }
.cards figure { margin: 0; padding: .8rem; background: var(--soft); border-radius: 6px; }
.cards .strips { display: flex; gap: .8rem; }
.cards .scroll { overflow: visible; min-width: 0; }
.cards img { background: none; border-radius: 0; image-rendering: pixelated; }
figcaption { font-size: .85rem; line-height: 1.35; margin-top: .4rem; }"""
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


@dataclass(frozen=True)
class Link:
    """Cell of a table that leads to a file.

    Attributes
    ----------
    text : str
    target : path-like
        Relative to the folder of the page.
    """

    text: str
    target: str | os.PathLike


Rows = Sequence[Sequence[str | Link]]


def write_page(path: str | os.PathLike, title: str, body: Sequence[str]) -> None:
    """Write a page with a title and a body of HTML fragments."""
    page = PAGE.format(title=text(title), style=STYLE, body="\n".join(filter(None, body)))
    # File names may contain bytes that are not valid text and have no UTF-8 encoding.
    write_atomically(path, page.encode("utf-8", errors="replace"))


def text(value: object = "") -> str:
    """Return a value as escaped HTML, in one line."""
    return escape(shown(value))


def paragraph(lines: str) -> str:
    """Return trusted text as a paragraph; its line breaks have no meaning."""
    return "<p>{}</p>".format("\n".join(map(text, lines.split("\n"))))


def warning(problem: str | None) -> str:
    """Return a warning as HTML; empty text without a problem."""
    return f'<p class="warning">Warning: {text(problem)}</p>' if problem else ""


def section(heading: str, content: str) -> str:
    """Return content below a heading; empty text without content."""
    return f"<h2>{text(heading)}</h2>\n{content}" if content else ""


def numbers_html(numbers: Sequence[tuple[str, ...]]) -> str:
    """Return named numbers in large type as HTML, with a small note or none."""
    boxes = "".join(
        f"<div>{text(name)}<b>{text(value)}</b>{text(*note)}</div>"
        for name, value, *note in numbers
    )
    return f'<div class="numbers">{boxes}</div>'


def folded(summary: str, content: str) -> str:
    """Return content as HTML that is unfolded by a click."""
    return f"<details><summary>{text(summary)}</summary>\n{content}\n</details>"


def table_html(rows: Rows, marked: int | None = None) -> str:
    """Return a table as HTML, the first row its header.

    Parameters
    ----------
    rows : sequence of sequences of str or Link
    marked : int, optional
        A row to mark, counted from the one below the header.
    """

    def row_html(row: Sequence[str | Link], tag: str, kind: str = "") -> str:
        cells = "".join(f"<{tag}>{cell_html(cell)}</{tag}>" for cell in row)
        return f"<tr{kind}>{cells}</tr>"

    header, *others = rows
    body = "\n".join(
        row_html(row, "td", ' class="marked"' if k == marked else "")
        for k, row in enumerate(others)
    )
    return (
        f'<div class="scroll"><table>\n<thead>{row_html(header, "th")}</thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def cell_html(cell: str | Link) -> str:
    """Return the content of a cell as HTML."""
    if not isinstance(cell, Link):
        return text(cell)
    # The bytes of the name, so that any file is found; a colon is quoted, too, and begins no other scheme.
    target = quote(os.fsencode(cell.target).replace(os.sep.encode(), b"/"))
    return f'<a href="{target}">{text(cell.text)}</a>'


def facts_html(facts: Mapping[str, object]) -> str:
    """Return names and values as an HTML table, lists as their items."""
    rows = "\n".join(
        f'<tr><th scope="row">{text(name)}</th><td>{text(as_typed(value))}</td></tr>'
        for name, value in facts.items()
    )
    return f'<div class="scroll"><table class="facts">\n{rows}\n</table></div>'


def picture(png: bytes | None, description: str) -> str:
    """Return a PNG file embedded in HTML; empty text without a file."""
    if png is None:
        return ""
    data = base64.b64encode(png).decode()
    source = f"data:image/png;base64,{data}"
    return f'<div class="scroll"><img alt="{text(description)}" src="{source}"></div>'


def sheet_html(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of pictures as HTML.

    Parameters
    ----------
    header : sequence of str
    rows : iterable of sequences of str
        Cells in HTML, the first of a row its heading.
    """
    body = "\n".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for first, *cells in rows
    )
    heading = "".join(f"<th>{text(name)}</th>" for name in header)
    return (
        f'<div class="scroll"><table class="sheet">\n<thead><tr>{heading}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )
