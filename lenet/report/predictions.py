"""Predictions image by image, as rows of a CSV file."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lenet.data.dataset import Split
from lenet.report.dataset import source_cells


def prediction_rows(
    splits: Mapping[str, Split], probabilities: np.ndarray, class_names: Sequence[str]
) -> Iterator[list[object]]:
    """Yield a header, then what is predicted of each image.

    Images are counted from 0 in their split, pages of a file from 1.

    Parameters
    ----------
    splits : mapping of str to Split
        By name.
    probabilities : ndarray of float, shape (n, classes)
        Of the images of all splits, one after the other.
    class_names : sequence of str
    """
    header = ["part", "image", "file", "page", "class", "predicted", "probability"]
    yield [*header, *(f"probability of {name}" for name in class_names)]
    rows = iter(probabilities)
    for part, (images, labels) in splits.items():
        for k, label in enumerate(labels):
            row = next(rows)
            predicted = int(row.argmax())
            yield [
                part,
                k,
                *source_cells(images, k),
                class_names[label],
                class_names[predicted],
                f"{row[predicted]:.6g}",
                *(f"{probability:.6g}" for probability in row),
            ]
