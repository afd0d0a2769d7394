"""Pictures of one folder whose classes, parts and groups a CSV file has."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from lenet.data.class_names import natural_key
from lenet.data.csv_table import read_table
from lenet.data.folder_layout import PART_NAMES, TRAINING, WITHOUT, ClassFolders, Layout
from lenet.data.image_index import ImageFiles
from lenet.data.splits import PARTS
from lenet.errors import DataError
from lenet.text import counted, listed, shown

COLUMNS = {"path": ("file", "filename", "image"), "label": ("class",)}
OPTIONAL = {"split": ("part", "subset"), "group": ()}
MAX_NAMES, MAX_NAME = 5, 255


class Labelled(NamedTuple):
    """Pictures with labels from a CSV file.

    Attributes
    ----------
    files : ImageFiles
    layout : Layout
    has_groups : bool
        Whether the file has a column of groups.
    """

    files: ImageFiles
    layout: Layout
    has_groups: bool


def labelled_files(folder: Path, table: Path, class_names: Sequence[str] | None = None) -> Labelled:
    """Find the pictures that a CSV file names, with the columns path and label.

    A column split has train, val or test for each, or other words for them; a column group has what must stay in
    one part.

    Parameters
    ----------
    folder : Path
        Where the paths begin.
    table : Path
    class_names : sequence of str, optional
        The classes that there may be, and their order; by default those there are, in natural order.

    Raises
    ------
    DataError
        Naming the line with a file that is not there or outside of the folder, a path that is there twice, no
        label, or an unknown split.
    """
    place = f"--labels {shown(table)}"
    root = folder.absolute()
    if not root.is_dir():
        raise DataError(f"{shown(folder)}: no folder; expected that of the pictures of {place}")
    lines: dict[str, str] = {}
    paths: list[Path] = []
    labels: list[str] = []
    parts: list[int] = []
    has_groups = has_parts = False
    for line, (name, label, split, group) in read_table(table, COLUMNS, place, OPTIONAL):
        has_groups, has_parts = group is not None, split is not None
        path = place_in(root, name or "", line)
        number = line.rpartition(", ")[2]
        if lines.setdefault(str(path), number) != number:
            raise DataError(
                f"{line}: {shown(name)} is in {lines[str(path)]} already; name each picture once"
            )
        if len(label) > MAX_NAME:
            raise DataError(
                f"{line}: a label of {len(label):,} letters, expected {MAX_NAME} at most"
            )
        if not label:
            raise DataError(f"{line}: no label; expected the class of {shown(name)}")
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no such file"
            raise DataError(
                f"{line}: {shown(path)}: {what}; expected a picture, its path from {shown(folder)} on"
            )
        if split is not None:
            if split.lower() not in PART_NAMES:
                raise DataError(f"{line}: split {split!r}, expected train, val or test")
            parts.append(PART_NAMES[split.lower()])
        paths.append(Path(folder, path.relative_to(root)))
        labels.append(shown(label))
    if not paths:
        raise DataError(f"{place}: no lines below the first; expected one for each picture")
    names = list(class_names) if class_names is not None else sorted(set(labels), key=natural_key)
    for label in labels:
        if label not in names:
            raise DataError(f"{place}: class {label}, none of {listed(names, MAX_NAMES)}")
    numbers = np.array([names.index(label) for label in labels], np.int32)
    order = np.argsort(numbers, kind="stable")  # as in folders, class by class
    present = sorted(set(parts))
    if has_parts and (TRAINING not in present or len(present) < 2):
        raise DataError(
            f"{place}: the split has {listed([PARTS[part] for part in present], MAX_NAMES)} images alone; expected "
            "train, and val or test"
        )
    at = [ClassFolders(folder, folder, part) for part in (present if has_parts else [None])]
    by_part = {one.part: one for one in at}
    files = ImageFiles(
        tuple(names),
        [paths[k] for k in order],
        [str(PurePosixPath("0", "labels", paths[k].relative_to(folder))) for k in order],
        numbers[order],
        [],
        [by_part[parts[k] if has_parts else None] for k in order],
        [parts[k] for k in order] if has_parts else None,
    )
    return Labelled(files, Layout(at, [note_of(table, len(paths), present)]), has_groups)


def place_in(root: Path, name: str, line: str) -> Path:
    """Return the absolute path of a picture, which lies in a folder.

    Raises
    ------
    DataError
        If there is no path, or it leads elsewhere.
    """
    path = Path(os.path.normpath(root / name.replace("\\", "/")))
    if not name or path == root:
        raise DataError(f"{line}: no path; expected that of a picture")
    if not path.is_relative_to(root) or "\0" in name:
        raise DataError(
            f"{line}: {shown(name)} lies outside of {shown(root)}, the folder of --image_dir"
        )
    return path


def note_of(table: Path, n_pictures: int, parts: Sequence[int]) -> str:
    """Return a line that says what the file decides."""
    line = f"{counted(n_pictures, 'picture')} with the labels of {shown(table)}"
    if parts:
        line += f", and its split: {listed([PARTS[part] for part in parts], MAX_NAMES)}"
        missing = [text for part, text in WITHOUT.items() if part not in parts]
        line += "".join(f"; {text}" for text in missing)
    return line
