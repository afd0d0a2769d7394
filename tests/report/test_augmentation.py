import io

import matplotlib.image
import numpy as np
import pytest

from lenet.augment.compose import Augmentation
from lenet.augment.transforms import Brightness, Flip, Noise, Rotate
from lenet.data.dataset import Dataset, Split
from lenet.report.augmentation import augmentation_picture, write_augmentation_picture

RED, GREEN, BLUE = np.eye(3, dtype=np.uint8)


def colourful(classes=3, per_class=4, size=8):
    """Return images of one colour for each class."""
    labels = np.repeat(np.arange(classes, dtype=np.int32), per_class)[::-1]
    images = np.zeros((len(labels), 3, size, size), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[label % 3] = 200
    return Split(images, labels)


def drawn(augmentation, split=None, names=("a", "b", "c"), seed=0):
    picture = augmentation_picture(
        split or colourful(), names, augmentation, np.random.default_rng(seed)
    )
    return matplotlib.image.imread(io.BytesIO(picture))[..., :3]


def columns_of(picture, colour, level=200):
    """Return how many tiles of a colour there are beside each other."""
    found = (np.abs(picture - colour * level / 255).max(axis=-1) < 0.01).sum(axis=0) > 20
    return np.count_nonzero(np.diff(found.astype(int)) == 1)


@pytest.mark.parametrize("colour", [RED, GREEN, BLUE], ids=["red", "green", "blue"])
def test_each_class_has_a_row_with_itself_and_all_versions(colour):
    picture = drawn(Augmentation((Flip("both"), Rotate((90, 180)))))
    assert columns_of(picture, colour) == 5


def test_versions_are_what_they_are_called():
    picture = drawn(Augmentation((Brightness((0.5,)), Flip("h"))))
    assert columns_of(picture, RED) == 2
    assert columns_of(picture, RED, 100) == 1


def test_random_versions_are_several_draws():
    picture = drawn(Augmentation((Brightness((0.5, 0.25)),), "random"))
    counts = [columns_of(picture, RED, level) for level in (200, 100, 50)]
    assert sum(counts) == 10
    assert min(counts) >= 1


def test_of_many_classes_and_versions_some_are_drawn():
    picture = drawn(
        Augmentation((Rotate(tuple(range(40))),)), colourful(30), [f"class {k}" for k in range(30)]
    )
    assert columns_of(picture, GREEN) == 13
    assert max(picture.shape) < 1500


def test_a_class_without_images_has_no_row():
    split = colourful()
    rest = Split(split.images[split.labels != 1], split.labels[split.labels != 1])
    picture = drawn(Augmentation((Flip("h"),)), rest)
    assert columns_of(picture, GREEN) == 0
    assert columns_of(picture, BLUE) == 2


def test_gray_images_and_images_that_are_not_square_are_drawn():
    images = np.full((6, 1, 5, 12), 100, np.uint8)
    picture = drawn(Augmentation((Noise(0.2),)), Split(images, np.arange(6, dtype=np.int32) % 3))
    assert columns_of(picture, np.ones(3), 100) >= 1


def test_the_picture_is_written_if_there_are_transforms(tmp_path):
    split = colourful()
    dataset = Dataset("toy", split, split, split, ("a", "b", "c"), mirror=False)
    none = write_augmentation_picture(tmp_path, dataset, Augmentation(), np.random.default_rng(0))
    assert none is None
    assert list(tmp_path.iterdir()) == []
    augmentation = Augmentation((Flip("h"),))
    picture = write_augmentation_picture(tmp_path, dataset, augmentation, np.random.default_rng(0))
    assert [path.name for path in tmp_path.iterdir()] == ["augmentation.png"]
    assert (tmp_path / "augmentation.png").read_bytes() == picture
