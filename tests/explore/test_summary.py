import io

import numpy as np
import pytest
from PIL import Image

from lenet.explore import index as album_module
from lenet.explore.index import DatasetIndex
from lenet.explore.summary import mean_image, samples, value_ranges
from lenet.report.contact_sheet import FRAME, strip
from tests.explore.planted import all_images, dataset_of


@pytest.fixture
def album(monkeypatch):
    monkeypatch.setattr(album_module, "MAX_VALUES", 10_000)  # several batches
    images, labels = all_images()
    images[:90] //= 2
    return DatasetIndex(dataset_of(images, labels))


@pytest.mark.parametrize("channels", [1, 3])
def test_values_are_those_of_numpy(channels):
    images, labels = all_images()
    dataset = dataset_of(images[:, :channels], labels, parts=(90, 0, 30))
    found = value_ranges(DatasetIndex(dataset))
    assert [(one.part, one.channel) for one in found] == [
        (part, channel)
        for part in ("training", "test")
        for channel in (("gray",) if channels == 1 else ("red", "green", "blue"))
    ]
    for k, one in enumerate(found):
        values = (images[:90], images[90:])[k // channels][:, k % channels]
        assert (one.lowest, one.highest) == (values.min(), values.max())
        assert one.mean == pytest.approx(values.mean())
        assert one.deviation == pytest.approx(values.std())


def test_the_mean_image_is_of_all_parts(album):
    images = np.concatenate(list(album.batches()))
    for label in range(3):
        expected = np.rint(images[album.labels == label].mean(axis=0))
        np.testing.assert_array_equal(mean_image(album, label), expected)


def test_a_class_without_images_has_no_mean(album):
    images, labels = all_images()
    lonely = DatasetIndex(dataset_of(images, labels, names=(*"abcd",)))
    assert mean_image(lonely, 3) is None
    assert samples(lonely, 3, 5) == []


@pytest.mark.parametrize("count", [1, 7, 40, 99])
def test_samples_are_of_the_class_and_far_apart(album, count):
    found = samples(album, 1, count)
    assert len(set(found)) == len(found) == min(count, 40)
    assert (album.labels[found] == 1).all()
    assert found == sorted(found)
    if count > 1:
        assert (found[0], found[-1]) == (40, 79)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("side", "drawn"), [(7, 49), (48, 48), (60, 60), (200, 72)])
def test_a_strip_has_its_images_in_rows(channels, side, drawn):
    images = np.zeros((5, channels, side, side), np.uint8)
    images[:] = (10 * np.arange(1, 6))[:, np.newaxis, np.newaxis, np.newaxis]
    picture = np.asarray(Image.open(io.BytesIO(strip(images, 3))))
    step = drawn + FRAME
    assert picture.shape == (2 * step - FRAME, 3 * step - FRAME, 4)
    for k in range(5):
        row, column = divmod(k, 3)
        tile = picture[row * step : row * step + drawn, column * step : column * step + drawn]
        assert (tile[..., :3] == 10 * (k + 1)).all()
        assert (tile[..., 3] == 255).all()
    assert not picture[step:, 2 * step :, 3].any()
