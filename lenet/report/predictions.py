"""Predictions image by image, as rows of a CSV file; all of them, or the mistakes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lenet.data.dataset import Split
from lenet.data.duplicates import digests_of
from lenet.report.class_metrics import confident_mistakes, confusion_counts
from lenet.report.dataset import source_cells

MAX_CLASSES = (
    100  # whose probabilities a run keeps for each image: with more, files would be very large
)


def prediction_rows(
    splits: Mapping[str, Split],
    probabilities: np.ndarray,
    class_names: Sequence[str],
    max_classes: int | None = None,
) -> Iterator[list[object]]:
    """Yield a header, then what is predicted of each image.

    Images are counted from 0 in their split, pages of a file from 1. The digest is that of the pixels as the
    network is given them, equal for equal images.

    Parameters
    ----------
    splits : mapping of str to Split
        By name.
    probabilities : ndarray of float, shape (n, classes)
        Of the images of all splits, one after the other.
    class_names : sequence of str
    max_classes : int, optional
        Of more classes than that, only the predicted one's probability is there.
    """
    header = ["part", "image", "file", "page", "digest", "class", "predicted", "probability"]
    each = () if max_classes is not None and len(class_names) > max_classes else class_names
    yield [*header, *(f"probability of {name}" for name in each)]
    rows = iter(probabilities)
    for part, (images, labels) in splits.items():
        digests = digests_of(images)
        for k, label in enumerate(labels):
            row = next(rows)
            predicted = int(row.argmax())
            yield [
                part,
                k,
                *source_cells(images, k),
                digest_text(digests[k]),
                class_names[label],
                class_names[predicted],
                f"{row[predicted]:.6g}",
                *(f"{probability:.6g}" for probability in row[: len(each)]),
            ]


def digest_text(digest: np.ndarray) -> str:
    """Return half of a digest as text that no spreadsheet takes for a number."""
    return f"x{digest[: len(digest) // 2].tobytes().hex()}"


def mistake_rows(
    splits: Mapping[str, Split], probabilities: np.ndarray, class_names: Sequence[str]
) -> Iterator[list[object]]:
    """Yield a header, then the images that are taken for others.

    They are in the order of the cells of the confusion matrix, those of most images first, and in a cell those
    of the highest probability first.

    Parameters
    ----------
    splits, probabilities, class_names
        See `prediction_rows`.
    """
    yield [*("class", "predicted", "images of the cell", "probability", "probability of the class"),
           *("part", "image", "file", "page")]  # fmt: skip
    labels = np.concatenate([split.labels for split in splits.values()])
    places = [(part, k) for part, split in splits.items() for k in range(len(split.labels))]
    predictions = probabilities.argmax(axis=1)
    counts = confusion_counts(labels, predictions, len(class_names))
    order = confident_mistakes(labels, probabilities)
    sizes = counts[labels[order], predictions[order]]
    for k in order[np.lexsort((predictions[order], labels[order], -sizes))]:
        part, number = places[k]
        truth, taken_for = int(labels[k]), int(predictions[k])
        yield [
            class_names[truth],
            class_names[taken_for],
            int(counts[truth, taken_for]),
            *(f"{probabilities[k, one]:.6g}" for one in (taken_for, truth)),
            part,
            number,
            *source_cells(splits[part].images, number),
        ]
