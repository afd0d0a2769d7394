"""Exploration report as text, as rows for CSV and as content for JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from lenet.data.splits import PARTS, shares_rows
from lenet.data.value_ranges import ranges_text
from lenet.explore.findings import NEIGHBOURS, Findings
from lenet.explore.index import DatasetIndex
from lenet.explore.label_errors import Suspect
from lenet.explore.leakage import leakage_line
from lenet.explore.near_duplicates import Group, has_several, seen_in_training
from lenet.explore.summary import FileSizes, Values
from lenet.report.class_metrics import imbalance
from lenet.text import counted, listed, shown, table

MAX_LINES = 8
MAX_OF_A_GROUP = 4
CSV_HEADER = (
    *("finding", "group", "part", "number", "file", "class", "suggested class"),
    *("similarity", "certainty", "label"),
)


def text_report(findings: Findings) -> str:
    """Return the report as text; long lists are cut."""
    album = findings.album
    blocks = [
        "\n".join([headline(album), *map(shown, album.dataset.notes)]),
        "\n".join(filter(None, [table(count_rows(findings)), imbalance_line(findings)])),
        "values of the pixels, from 0 to 255\n" + table(value_rows(findings.values)),
    ]
    if findings.sizes is not None:
        blocks.append(sizes_line(findings.sizes) + "\n" + table(size_rows(findings.sizes)))
    blocks += [
        copies_text(album, findings.copies, copies_line(findings)),
        copies_text(album, findings.near_copies, near_copies_line(findings)),
        *filter(None, [leakage_line(findings.leakage)]),
        suspects_text(album, findings.vote.suspects if findings.vote else [], vote_line(findings)),
    ]
    if findings.disagreements is not None:
        heading = disagreements_line(findings.disagreements)
        blocks.append(suspects_text(album, findings.disagreements, heading))
    for part, suspects in enumerate(findings.mistakes):
        if findings.counts[:, part].sum():
            blocks.append(suspects_text(album, suspects, mistakes_line(findings, part)))
    return "\n\n".join(blocks)


def headline(album: DatasetIndex) -> str:
    """Return a one-line summary of a data set."""
    dataset = album.dataset
    ranges = ranges_text(dataset)
    black_to_white = f"\nblack to white: {ranges}" if ranges else ""
    return (
        f"{dataset.name}: {len(album):,} images of {dataset.size} x {dataset.size} pixels, {dataset.colours}, "
        f"{dataset.n_classes} classes{black_to_white}"
    )


def count_rows(findings: Findings) -> list[list[str]]:
    """Return the number of images of each class in each part as a table."""
    return shares_rows(findings.counts, list(map(shown, findings.album.class_names)))


def imbalance_line(findings: Findings) -> str | None:
    """Return a line about a rare class; None if there is none."""
    dataset = findings.album.dataset
    return imbalance(dataset.train.labels, dataset.class_names)


def value_rows(values: Sequence[Values]) -> list[tuple[str, ...]]:
    """Return the statistics of the pixel values as a table."""
    rows: list[tuple[str, ...]] = [
        ("part", "channel", "lowest", "highest", "mean", "standard deviation")
    ]
    for one in values:
        ends = str(one.lowest), str(one.highest)
        rows.append((one.part, one.channel, *ends, f"{one.mean:.2f}", f"{one.deviation:.2f}"))
    return rows


def sizes_line(sizes: FileSizes) -> str:
    """Return the heading of the table of picture sizes."""
    return f"sizes of {sizes.pictures:,} pictures in their files, in pixels"


def size_rows(sizes: FileSizes) -> list[tuple[str, ...]]:
    """Return the sizes of the pictures in their files as a table."""
    rows: list[tuple[str, ...]] = [("", "smallest", "median", "largest")]
    for name, sides in (("height", sizes.rows), ("width", sizes.columns)):
        rows.append((name, f"{sides.smallest:,}", f"{sides.median:,.10g}", f"{sides.largest:,}"))
    return rows


def copies_line(findings: Findings) -> str:
    """Return a line about exact duplicates."""
    if not findings.copies:
        return f"exact duplicates: none, all {len(findings.album):,} images differ"
    n = sum(len(group.images) for group in findings.copies)
    pictures = counted(len(findings.copies), "picture")
    return f"exact duplicates: {n:,} images show {pictures}" + harm_of(
        findings.album, findings.copies
    )


def near_copies_line(findings: Findings) -> str:
    """Return a line about near duplicates."""
    if findings.vote is None:
        return f"near duplicates: not looked for among less than {NEIGHBOURS + 1} different images"
    groups = findings.near_copies
    if not groups:
        return "near duplicates: none"
    n = sum(len(group.images) for group in groups)
    return f"near duplicates: {n:,} images in {counted(len(groups), 'group')}" + harm_of(
        findings.album, groups
    )


def harm_of(album: DatasetIndex, groups: Sequence[Group]) -> str:
    """Return the harm that duplicates do: contradictory labels and train-test leaks."""
    of_several_classes = sum(has_several(album.labels, group) for group in groups)
    text = f"; groups of several classes: {of_several_classes:,}" if of_several_classes else ""
    numbers = zip(PARTS, seen_in_training(album, groups), album.counts().sum(axis=0), strict=True)
    spoilt = [f"{seen:,} of {total:,} {part}" for part, seen, total in numbers if seen]
    if spoilt:
        text += f"; the like of {' and '.join(spoilt)} images is in training"
    return text


def vote_line(findings: Findings) -> str:
    """Return a line about the label errors that the nearest neighbours suggest."""
    found = findings.vote
    if found is None:
        return f"suspected labels: not looked for among less than {NEIGHBOURS + 1} different images"
    right = f"neighbours tell the class of {100 * found.right:.1f} % of the images"
    if not found.reliable:
        return f"suspected labels: none, {right} only, too few to contradict a label"
    line = (
        f"suspected labels: {counted(len(found.suspects), 'image')} with {found.k - 1} or all of the "
        f"{found.k} nearest neighbours of one other class, and none of the label's; {right}"
    )
    if len(found.reliable) == findings.album.dataset.n_classes:
        return line
    believed = ", ".join(shown(findings.album.class_names[k]) for k in found.reliable)
    return f"{line}, and are believed about {believed} only"


def mistakes_line(findings: Findings, part: int) -> str:
    """Return a line about a network's errors in a part."""
    wrong, total = len(findings.mistakes[part]), findings.counts[:, part].sum()
    return (
        f"most confident mistakes, {PARTS[part]}: {wrong:,} of {total:,} images wrong "
        f"({100 * wrong / total:.2f} %)"
    )


def disagreements_line(found: Sequence[Suspect]) -> str:
    """Return a line about the label errors that a cross-validation suggests."""
    return (
        f"labels that networks contradict which have not learnt them: {counted(len(found), 'image')} at least as "
        "probable of another class as that class's own images are"
    )


def copies_text(album: DatasetIndex, groups: Sequence[Group], heading: str) -> str:
    """Return the first groups of duplicates, a line each."""
    lines = [group_line(album, group) for group in groups[:MAX_LINES]]
    return "\n".join([heading, *lines, *more_line(groups)])


def group_line(album: DatasetIndex, group: Group) -> str:
    """Return the similarity of a group's images, and their names."""
    named = [f"{album.name(k)} ({shown(album.class_of(k))})" for k in group.images]
    return f"  {group.similarity:.3f}  {listed(named, MAX_OF_A_GROUP)}"


def suspects_text(album: DatasetIndex, suspects: Sequence[Suspect], heading: str) -> str:
    """Return the first suspected label errors, a line each."""
    lines = [
        f"  {one.certainty:.3f}  {album.name(one.image)}: {verdict(album, one)}"
        for one in suspects[:MAX_LINES]
    ]
    return "\n".join([heading, *lines, *more_line(suspects)])


def verdict(album: DatasetIndex, suspect: Suspect) -> str:
    """Return the label of an image and the suggested one."""
    suggested = album.class_names[suspect.suggested]
    return f"labelled {shown(album.class_of(suspect.image))}, looks like {shown(suggested)}"


def more_line(found: Sequence[object]) -> list[str]:
    """Return a line with the number of entries left out, if there are any."""
    more = len(found) - MAX_LINES
    return [f"  and {more:,} more"] if more > 0 else []


def csv_rows(findings: Findings) -> Iterator[Sequence[object]]:
    """Yield a header, then a row for each image with a finding."""
    album = findings.album

    def row(finding: str, group: int | None, image: int, *more: object) -> Sequence[object]:
        place = album.place(image)
        about = (*place, album.file(image), album.class_of(image))
        # The label is for the user to fill in: see --corrections.
        return (finding, group, *about, *more, None)

    yield CSV_HEADER
    for finding, groups in (
        ("exact duplicate", findings.copies),
        ("near duplicate", findings.near_copies),
    ):
        for number, group in enumerate(groups, start=1):
            for image in group.images:
                yield row(finding, number, image, None, group.similarity, None)
    for one in findings.vote.suspects if findings.vote else ():
        suggested = album.class_names[one.suggested]
        yield row("neighbours disagree", None, one.image, suggested, None, one.certainty)
    for one in findings.disagreements or ():
        suggested = album.class_names[one.suggested]
        yield row("out-of-fold network disagrees", None, one.image, suggested, None, one.certainty)
    for one in (suspect for suspects in findings.mistakes for suspect in suspects):
        suggested = album.class_names[one.suggested]
        yield row("network disagrees", None, one.image, suggested, None, one.certainty)


def json_content(findings: Findings) -> dict[str, Any]:
    """Return all findings as content for JSON."""
    album, dataset = findings.album, findings.album.dataset

    def image(number: int) -> dict[str, Any]:
        place = album.place(number)._asdict()
        return {**place, "file": album.file(number), "class": album.class_of(number)}

    def groups(found: Sequence[Group]) -> list[dict[str, Any]]:
        return [
            {"similarity": group.similarity, "images": list(map(image, group.images))}
            for group in found
        ]

    def suspect(one: Suspect) -> dict[str, Any]:
        suggested = album.class_names[one.suggested]
        return {**image(one.image), "suggested_class": suggested, "certainty": one.certainty}

    votes, sizes = findings.vote, findings.sizes
    return {
        "dataset": dataset.name,
        "images": len(album),
        "channels": dataset.channels,
        "size": dataset.size,
        "left_out": list(dataset.problems),
        "warnings": list(dataset.warnings),
        "classes": [
            {"class": name, **dict(zip(PARTS, counts, strict=True))}
            for name, counts in zip(album.class_names, findings.counts.tolist(), strict=True)
        ],
        "imbalance": imbalance_line(findings),
        "values": [one._asdict() for one in findings.values],
        "file_sizes": sizes
        and {
            "pictures": sizes.pictures,
            "height": sizes.rows._asdict(),
            "width": sizes.columns._asdict(),
        },
        "exact_duplicates": groups(findings.copies),
        "near_duplicates": groups(findings.near_copies),
        "leakage": findings.leakage and findings.leakage.content,
        "neighbours": votes
        and {
            "k": votes.k,
            "right": votes.right,
            "reliable_classes": [album.class_names[k] for k in votes.reliable],
            "disagree": list(map(suspect, votes.suspects)),
        },
        "out_of_fold": None
        if findings.disagreements is None
        else {
            "model": str(findings.model),
            "disagree": list(map(suspect, findings.disagreements)),
        },
        "network": findings.model
        and {
            "model": str(findings.model),
            "mistakes": [suspect(one) for found in findings.mistakes for one in found],
        },
    }
