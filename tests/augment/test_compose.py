import tracemalloc
from collections import Counter

import numpy as np
import pytensor
import pytest

from lenet.augment import batch_plan
from lenet.augment.compose import Augmentation
from lenet.augment.transforms import (
    Brightness,
    Crop,
    Elastic,
    Flip,
    Noise,
    Range,
    Rotate,
    Scale,
    Shift,
)
from lenet.data.dataset import Split, batches

EVERYTHING = (
    *(Crop(), Flip("both"), Rotate(Range(-30, 30)), Scale(), Shift(), Elastic()),
    *(Brightness(), Noise()),
)


def random_split(n=20, channels=1, size=8):
    images = np.random.default_rng(0).integers(0, 256, (n, channels, size, size), dtype=np.uint8)
    return Split(images, np.arange(n, dtype=np.int32))


def epoch(augmentation, split, seed=0, batch_size=7):
    rng = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(seed)
    parts = list(augmentation.batches(split, batch_size, rng))
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


def as_keys(images, labels):
    return Counter(
        (image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True)
    )


def test_each_shows_every_image_as_itself_and_once_in_each_version():
    split = random_split()
    augmentation = Augmentation((Rotate((90, -90)), Flip("both"), Brightness((0.5,))))
    images, labels = epoch(augmentation, split)
    versions = [
        split.images,
        np.rot90(split.images, axes=(2, 3)),
        np.rot90(split.images, -1, axes=(2, 3)),
        split.images[..., ::-1],
        split.images[..., ::-1, :],
        np.floor(split.images / 2 + 0.5).astype(np.uint8),
    ]
    assert augmentation.appearances == 6
    assert as_keys(images, labels) == sum(
        (as_keys(version, split.labels) for version in versions), Counter()
    )
    assert images.dtype == np.uint8
    assert labels.dtype == np.int32


def test_versions_are_shuffled_together():
    split = random_split(50)
    augmentation = Augmentation((Flip("both"),))
    _, labels = epoch(augmentation, split)
    assert not np.array_equal(labels[:50], split.labels)
    # An epoch in blocks of one version each would show every image once among the first fifty.
    assert len(set(labels[:50].tolist())) < 50


def test_random_shows_every_image_once_and_differently_in_every_epoch():
    split = random_split()
    rng = np.random.default_rng(0)
    augmentation = Augmentation((Noise(0.3), Rotate(Range(-20, 20))), "random")
    first, labels = epoch(augmentation, split, rng)
    second, others = epoch(augmentation, split, rng)
    assert augmentation.appearances == 1
    assert sorted(labels) == sorted(others) == split.labels.tolist()
    assert not np.array_equal(labels, others)
    for index in range(len(labels)):
        assert not np.array_equal(first[labels == index], second[others == index])


def test_random_applies_all_transforms_in_their_order():
    images = np.zeros((1, 1, 5, 5), np.uint8)
    images[0, 0, 0, 1] = 200
    shrunk = Brightness((0.5,)), Flip("h"), Rotate((90,))
    found = {
        (*map(int, np.argwhere(picture[0])[0]), int(picture.max()))
        for seed in range(60)
        for picture in Augmentation(shrunk, "random").altered(images, np.random.default_rng(seed))
    }
    # At 1 of row 0, or mirrored at 3; turned, these are rows 3 and 1 of column 0.
    places = {(0, 1), (0, 3), (3, 0), (1, 0)}
    assert found == {(*place, value) for place in places for value in (100, 200)}


def test_without_transforms_batches_are_the_very_same():
    split = random_split()
    for mode in ("each", "random"):
        augmentation = Augmentation((), mode)
        assert not augmentation
        assert augmentation.appearances == 1
        found = augmentation.batches(split, 7, np.random.default_rng(3))
        for mine, plain in zip(found, batches(split, 7, np.random.default_rng(3)), strict=True):
            np.testing.assert_array_equal(mine[0], plain[0])
            np.testing.assert_array_equal(mine[1], plain[1])


@pytest.mark.parametrize("mode", ["each", "random"])
def test_a_seed_decides_all(mode):
    split = random_split()
    augmentation = Augmentation(EVERYTHING, mode)
    one, again, other = (epoch(augmentation, split, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one[0], again[0])
    np.testing.assert_array_equal(one[1], again[1])
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize("mode", ["each", "random"])
def test_without_a_compiler_images_are_the_same_to_the_byte(mode, monkeypatch):
    split = random_split(channels=3)
    augmentation = Augmentation(EVERYTHING, mode, "background")
    compiled, _ = epoch(augmentation, split)
    uncached = batch_plan.compiled_alter_images.__wrapped__
    with pytensor.config.change_flags(cxx=""):
        function = uncached()
    monkeypatch.setattr("lenet.augment.batch_plan.compiled_alter_images", lambda: function)
    plain, _ = epoch(augmentation, split)
    np.testing.assert_array_equal(compiled, plain)


def test_batches_are_made_one_by_one_and_the_last_is_partial():
    split = random_split(5)
    before = split.images.copy()
    made = Augmentation((Flip("h"),)).batches(split, 4, np.random.default_rng(0))
    assert [len(labels) for _, labels in made] == [4, 4, 2]
    np.testing.assert_array_equal(split.images, before)


def test_images_need_be_nothing_but_taken_by_their_indices():
    class OnDisk:
        def __init__(self, images):
            self.images, self.shape, self.dtype = images, images.shape, images.dtype

        def __len__(self):
            return len(self.images)

        def __getitem__(self, index):
            return self.images[index]

    split = random_split()
    lazy = Split(OnDisk(split.images), split.labels)
    for mode in ("each", "random"):
        augmentation = Augmentation((Rotate((90,)), Noise()), mode)
        np.testing.assert_array_equal(epoch(augmentation, lazy)[0], epoch(augmentation, split)[0])


def test_images_of_many_sizes_are_transformed_a_few_at_a_time():
    augmentation = Augmentation((Rotate((180,)),))
    for size, n in ((1, 70), (120, 20), (300, 9)):
        images = random_split(n, size=size).images
        found = augmentation.altered(images, np.random.default_rng(0), np.ones(n, int))
        np.testing.assert_array_equal(found, images[..., ::-1, ::-1])


def test_no_images():
    images = random_split(4).images[:0]
    rng = np.random.default_rng(0)
    assert Augmentation(EVERYTHING).altered(images, rng).shape == (0, 1, 8, 8)


def peak_bytes(augmentation, n):
    split = Split(np.zeros((n, 3, 32, 32), np.uint8), np.zeros(n, np.int32))
    tracemalloc.start()
    for _ in augmentation.batches(split, 50, np.random.default_rng(0)):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("mode", ["each", "random"])
def test_memory_does_not_grow_with_the_images_but_for_their_order(mode):
    augmentation = Augmentation(EVERYTHING, mode)
    peak_bytes(augmentation, 100)  # what is allocated once
    growth = peak_bytes(augmentation, 400) - peak_bytes(augmentation, 100)
    # Of one image there are 3072 bytes; its place in the order is four, or eight without versions.
    assert growth <= 300 * 8 * augmentation.appearances + 20_000


def test_an_epoch_says_what_it_has():
    transforms = (Rotate((90, -90)), Noise())
    assert Augmentation(transforms).description == (
        "each image, and versions by rotate 90 -90, noise 0.1"
    )
    assert Augmentation(transforms, "random").description == (
        "rotate 90 -90, noise 0.1, together at random"
    )


def test_images_that_are_too_small_are_refused():
    with pytest.raises(ValueError, match="crop 9: expected less than the 8 pixels"):
        Augmentation((Flip("h"), Crop(9))).check((8, 10))
    Augmentation((Crop(9), Shift(0.5))).check((10, 10))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "all"}, "mode 'all': expected one of each, random"),
        ({"fill": "white"}, "fill 'white': expected one of edge, background"),
    ],
    ids=["mode", "fill"],
)
def test_unknown_names_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Augmentation((), **options)
