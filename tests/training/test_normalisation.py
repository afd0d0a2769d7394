import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from lenet.data import statistics
from lenet.data.dataset import Split
from lenet.data.indexed_images import IndexedImages
from lenet.data.statistics import NORMALISATIONS, channel_statistics
from lenet.layers import Sequential
from lenet.training.build import normalising_layers
from tests.image_folders import noise

# A wide channel, a narrow one, and one of a single value.
IMAGES = np.stack([noise(23, 5, 4), noise(23, 5, 4, seed=1) // 8 + 100, np.full((23, 5, 4), 7)], 1)
IMAGES = IMAGES.astype(np.uint8)
SPLIT = Split(IMAGES, np.zeros(23, np.int32))


@pytest.fixture(autouse=True)
def _in_several_pieces(monkeypatch):
    monkeypatch.setattr(statistics, "AT_A_TIME", 10)


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_statistics_are_those_of_numpy(where):
    images = IMAGES if where == "memory" else IndexedImages(IMAGES, np.arange(22, -1, -1))
    found = channel_statistics(Split(images, SPLIT.labels))
    axes = (0, 2, 3)
    np.testing.assert_allclose(found.mean, IMAGES.mean(axes), rtol=1e-15)
    np.testing.assert_allclose(found.deviation, IMAGES.std(axes), rtol=1e-12)
    np.testing.assert_array_equal(found.lowest, IMAGES.min(axes))
    np.testing.assert_array_equal(found.highest, IMAGES.max(axes))


def test_statistics_do_not_depend_on_the_order():
    order = np.random.default_rng(0).permutation(23)
    shuffled = channel_statistics(SPLIT.take(order))
    for one, other in zip(channel_statistics(SPLIT), shuffled, strict=True):
        np.testing.assert_array_equal(one, other)


def normalised(kind, images):
    """Return what the layers make of images, as a network is given them."""
    layers = normalising_layers(SPLIT, kind)
    scaled = pt.tensor4("scaled", dtype="float64")
    if not layers:
        return images / 255
    with pytensor.config.change_flags(floatX="float64"):
        network = Sequential(layers, images.shape[1:], np.random.default_rng(0))
        output = list(network.apply(scaled, training=False)[0].values())[-1]
    return output.eval({scaled: images / 255}, mode=Mode(linker="py", optimizer=None))


def by_hand(kind, channel, value):
    numbers = [int(number) for number in IMAGES[:, channel].ravel()]
    match kind:
        case "none":
            return value
        case "unit":
            return value / 255
        case "zscore":
            mean = sum(numbers) / len(numbers)
            deviation = (sum((n - mean) ** 2 for n in numbers) / len(numbers)) ** 0.5
            return (value - mean) / (deviation or 255)
        case "minmax":
            return (value - min(numbers)) / (max(numbers) - min(numbers) or 255)
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", NORMALISATIONS)
def test_each_kind_is_what_it_says(kind):
    # Other images than those that the numbers are from.
    images = noise(2, 3, 5, 4, seed=9)
    found = normalised(kind, images)
    for image in range(2):
        for channel in range(3):
            expected = by_hand(kind, channel, float(images[image, channel, 2, 3]))
            assert found[image, channel, 2, 3] == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="normalisation 'loud', expected one of zscore, unit"):
        normalising_layers(SPLIT, "loud")
