"""Corrections of labels: a CSV file of pictures with their right classes."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lenet.data.csv_table import place_of, read_table
from lenet.data.indexed_images import Source
from lenet.errors import DataError
from lenet.text import counted, did_you_mean, listed, shown

LEAVE_OUT = "leave out"
NOWHERE = -1  # label of an image that is left out
MAX_NAMES = 5
MAX_CORRECTIONS = 3000  # what an attribute of a model's file holds
COLUMNS = {"file": ("path",), "label": ("correction",)}


class Corrected(NamedTuple):
    """Labels after corrections.

    Attributes
    ----------
    labels : ndarray of int32, shape (n,)
        -1 for images that are left out.
    changes : sequence of int
        Image and label, image and label ...: by which the same is done again.
    notes : list of str
        What has been done, in lines.
    warnings : list of str
        Files of the table that there are not, a line each.
    """

    labels: np.ndarray
    changes: Sequence[int]
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()


def corrected(
    corrections: Path | Sequence[int],
    labels: np.ndarray,
    class_names: Sequence[str],
    sources: Sequence[Source],
    folders: Sequence[Path],
    part_folders: Sequence[Path] = (),
    strict: bool = False,
) -> Corrected:
    """Correct labels by a CSV file with the columns file and label.

    A label is the name of a class, or "leave out"; a line without one says nothing, so that the table of
    suspects that ``lenet explore --csv`` writes can be filled in. Paths are absolute, or relative to the
    folders of images, to that of the CSV file or to the current one; " page 2" behind a path names a page.
    Paths relative to a folder of a part or source will do if they are of one picture.

    Parameters
    ----------
    corrections : Path or sequence of int
        The file, or `Corrected.changes`.
    labels : ndarray of int32, shape (n,)
        As the folders have them.
    class_names : sequence of str
    sources : sequence of Source, of length n
    folders : sequence of Path
        That the user has named.
    part_folders : sequence of Path
        Those in them that have the classes.
    strict : bool
        Refuse a line about a picture that there is not.

    Raises
    ------
    DataError
        Naming the line that is not to be understood, or contradicts another; or if no line is about any of
        the pictures.
    """
    if not isinstance(corrections, Path):
        return Corrected(changed(labels, corrections), corrections)
    file, place = corrections, f"--corrections {shown(corrections)}"
    images = images_by_place(sources)
    bases = [Path.cwd(), file.absolute().parent, *(folder.absolute() for folder in folders)]
    known = {name: k for k, name in enumerate(class_names)} | {LEAVE_OUT: NOWHERE}
    found: dict[int, tuple[int, str]] = {}
    absent: dict[str, str] = {}
    for line, (name, label) in read_table(file, COLUMNS, place):
        if not label:
            continue
        if label not in known:
            raise DataError(f"{line}: no class {label!r}: {did_you_mean(label, list(known))}")
        meant = images_meant(name, images, bases, part_folders, line)
        if not meant:
            absent[line] = shown(name)
        for k in meant:
            before, where = found.setdefault(k, (known[label], line))
            if before != known[label]:
                raise DataError(
                    f"{line}: {shown(name)} has another label in {where.split(', ')[-1]}"
                )
    warnings = [f"{line}: no picture {name}" for line, name in absent.items()]
    if absent and not found:
        raise DataError(
            f"{place}: none of its {counted(len(set(absent.values())), 'file')} is among the pictures, such as "
            f"{next(iter(absent.values()))}; paths begin at the folder of images, that of the CSV file or the "
            "current one"
        )
    if absent and strict:
        raise DataError(f"{warnings[0]}, which --strict refuses")
    changes = {k: label for k, (label, _) in sorted(found.items()) if label != labels[k]}
    if len(changes) > MAX_CORRECTIONS:
        raise DataError(
            f"{place}: {len(changes):,} images, expected {MAX_CORRECTIONS:,} at most; move the files to the "
            "folders of their classes"
        )
    flat = [number for change in changes.items() for number in change]
    after = changed(labels, flat)
    for k in np.setdiff1d(labels, after):
        raise DataError(
            f"{place}: no image of class {class_names[k]} is left; expected some, or no folder of that class"
        )
    out = flat[1::2].count(NOWHERE)
    note = f"by {shown(file)}, {counted(len(changes) - out, 'label')} corrected, {counted(out, 'image')} left out"
    return Corrected(after, flat, [note], warnings)


def images_by_place(sources: Sequence[Source]) -> dict[str, list[int]]:
    """Return the images of each file, and that of each page, by absolute paths."""
    images: dict[str, list[int]] = {}
    for k in range(len(sources)):
        source = sources[k]
        path = os.path.abspath(source.path)
        images.setdefault(path, []).append(k)
        if source.page is not None:
            images[f"{path} page {source.page + 1}"] = [k]
    return images


def images_meant(
    name: str,
    images: Mapping[str, Sequence[int]],
    bases: Sequence[Path],
    part_folders: Sequence[Path],
    line: str,
) -> Sequence[int]:
    """Return the images that a path in a table is of; none if there is no such file.

    Parameters
    ----------
    name : str
        The path, as it is written.
    images : mapping
        See `images_by_place`.
    bases : sequence of Path
        Where it may begin, the likeliest first.
    part_folders : sequence of Path
        Where else it may begin, if it is of one picture.
    line : str
        Its place in the table.

    Raises
    ------
    DataError
        If it may be one of several.
    """
    path = name.replace("\\", "/")
    place = place_of(path, bases, images)
    if place is not None:
        return images[place]
    inner = {os.path.normpath(base.absolute() / path) for base in part_folders}
    some = sorted(inner & images.keys())
    if len(some) > 1:
        raise DataError(
            f"{line}: {shown(name)} may be {listed([shown(each) for each in some], MAX_NAMES)}; name its folder too"
        )
    return images[some[0]] if some else ()


def changed(labels: np.ndarray, changes: Sequence[int]) -> np.ndarray:
    """Return labels with changes: image and label, image and label ..."""
    labels = labels.copy()
    labels[list(changes[::2])] = changes[1::2]
    return labels
