"""Summary of a data set from files: name, duplicates, images by class and split."""

import os
from collections.abc import Iterator, Sequence

import numpy as np

from lenet.data.dataset import FOLDER, Dataset
from lenet.data.duplicates import copies_report
from lenet.data.indexed_images import IndexedImages
from lenet.data.splits import PARTS, shares_table
from lenet.text import listed, shown

MOST_NAMES = 3  # of folders in a heading


def heading_name(dataset: str, folders: Sequence[str | os.PathLike] | None) -> str:
    """Return the name of a data set for headings: of own images, their folders'."""
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


def image_rows(dataset: Dataset) -> Iterator[tuple[str, str, str, str]]:
    """Yield a header, then file, page, class and split of each image from a file.

    Pages are counted from 1.
    """
    yield ("file", "page", "class", "part")
    for part, split in zip(PARTS, (dataset.train, dataset.valid, dataset.test), strict=True):
        images = split.images
        if not isinstance(images, IndexedImages) or images.sources is None:
            continue
        for row, label in zip(images.rows, split.labels, strict=True):
            path, page = images.sources[int(row)]
            number = "" if page is None else str(page + 1)
            yield (os.path.abspath(path), number, dataset.class_names[label], part)
