import io

import numpy as np
import pytest
from PIL import Image

from lenet.report.confused import MAX_CELLS, MAX_IMAGES, confused_pairs


def probabilities_for(predictions, confidence, n_classes):
    """Return probabilities with their largest at the predictions."""
    table = np.repeat(((1 - confidence) / (n_classes - 1))[:, None], n_classes, axis=1)
    table[np.arange(len(predictions)), predictions] = confidence
    return table


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_each_wrong_cell_shows_its_images_the_most_confident_first(dtype):
    labels = np.array([0, 0, 0, 1, 1, 2, 2])
    predictions = np.array([0, 1, 1, 1, 0, 2, 2])
    confidence = np.array([0.9, 0.6, 0.8, 0.7, 0.9, 0.9, 0.9])
    gray = np.arange(7) * 30
    images = np.broadcast_to(gray[:, None, None, None], (7, 1, 50, 50))
    images = images.astype(np.uint8) if dtype == np.uint8 else (images / 255).astype(dtype)
    found = confused_pairs(images, labels, probabilities_for(predictions, confidence, 3), "abc")
    assert [pair[:3] for pair in found] == [("a", "b", 2), ("b", "a", 1)]
    sheet = np.asarray(Image.open(io.BytesIO(found[0].picture)))
    assert sheet[25, 25].tolist() == [60, 60, 60, 255]
    assert sheet[25, -25].tolist() == [30, 30, 30, 255]


def test_there_are_no_more_cells_and_images_than_can_be_looked_at():
    n = 20
    labels = np.repeat(np.arange(n), 30)
    predictions = np.where(np.arange(len(labels)) % 30 < 12, (labels + 1) % n, (labels + 2) % n)
    images = np.zeros((len(labels), 3, 50, 50), np.uint8)
    table = probabilities_for(predictions, np.full(len(labels), 0.5), n)
    found = confused_pairs(images, labels, table, [str(k) for k in range(n)])
    assert len(found) == min(MAX_CELLS, 2 * n)
    assert [pair.images for pair in found] == [18] * n + [12] * n
    assert Image.open(io.BytesIO(found[0].picture)).width < (MAX_IMAGES + 1) * 54


def test_nothing_is_confused_where_all_is_right():
    labels = np.array([0, 1])
    table = probabilities_for(labels, np.array([0.9, 0.9]), 2)
    assert confused_pairs(np.zeros((2, 1, 8, 8), np.uint8), labels, table, "ab") == []
