"""Summary of a data set from files: name, duplicates, images by class and split."""

import os
from collections.abc import Iterator, Sequence

import numpy as np

from lenet.data.dataset import FOLDER, Dataset, is_array_file
from lenet.data.duplicates import copies_report
from lenet.data.folds import has_groups
from lenet.data.indexed_images import Images, IndexedImages
from lenet.data.splits import PARTS, shares_table
from lenet.text import listed, shown

MOST_NAMES = 3  # of folders in a heading


def heading_name(dataset: str, folders: Sequence[str | os.PathLike] | None) -> str:
    """Return the name of a data set for headings: that of its folders or file."""
    if is_array_file(dataset):
        return shown(os.path.basename(dataset))
    if dataset != FOLDER or not folders:
        return dataset
    paths = [os.path.abspath(folder) for folder in folders]
    return listed([shown(os.path.basename(path) or path) for path in paths], MOST_NAMES)


def parts_text(dataset: Dataset) -> str:
    """Return the files, the duplicates and the images by class and split, as text."""
    splits = (dataset.train, dataset.valid, dataset.test)
    n_classes = len(dataset.class_names)
    counts = np.stack([np.bincount(split.labels, minlength=n_classes) for split in splits], axis=1)
    lines = [f"files     {note}" for note in dataset.notes]
    lines += [f"copies    {line}" for line in copies_report(dataset)]
    return "\n".join([*lines, "", shares_table(counts, dataset.class_names)])


def image_rows(dataset: Dataset) -> Iterator[tuple[str, ...]]:
    """Yield a header, then file, page, class and split of each image from a file.

    Pages are counted from 1. The group comes last, if the user has named groups.
    """
    grouped = has_groups(dataset.train)
    yield ("file", "page", "class", "part", *(("group",) if grouped else ()))
    for part, split in zip(PARTS, (dataset.train, dataset.valid, dataset.test), strict=True):
        for k, label in enumerate(split.labels):
            cells = source_cells(split.images, k)
            if cells[0]:
                group = (group_of(split.images, k),) if grouped else ()
                yield (*cells, dataset.class_names[label], part, *group)


def source_cells(images: Images, index: int) -> tuple[str, str]:
    """Return an image's file and its page, from 1; empty texts without them."""
    source = images.source(index) if isinstance(images, IndexedImages) else None
    if source is None:
        return "", ""
    return os.path.abspath(source.path), "" if source.page is None else str(source.page + 1)


def group_of(images: Images, index: int) -> str:
    """Return an image's group, as the user has named it; empty text without one."""
    source = images.source(index) if isinstance(images, IndexedImages) else None
    return "" if source is None or source.group is None else source.group
