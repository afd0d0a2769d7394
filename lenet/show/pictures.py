"""Pictures of a data set for the page: examples, and training images."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.data.indexed_images import Images
from lenet.data.sampling import evenly
from lenet.report.class_metrics import confident_mistakes
from lenet.show.packed_numbers import base64_of

if TYPE_CHECKING:
    from lenet.data.dataset import Dataset
    from lenet.runs.saved_model import SavedModel

MOST_RIGHT, MOST_WRONG = 12, 6
# Images that are classified to find examples.
MOST_TRIED = 5_000
MOST_NEIGHBOURS = 300
# Of the sheet of training images as base64; a page of the documented networks stays below 2 MB with it.
SHEET_BYTES = 900_000
ACROSS, COLOURS = 20, 3


@dataclass(frozen=True)
class Example:
    """An image of the data set, its class, and what it is taken for.

    Attributes
    ----------
    image : ndarray of uint8, shape (channels, size, size)
    label, predicted : int
    """

    image: np.ndarray
    label: int
    predicted: int


@dataclass(frozen=True)
class ShownPictures:
    """Pictures on a page.

    Attributes
    ----------
    examples : sequence of Example
    neighbours : ndarray of uint8, shape (n, channels, size, size)
        Training images.
    labels : ndarray of int, shape (n,)
        Theirs.
    """

    examples: Sequence[Example] = ()
    neighbours: np.ndarray = field(default_factory=lambda: np.empty((0, 1, 1, 1), np.uint8))
    labels: np.ndarray = field(default_factory=lambda: np.empty(0, int))

    def payload(self, sheet_bytes: int = SHEET_BYTES) -> dict[str, Any]:
        """Return the pictures as JSON can keep them.

        Parameters
        ----------
        sheet_bytes : int
            Room for the training images, of which some are left out if there is not enough.
        """
        examples = [
            {
                "image": base64_of(example.image),
                "label": example.label,
                "predicted": example.predicted,
            }
            for example in self.examples
        ]
        sheet = sheet_of(self.neighbours, sheet_bytes)
        if sheet is not None:
            sheet["labels"] = self.labels[: sheet["count"]].tolist()
        return {"examples": examples, "sheet": sheet}


def sheet_of(images: np.ndarray, most_bytes: int) -> dict[str, Any] | None:
    """Return images, or as many as there is room for, as one PNG file in JSON.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, channels, size, size)
    most_bytes : int
        Of the file in base64.

    Returns
    -------
    dict or None
        None if there is no image, or no room for one.
    """
    while len(images):
        png = sheet_png(images)
        size = len(png) * 4 / 3
        if size <= most_bytes:
            return {
                "source": f"data:image/png;base64,{base64.b64encode(png).decode()}",
                "count": len(images),
                "across": ACROSS,
            }
        images = images[: int(len(images) * 0.95 * most_bytes / size)]
    return None


def sheet_png(images: np.ndarray) -> bytes:
    """Return images as one gray PNG file.

    `ACROSS` of them are side by side, the channels of each one below the other. Of colours, red and blue are differences to
    green, modulo 256, as in PNG's own filters: the file is a quarter smaller.
    """
    from PIL import Image

    if images.shape[1] == COLOURS:
        images = images - images[:, 1:2] * np.array([1, 0, 1], np.uint8).reshape(3, 1, 1)
    n, channels, rows, columns = images.shape
    down = -(-n // ACROSS)
    sheet = np.zeros((down, channels * rows, ACROSS, columns), np.uint8)
    for k, image in enumerate(images):
        sheet[k // ACROSS, :, k % ACROSS] = image.reshape(channels * rows, columns)
    buffer = io.BytesIO()
    Image.fromarray(sheet.reshape(down * channels * rows, ACROSS * columns)).save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()


def chosen_pictures(model: "SavedModel", dataset: "Dataset", batch_size: int) -> ShownPictures:
    """Choose pictures of a data set: the same each time.

    Parameters
    ----------
    model : SavedModel
    dataset : Dataset
        Its test images, or without any its validation images, are examples: the first that is right of each class, and
        the most confident mistakes.
    batch_size : int
        Images to classify at a time.
    """
    judged = next((s for s in (dataset.test, dataset.valid, dataset.train) if len(s.labels)), None)
    examples = [] if judged is None else examples_of(model, *judged, batch_size)
    train = dataset.train
    if not len(train.labels):
        return ShownPictures(examples)
    rows = neighbours_of(train.labels, len(model.class_names))
    return ShownPictures(examples, np.asarray(train.images[rows]), train.labels[rows])


def examples_of(
    model: "SavedModel", images: Images, labels: np.ndarray, batch_size: int
) -> list[Example]:
    """Return examples: right ones of each class, then confident mistakes."""
    tried = np.array(evenly(len(labels), min(MOST_TRIED, len(labels))))
    images, labels = np.asarray(images[tried]), labels[tried]
    probabilities = model.probabilities(images, batch_size)
    predictions = probabilities.argmax(axis=1)
    right = np.flatnonzero(predictions == labels)
    of_class = [right[labels[right] == k][:1] for k in range(len(model.class_names))]
    first = np.concatenate(of_class) if of_class else right[:0]
    rows = [*first[:MOST_RIGHT], *confident_mistakes(labels, probabilities)[:MOST_WRONG]]
    return [Example(images[k], int(labels[k]), int(predictions[k])) for k in rows]


def neighbours_of(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return rows of training images, as many of each class, mixed.

    The first of them have all classes, whatever their number.
    """
    each = max(1, MOST_NEIGHBOURS // n_classes)
    members = [np.flatnonzero(labels == k) for k in range(n_classes)]
    chosen = [rows[evenly(len(rows), min(each, len(rows)))] for rows in members]
    mixed = [rows[k] for k in range(each) for rows in chosen if k < len(rows)]
    return np.array(mixed[:MOST_NEIGHBOURS], int)
