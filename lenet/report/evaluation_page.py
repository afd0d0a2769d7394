"""HTML of an evaluation: confusions, mistakes, calibration, rejection."""

import os
from collections.abc import Sequence

from lenet.report.confused import MAX_CELLS, ConfusedPair
from lenet.report.html import (
    Rows,
    folded,
    numbers_html,
    paragraph,
    picture,
    section,
    sheet_html,
    table_html,
    text,
    write_page,
)
from lenet.report.judgement import Accepted, Judgement
from lenet.report.reliability import reliability_diagram, risk_coverage_figure
from lenet.text import percent

ABOUT_RELIABILITY = """\
Each bar is of the images whose predicted class has a probability between its ends: where it ends below the line, the \
network is too sure of them. Dots are at their mean probability. """
ABOUT_REJECTION = """\
Images are accepted from the surest on; the error is that of the accepted ones. """


def write_evaluation(
    path: str | os.PathLike,
    title: str,
    about: str,
    judgement: Judgement,
    confusion: bytes,
    confused: Sequence[ConfusedPair],
    classes: Rows,
    accepted: Accepted | None = None,
) -> None:
    """Write the page of an evaluation atomically.

    Parameters
    ----------
    path : path-like
    title, about : str
        Headline, and a line about the images.
    judgement : Judgement
    confusion : bytes
        The confusion matrix as PNG.
    confused : sequence of ConfusedPair
    classes : sequence of sequences of str
        A table, the first row its header.
    accepted : Accepted, optional
        What is left of a rejection that was asked for.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    low, high = judgement.content["error_interval"]
    error = (
        "error",
        f"{percent(judgement.content['error'])} %",
        f"{percent(low)} to {percent(high)} %",
    )
    body = [
        numbers_html([error, ("images", f"{len(judgement.labels):,}", "")]),
        paragraph(about),
        section("Confusion matrix", picture(confusion, "images of each class by prediction")),
        trust_html(judgement, accepted),
        section("Classes", table_html(classes)),
        confused_html(confused, is_open=True),
    ]
    write_page(path, title, body)


def trust_html(judgement: Judgement | None, accepted: Accepted | None = None) -> str:
    """Return sections about calibration and rejection as HTML.

    Parameters
    ----------
    judgement : Judgement or None
        Without one, the text is empty.
    accepted : Accepted, optional
        What is left of a rejection; else that of `Judgement.usual`.
    """
    if judgement is None:
        return ""
    left = accepted or judgement.usual
    probabilities = picture(
        reliability_diagram(judgement), "share of right predictions by probability"
    )
    curve = picture(
        risk_coverage_figure(judgement, left), "error of the accepted images by their share"
    )
    rejected = "" if left is None else f"With --reject {left.share:g}: {left.text}."
    said = capital(judgement.calibration_text)
    return "\n".join(
        [
            section("Calibration", f"<p>{text(ABOUT_RELIABILITY + said)}.</p>{probabilities}"),
            section("Rejection", f"<p>{text(ABOUT_REJECTION + rejected)}</p>{curve}"),
        ]
    )


def capital(line: str) -> str:
    """Return a line with its first letter in upper case."""
    return line[:1].upper() + line[1:]


def confused_html(pairs: Sequence[ConfusedPair], is_open: bool = False) -> str:
    """Return the images of wrong predictions as HTML, most often folded."""
    if not pairs:
        return ""
    rows = [
        (
            text(pair.truth),
            text(pair.taken_for),
            f"{pair.images:,}",
            picture(pair.picture, f"images of {pair.truth} taken for {pair.taken_for}")
            + names_html(pair.names),
        )
        for pair in pairs
    ]
    sheet = sheet_html(("class", "taken for", "images", ""), rows)
    if is_open:
        return section("Mistakes, cell by cell, the most confident ones first", sheet)
    which = "each wrong cell" if len(pairs) < MAX_CELLS else f"the {MAX_CELLS} largest wrong cells"
    return folded(f"the images of {which}, the most confident mistakes first", sheet)


def names_html(names: Sequence[str]) -> str:
    """Return the names of images as HTML that is unfolded by a click."""
    if not names:
        return ""
    return folded("which ones, and how sure", "".join(f"<div>{text(name)}</div>" for name in names))
