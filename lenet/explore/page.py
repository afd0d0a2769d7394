"""Exploration report as one HTML page, with the images in question."""

import os
from collections.abc import Sequence

from lenet.data.splits import PARTS
from lenet.explore.findings import Findings
from lenet.explore.index import DatasetIndex
from lenet.explore.label_errors import Suspect
from lenet.explore.leakage import leakage_line
from lenet.explore.near_duplicates import Group
from lenet.explore.report import (
    copies_line,
    count_rows,
    disagreements_line,
    headline,
    imbalance_line,
    mistakes_line,
    near_copies_line,
    size_rows,
    sizes_line,
    value_rows,
    verdict,
    vote_line,
)
from lenet.explore.summary import mean_image, samples
from lenet.report.contact_sheet import CARD, strip
from lenet.report.dataset import heading_name
from lenet.report.html import (
    numbers_html,
    picture,
    section,
    sheet_html,
    table_html,
    text,
    warning,
    write_page,
)

MAX_CLASSES = 100
SAMPLES = 12
MAX_CARDS = 40
MAX_OF_A_GROUP = 8
STRIP_COLUMNS = 4
HOW_NEAR = """\
All pairs are compared as thumbnails, but for brightness and contrast. Near duplicates are five times nearer \
in their details, of which this is the similarity, than neighbours of their class usually are. First come groups of \
several classes, then those of several parts."""
HOW_SUSPECTED = """\
Each image is beside those most like it, as thumbnails. The certainty is the share of the other class's images \
that are less like their neighbours than this one is like its own."""

HOW_DISAGREED = """\
Each image is judged by the network of the fold that it tested. The certainty is the probability of the other class; \
first come those furthest above the probability of the label."""


def write_exploration(path: str | os.PathLike, findings: Findings) -> None:
    """Write the HTML page, replacing the file only when all is written.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    album = findings.album
    dataset = album.dataset
    name = heading_name(dataset.name, dataset.origin.get("image_dir", ()))
    about = headline(album).partition(": ")[2]  # the name is in the heading
    lines = [capital(about), *dataset.notes, *(f"left out: {line}" for line in dataset.problems)]
    body = [
        "".join(f"<p>{text(line)}</p>" for line in lines),
        "".join(map(warning, dataset.warnings)),
        numbers_html(numbers_of(findings)),
        section(
            "Classes and parts",
            warning(imbalance_line(findings)) + table_html(count_rows(findings)),
        ),
        section("Images of each class", contact_sheet(album)),
        section("Values of the pixels, from 0 to 255", table_html(value_rows(findings.values))),
    ]
    if findings.sizes is not None:
        body.append(
            section(capital(sizes_line(findings.sizes)), table_html(size_rows(findings.sizes)))
        )
    leakage = leakage_line(findings.leakage)
    near, doubtful = findings.near_copies, findings.vote.suspects if findings.vote else []
    about_near, about_doubtful = HOW_NEAR if near else "", HOW_SUSPECTED if doubtful else ""
    body += [
        section("Exact duplicates", said(copies_line(findings)) + groups(album, findings.copies)),
        section(
            "Near duplicates", said(near_copies_line(findings), about_near) + groups(album, near)
        ),
        section("Leakage between parts", said(leakage) if leakage else ""),
        section(
            "Labels that the neighbours contradict",
            said(vote_line(findings), about_doubtful) + suspects(album, doubtful),
        ),
    ]
    if findings.disagreements is not None:
        line = disagreements_line(findings.disagreements)
        body.append(
            section(
                "Labels that networks contradict which have not learnt them",
                said(line, HOW_DISAGREED) + suspects(album, findings.disagreements),
            )
        )
    for part, found in enumerate(findings.mistakes):
        if findings.counts[:, part].sum():
            body.append(
                section(
                    f"Most confident mistakes of {findings.model}, {PARTS[part]}",
                    said(mistakes_line(findings, part)) + suspects(album, found),
                )
            )
    write_page(path, f"The images of {name}", body)


def numbers_of(findings: Findings) -> list[tuple[str, str]]:
    """Return the key numbers at the top of the page."""
    totals = findings.counts.sum(axis=0)
    numbers = [(f"{part} images", f"{n:,}") for part, n in zip(PARTS, totals, strict=True)]
    copies = sum(len(group.images) for group in findings.copies)
    numbers.append(("exact duplicates", f"{copies:,}"))
    if findings.vote is not None:
        near = sum(len(group.images) for group in findings.near_copies)
        numbers.append(("near duplicates", f"{near:,}"))
        numbers.append(("suspected labels", f"{len(findings.vote.suspects):,}"))
    if findings.disagreements is not None:
        numbers.append(("contradicted labels", f"{len(findings.disagreements):,}"))
    return numbers


def contact_sheet(album: DatasetIndex) -> str:
    """Return the mean image and some images of each class, as a table."""
    rows = []
    for label, name in enumerate(album.class_names[:MAX_CLASSES]):
        mean = mean_image(album, label)
        pictures = ("none", "")
        if mean is not None:
            shown = [album.pixels(image) for image in samples(album, label, SAMPLES)]
            pictures = (
                picture(strip([mean], 1), f"mean of {name}"),
                picture(strip(shown, SAMPLES), f"images of {name}"),
            )
        rows.append((text(name), *pictures))
    more = len(album.class_names) - MAX_CLASSES
    sheet = sheet_html(("class", "mean", "from the first to the last"), rows)
    return sheet + (f"<p>and {more:,} more</p>" if more > 0 else "")


def groups(album: DatasetIndex, found: Sequence[Group]) -> str:
    """Return the first groups of duplicates, with their images."""
    parts = []
    for group in found[:MAX_CARDS]:
        images = group.images[:MAX_OF_A_GROUP]
        lines = [f"{album.name(k)}: {album.class_of(k)}" for k in images]
        more = len(group.images) - len(images)
        if more:
            lines.append(f"and {more:,} more")
        parts.append(card(album, [images], [f"similarity {group.similarity:.3f}", *lines]))
    return cards(parts, len(found))


def suspects(album: DatasetIndex, found: Sequence[Suspect]) -> str:
    """Return the first suspected label errors, each before its nearest neighbours."""
    parts = []
    for one in found[:MAX_CARDS]:
        lines = [album.name(one.image), verdict(album, one), f"certainty {one.certainty:.3f}"]
        neighbours = one.neighbours[: STRIP_COLUMNS - 1]
        parts.append(card(album, [[one.image], neighbours], lines))
    return cards(parts, len(found))


def card(album: DatasetIndex, strips: Sequence[Sequence[int]], lines: Sequence[str]) -> str:
    """Return a card: strips of images above lines about them."""
    pictures = "".join(
        picture(strip([album.pixels(k) for k in images], STRIP_COLUMNS, CARD, CARD), lines[0])
        for images in strips
        if images
    )
    caption = "".join(f"<div>{text(line)}</div>" for line in lines)
    return (
        f'<figure><div class="strips">{pictures}</div><figcaption>{caption}</figcaption></figure>'
    )


def cards(parts: Sequence[str], total: int) -> str:
    """Return cards side by side, and the number of those left out.

    Without any card, the text is empty.
    """
    if not parts:
        return ""
    more = total - len(parts)
    return '<div class="cards">\n{}\n</div>{}'.format(
        "\n".join(parts), f"<p>and {more:,} more; --csv FILE has all</p>" if more else ""
    )


def said(line: str, more: str = "") -> str:
    """Return a line of the text report as a paragraph, with more sentences after it.

    The name at its beginning is left out, as the heading has it.
    """
    sentences = f"{capital(line.partition(': ')[2])}. {more}"
    return f"<p>{text(sentences.rstrip())}</p>"


def capital(line: str) -> str:
    """Return a line with its first letter in upper case."""
    return line[:1].upper() + line[1:]
