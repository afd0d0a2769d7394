"""Single pictures as a network sees them, by NumPy's arithmetic."""

import numpy as np
import pytest
from PIL import Image

from lenet.data.image_files import read_image
from lenet.data.range_rule import Rule
from lenet.data.sight import MAX_PICTURES, Sight
from lenet.errors import ImageError
from tests.tiff_files import EXTRA, PHOTOMETRIC, tiff_file

OF_BYTES = Rule(learnt={"uint8": (0.0, 255.0)}, levels=(30.0, 188.0))
OF_COUNTS = Rule(
    learnt={"uint16": (100.0, 600.0)}, spans={"uint16": (100.0, 600.0)}, levels=(0.0, 255.0)
)
SIDE = 16


def write(path, values):
    Image.fromarray(values).save(path)
    return path


def counts(seed=0, low=100, high=600):
    return np.random.default_rng(seed).integers(low, high + 1, (SIDE, SIDE)).astype(np.uint16)


def adapt(sight, paths):
    return sight.adapt(paths, 1, SIDE, True)


def read(sight, path, channels=1, page=0):
    return sight.read(path, channels, page, SIDE, True)


def test_values_of_a_type_that_was_learnt_have_its_range(tmp_path):
    sight, values = Sight(OF_COUNTS), counts(low=0, high=900)
    path = write(tmp_path / "a.tif", values)
    assert adapt(sight, [path]) == []
    expected = np.rint((values.astype(float) - 100).clip(0, 500) / 500 * 255)
    np.testing.assert_array_equal(read(sight, path), expected[np.newaxis])
    np.testing.assert_array_equal(read(sight, path, 3), [expected] * 3)


def test_another_type_is_brought_to_the_levels_that_were_learnt(tmp_path):
    sight = Sight(OF_BYTES)
    paths = [write(tmp_path / f"{k}.tif", counts(k)) for k in range(4)]
    paths.append(write(tmp_path / "bytes.png", np.full((SIDE, SIDE), 77, np.uint8)))
    (line,) = adapt(sight, paths)
    assert line.startswith("pictures of uint16, 10")
    assert "the network has learnt uint8; their values have been brought to the range" in line
    values = np.stack([np.asarray(Image.open(path)) for path in paths[:4]]).astype(float)
    low, high = np.percentile(values, (0.1, 99.9))
    expected = 30 + (values - low) / (high - low) * (188 - 30)
    found = np.concatenate([read(sight, path) for path in paths[:4]])
    assert abs(found - expected).max() <= 0.51
    assert (read(sight, paths[4]) == 77).all()


def test_bytes_are_brought_to_the_levels_of_a_network_of_counts(tmp_path):
    sight = Sight(OF_COUNTS)
    values = np.linspace(30, 188, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint8)
    path = write(tmp_path / "a.png", values)
    (line,) = adapt(sight, [path])
    assert line.startswith("pictures of uint8, 30 to 18")
    assert "the network has learnt uint16; their values have been brought" in line
    expected = (values.astype(float) - 30) / (188 - 30) * 255
    assert abs(read(sight, path)[0] - expected.clip(0, 255)).max() <= 3


@pytest.mark.parametrize(
    ("low", "high", "count", "is_other"),
    [
        (100, 600, 1, False),
        (80, 900, 30, False),
        (5000, 60000, 1, True),  # 100 times as light
        (10, 60, 1, True),
        (110, 130, 1, False),  # one picture of nearly nothing
        (110, 130, 30, True),
        (300, 300, 1, False),
    ],
)
def test_another_scale_of_a_type_that_was_learnt(tmp_path, low, high, count, is_other):
    sight = Sight(OF_COUNTS)
    path = write(tmp_path / "a.tif", counts(low=low, high=high))
    lines = adapt(sight, [path] * count)
    assert len(lines) == is_other
    for line in lines:
        assert "the network has learnt values of 100 to 600; their values have been brought" in line
    values = np.asarray(Image.open(path)).astype(float)
    ends = np.percentile(values, (0.1, 99.9)) if is_other else (100, 600)
    expected = ((values - ends[0]) / (ends[1] - ends[0]) * 255).clip(0, 255)
    assert abs(read(sight, path)[0] - expected).max() <= 0.51


def test_what_is_measured_is_what_the_network_takes(tmp_path):
    """Noise of single pixels, which scaling evens out, does not widen the range."""
    sight = Sight(OF_BYTES)
    noisy = np.full((4 * SIDE, 4 * SIDE), 1000, np.uint16)
    noisy[:, : 2 * SIDE] = 3000
    noisy[::8, ::8] += 20000
    path = write(tmp_path / "a.tif", noisy)
    adapt(sight, [path])
    assert read(sight, path).max() == 188
    assert read(sight, path).min() == 30


def test_a_network_of_an_earlier_version_sees_bytes_by_type(tmp_path):
    sight, path = Sight(Rule(by_type=True)), write(tmp_path / "a.tif", counts())
    assert adapt(sight, [path, tmp_path / "none.tif"]) == []
    np.testing.assert_array_equal(read(sight, path, 3), read_image(path, 3))
    assert read(sight, path).max() == 2


def test_pictures_that_cannot_be_read_do_not_decide(tmp_path):
    sight = Sight(OF_BYTES)
    path = write(tmp_path / "a.tif", counts())
    (tmp_path / "cut.tif").write_bytes(path.read_bytes()[:300])
    assert len(adapt(sight, [tmp_path / "none.tif", tmp_path / "cut.tif", path])) == 1
    with pytest.raises(ImageError, match=r"cut\.tif"):
        read(sight, tmp_path / "cut.tif")


def test_a_deep_picture_is_scaled_before_it_becomes_bytes(tmp_path):
    values = np.full((4 * SIDE, 2 * SIDE), 100, np.uint16)
    values[::2] = 600
    found = read(Sight(OF_COUNTS), write(tmp_path / "a.tif", values))
    assert found.shape == (1, SIDE, SIDE)
    assert abs(found[0, 2:-2, 6:10].astype(int) - 127).max() <= 8  # the mean of the lines


def test_many_pictures_are_looked_at_evenly_and_each_type_is(tmp_path):
    sight = Sight(OF_BYTES)
    path = write(tmp_path / "a.tif", counts())
    single = write(tmp_path / "b.tif", counts().astype(np.float32))
    lines = adapt(sight, [*[path] * (3 * MAX_PICTURES), single])
    assert sorted(line.split(",")[0] for line in lines) == [
        "pictures of float32",
        "pictures of uint16",
    ]


def test_another_type_on_a_later_page_is_one_line(tmp_path):
    pages = [Image.fromarray(values) for values in (counts(), counts().astype(np.float32))]
    pages[0].save(path := tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    sight = Sight(OF_COUNTS, pages="first")
    assert adapt(sight, [path]) == []
    with pytest.raises(ImageError, match="page 2 has values of float32, and the network has lea"):
        read(sight, path, page=1)


def test_all_pages_decide_if_all_are_taken(tmp_path):
    """Those of another type are brought to the levels that were learnt, wherever they are."""
    pages = [Image.fromarray(values) for values in (counts(), counts(1).astype(np.float32))]
    pages[0].save(path := tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    sight = Sight(OF_COUNTS, pages="all")
    assert sight.pages_of(path, 1) == [0, 1]
    (line,) = adapt(sight, [path, tmp_path / "none.tif"])
    assert line.startswith("pictures of float32, 10")
    values = counts(1).astype(float)
    low, high = np.percentile(values, (0.1, 99.9))
    expected = ((values - low) / (high - low) * 255).clip(0, 255)
    assert abs(read(sight, path, page=1)[0] - expected).max() <= 0.51


BY_CHANNEL = Rule(
    learnt={"uint16 channel 1": (100.0, 600.0), "uint16 channel 2": (10.0, 60.0)},
    spans={"uint16 channel 1": (100.0, 600.0), "uint16 channel 2": (10.0, 60.0)},
    levels=(0.0, 255.0),
    by_channel=True,
    channel_levels=((0.0, 255.0), (30.0, 188.0)),
)


def two_channels(path, first, second):
    values = np.stack([first, second])
    path.write_bytes(tiff_file(values, tags={EXTRA: [0], PHOTOMETRIC: [1]}))
    return values


def test_each_channel_has_its_own_range(tmp_path):
    sight, path = Sight(BY_CHANNEL, keep=True), tmp_path / "a.tif"
    values = two_channels(path, counts(), counts(1, 10, 60)).astype(float)
    assert sight.adapt([path], 2, SIDE, True) == []
    expected = (values - [[[100]], [[10]]]) / [[[500]], [[50]]] * 255
    np.testing.assert_array_equal(read(sight, path, 2), np.rint(expected))


@pytest.mark.parametrize("count", [1, 30])
def test_a_dark_channel_stays_dark(tmp_path, count):
    sight, path = Sight(BY_CHANNEL, keep=True), tmp_path / "a.tif"
    two_channels(path, counts(), counts(1, 10, 12))
    assert sight.adapt([path] * count, 2, SIDE, True) == []
    assert read(sight, path, 2)[1].max() <= 11


def test_all_channels_of_another_scale_are_brought_to_their_levels(tmp_path):
    sight, path = Sight(BY_CHANNEL, keep=True), tmp_path / "a.tif"
    values = two_channels(path, counts(0, 5000, 60000), counts(1, 3000, 9000)).astype(float)
    (line,) = sight.adapt([path], 2, SIDE, True)
    assert line.startswith("pictures of uint16 channel 1, 5")
    assert line.endswith("(and so each of the 2 channels)")
    found = read(sight, path, 2)
    for k, (dark, bright) in enumerate(((0, 255), (30, 188))):
        low, high = np.percentile(values[k], (0.1, 99.9))
        expected = dark + (values[k] - low) / (high - low) * (bright - dark)
        assert abs(found[k] - expected.clip(0, 255)).max() <= 1.01


def test_pictures_of_bytes_without_a_file_are_read_as_those_of_files(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE)).astype(np.uint8)
    path = write(tmp_path / "a.png", pixels)
    for rule in (Rule(), OF_BYTES, Rule(learnt={"uint8": (40.0, 200.0)}, levels=(0.0, 255.0))):
        sight = Sight(rule)
        np.testing.assert_array_equal(sight.bytes_of(pixels[np.newaxis]), read(sight, path))
    with pytest.raises(ImageError, match="has learnt uint16, and films have bytes"):
        Sight(OF_COUNTS).bytes_of(pixels[np.newaxis])
