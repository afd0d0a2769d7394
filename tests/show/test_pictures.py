"""Examples and training images are of each class, and fit into the page."""

import io

import numpy as np
from PIL import Image

from lenet.show import pictures
from lenet.show.pictures import ShownPictures, examples_of, neighbours_of, sheet_png


class Oracle:
    """A network that sees the first pixel, and has ten classes."""

    class_names = tuple("0123456789")

    def probabilities(self, images, batch_size):
        shares = np.full((len(images), 10), 0.01)
        shares[np.arange(len(images)), images[:, 0, 0, 0]] = 0.9 - images[:, 0, 0, 1] / 1000
        return shares


def test_examples_are_right_ones_of_each_class_then_confident_mistakes():
    images = np.zeros((40, 1, 2, 2), np.uint8)
    labels = np.arange(40) % 10
    images[:, 0, 0, 0] = labels
    images[[13, 25, 37], 0, 0, 0] = 1, 2, 3
    images[[13, 25, 37], 0, 0, 1] = 3, 1, 2
    examples = examples_of(Oracle(), images, labels, 500)
    right, wrong = examples[:10], examples[10:]
    assert [(e.label, e.predicted) for e in right] == [(k, k) for k in range(10)]
    assert [(e.label, e.predicted) for e in wrong] == [(5, 2), (7, 3), (3, 1)]


def test_training_images_are_of_each_class_as_far_as_there_are_some():
    labels = np.repeat([0, 1, 2], [1000, 7, 0])
    rows = neighbours_of(labels, 3)
    chosen = labels[rows]
    assert (chosen == 1).sum() == 7
    assert (chosen == 0).sum() == 100
    assert set(chosen[:2]) == {0, 1}
    assert len(set(rows.tolist())) == len(rows)
    assert len(neighbours_of(np.arange(2000), 2000)) == pictures.MOST_NEIGHBOURS


def test_a_sheet_holds_all_channels_of_all_images():
    images = np.random.default_rng(3).integers(0, 256, (23, 3, 5, 4), np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(sheet_png(images))))
    assert sheet.shape == (2 * 3 * 5, 20 * 4)
    red, green, blue = sheet[15:30, 8:12].reshape(3, 5, 4)
    np.testing.assert_array_equal([red + green, green, blue + green], images[22])
    one = np.asarray(Image.open(io.BytesIO(sheet_png(images[:, :1]))))
    np.testing.assert_array_equal(one[5:10, 8:12], images[22, 0])


def test_images_of_noise_are_left_out_until_the_sheet_fits():
    images = np.random.default_rng(3).integers(0, 256, (200, 1, 16, 16), np.uint8)
    found = ShownPictures((), images, np.arange(200) % 10).payload(20_000)["sheet"]
    assert len(found["source"]) < 20_100
    assert 20 < found["count"] < 100
    assert ShownPictures().payload() == {"examples": [], "sheet": None}
