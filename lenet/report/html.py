"""Self-contained HTML reports of one run or several, without network or scripts."""

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isnan
from urllib.parse import quote

import numpy as np

from lenet.files import write_atomically
from lenet.report.class_metrics import class_scores
from lenet.report.confused import ConfusedPair
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


FEW_EPOCHS, MOST_EPOCHS = 12, 1000  # in the table of a report, and in the one that is folded
Rows = Sequence[Sequence[str | Link]]


@dataclass(frozen=True)
class ReportData:
    """Contents of the report of a run.

    Errors are fractions between 0 and 1; pictures are PNG files.

    Attributes
    ----------
    title, dataset : str
        Headline, and a line about the images.
    typed : sequence of str
        The commands that began the run and went on with it; empty if they are not known.
    facts : mapping of str to str
        About the run: when it began, how long it took.
    command : str
        With all flags.
    flags : mapping of str to value
        Of config.json.
    epochs : sequence of sequences of str
        A table, the first row its header.
    best_epoch : int
    validation_error : float
    test_error : float or None
    validation_interval, test_interval : str
        Confidence intervals of the errors; see `lenet.report.class_metrics.interval_text`.
    layers : sequence of sequences of str
        A table, the first row its header.
    class_names : sequence of str
    confusion : ndarray of int, shape (classes, classes)
        See `lenet.report.class_metrics.confusion_counts`.
    confused : sequence of ConfusedPair
        The images of the wrong cells of the confusion matrix.
    problem : str or None
        What is wrong with the run and what may help; None if it has learnt.
    learning_curves, augmentation, confusion_matrix, filters, worst_mistakes : bytes or None
        A section without a picture is left out; see `lenet.report.curves` and `lenet.report.figures`.
    tested : bool
        Whether there are test images, whose confusions and mistakes they are; else those of validation.
    """

    title: str
    dataset: str
    typed: Sequence[str]
    facts: Mapping[str, str]
    command: str
    flags: Mapping[str, object]
    epochs: Rows
    best_epoch: int
    validation_error: float
    test_error: float | None
    layers: Rows
    class_names: Sequence[str]
    confusion: np.ndarray
    validation_interval: str = ""
    test_interval: str = ""
    confused: Sequence[ConfusedPair] = ()
    problem: str | None = None
    learning_curves: bytes | None = None
    augmentation: bytes | None = None
    confusion_matrix: bytes | None = None
    filters: bytes | None = None
    worst_mistakes: bytes | None = None
    tested: bool = True


def write_report(path: str | os.PathLike, data: ReportData) -> None:
    """Write the report of one run atomically.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    numbers = (
        ("validation error", percent(data.validation_error), data.validation_interval),
        ("test error", percent(data.test_error), data.test_interval),
        ("best epoch", str(data.best_epoch), ""),
    )
    untested = paragraph(
        "There are no test images: confusion matrix, classes and mistakes are of the validation images, by "
        "which the best epoch was chosen, and so look better than they are."
    )
    body = [
        typed_html(data.typed),
        numbers_html(numbers),
        warning(data.problem),
        paragraph(data.dataset),
        "" if data.tested else untested,
        facts_html(data.facts),
        section("Learning curves", picture(data.learning_curves, "cost and error of each epoch")),
        section("Epochs", epochs_html(data.epochs, data.best_epoch)),
        section(
            "Augmentation", picture(data.augmentation, "training images beside their versions")
        ),
        section("Layers", table_html(data.layers)),
        section(
            "Confusion matrix", picture(data.confusion_matrix, "images of each class by prediction")
        ),
        confused_html(data.confused),
        section("Classes", table_html(score_rows(data))),
        section("Filters of the first layer", picture(data.filters, "a tile for each filter")),
        section("Most confident mistakes", picture(data.worst_mistakes, "images taken for others")),
        section(
            "All flags",
            folded(
                "the same command with each flag, also those that were not typed",
                f"<pre>{text(data.command)}</pre>{facts_html(data.flags)}",
            ),
        ),
    ]
    write_page(path, data.title, body)


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


def typed_html(commands: Sequence[str]) -> str:
    """Return the commands of a run as HTML, a line each."""
    if not commands:
        return "<p>What was typed is not stored with this run; all of its flags are at the end.</p>"
    # A line breaks between words only, not after the hyphens of a flag.
    lines = (
        " ".join(f"<span>{word}</span>" for word in text(command).split(" "))
        for command in commands
    )
    return "<pre>{}</pre>".format("\n".join(lines))


def epochs_html(rows: Rows, best: int) -> str:
    """Return the table of epochs as HTML: some of them, and below, folded, more.

    Parameters
    ----------
    rows : sequence of sequences of str
        The first is the header; the cells of the others begin with the number of the epoch, from 1.
    best : int
        The epoch to mark.
    """
    header, *epochs = rows
    n = len(epochs)
    note = "<p>Errors are of training, validation and test images; the marked epoch is that of the best model.</p>"

    def table_of(most: int) -> str:
        chosen = thinned(n, most, best - 1)
        return table_html([header, *(epochs[k] for k in chosen)], marked=chosen.index(best - 1))

    if n <= FEW_EPOCHS:
        return note + table_of(n)
    said = f"all {n:,} epochs" if n <= MOST_EPOCHS else f"{MOST_EPOCHS:,} of {n:,} epochs"
    return note + table_of(FEW_EPOCHS) + folded(said, table_of(MOST_EPOCHS))


def thinned(n: int, most: int, kept: int) -> list[int]:
    """Return evenly spaced numbers below `n`, with the first, the last and `kept`.

    Parameters
    ----------
    n : int
    most : int
        At least three; how many there may be.
    kept : int
    """
    if n <= most:
        return list(range(n))
    return sorted({round(k * (n - 1) / (most - 2)) for k in range(most - 1)} | {kept})


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


def confused_html(pairs: Sequence[ConfusedPair]) -> str:
    """Return the images of wrong predictions as HTML that is unfolded by a click."""
    if not pairs:
        return ""
    rows = [
        (
            text(pair.truth),
            text(pair.taken_for),
            f"{pair.images:,}",
            picture(pair.picture, f"images of {pair.truth} taken for {pair.taken_for}"),
        )
        for pair in pairs
    ]
    return folded(
        "the images of each wrong cell, the most confident mistakes first",
        sheet_html(("class", "taken for", "images", ""), rows),
    )


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


def score_rows(data: ReportData) -> list[tuple[str, ...]]:
    """Return the table of precision and recall by class."""
    rows: list[tuple[str, ...]] = [("class", "images", "precision", "recall", "F1")]
    for name, score in zip(data.class_names, class_scores(data.confusion), strict=True):
        fractions = (percent(value) for value in (score.precision, score.recall, score.f1))
        rows.append((name, f"{score.images:,}", *fractions))
    return rows


def percent(fraction: float | None) -> str:
    """Return a fraction in percent; a dash if it is not known."""
    if fraction is None or isnan(fraction):
        return "\N{EN DASH}"
    return f"{100 * fraction:.2f} %"
