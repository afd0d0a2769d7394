"""Ranges of deep pictures, by NumPy's arithmetic."""

import json

import numpy as np
import pytest
from PIL import Image

from lenet.data.folds import fold_of
from lenet.data.image_folder import load_image_folder
from lenet.data.range_rule import Rule, rule_of
from lenet.data.value_ranges import adapted, learnt_rule
from lenet.errors import CheckpointError

SIDE = 8


def light(seed):
    """Return a picture between 0.2 and 0.7."""
    return 0.2 + 0.5 * np.random.default_rng(seed).random((SIDE, SIDE))


def folder(root, form, count=20, names=("cat", "dog"), **options):
    """Write so many pictures of each class, each turned into a file's values by `form`."""
    for label, name in enumerate(names):
        (root / name).mkdir(parents=True, exist_ok=True)
        for k in range(count):
            values = form(light(1000 * label + k))
            Image.fromarray(values).save(root / name / f"{k:02d}.tif", **options)
    return root


def twelve(values):
    return np.rint(4095 * values).astype(np.uint16)


@pytest.fixture
def load(tmp_path):
    def load(root, **options):
        options = {"size": SIDE, "channels": 1, "cache_dir": tmp_path / "cache"} | options
        return load_image_folder([root], **options)

    return load


def stored(images):
    """Return the pictures that images come from, as Pillow reads them."""
    pictures = (Image.open(images.source(k).path) for k in range(len(images)))
    return np.stack([np.asarray(picture) for picture in pictures]).astype(float)[:, np.newaxis]


def scaled(values, black, white):
    return np.rint(((values - black) / (white - black)).clip(0, 1) * 255)


@pytest.mark.parametrize(
    "form", [twelve, lambda v: (100 + 500 * v).astype(np.float32)], ids=["uint16", "float32"]
)
def test_the_range_is_that_of_the_training_part(load, tmp_path, form):
    dataset = load(folder(tmp_path / "a", form))
    values = stored(dataset.train.images)
    black, white = np.percentile(values, (0.1, 99.9))
    ((name, ends),) = json.loads(dataset.origin["number_ranges"]).items()
    assert name == form(light(0)).dtype.name
    np.testing.assert_allclose(ends, (black, white), rtol=1e-5)
    for split in (dataset.train, dataset.valid, dataset.test):
        found = np.asarray(split.images)
        assert found.dtype == np.uint8
        assert abs(found - scaled(stored(split.images), black, white)).max() <= 1
    assert dataset.origin["levels"] == [0, 255]


def test_each_fold_has_the_range_of_its_own_training_part(load, tmp_path):
    dataset = load(folder(tmp_path / "a", twelve))
    fold = fold_of(dataset, 4, 2, 0)
    expected = np.percentile(stored(fold.train.images), (0.1, 99.9))
    np.testing.assert_allclose(json.loads(fold.origin["number_ranges"])["uint16"], expected)
    found = np.asarray(fold.test.images)
    assert abs(found - scaled(stored(fold.test.images), *expected)).max() <= 1


def test_one_hot_pixel_leaves_the_others_as_they_are(load, tmp_path):
    root = folder(tmp_path / "a", twelve)
    hot = twelve(light(5))
    hot[3, 3] = 60_000
    Image.fromarray(hot).save(root / "cat" / "05.tif")
    dataset = load(root)
    whole = np.concatenate([np.asarray(s.images) for s in (dataset.train, dataset.valid)])
    assert 100 < whole.mean() < 155


def test_a_hot_pixel_in_each_picture_does_not_widen_the_range(load, tmp_path):
    def form(values, hot=False):
        found = (100 + 500 * np.kron(values, np.ones((4, 4)))).astype(np.uint16)
        if hot:
            found[tuple(np.random.default_rng(int(values.sum() * 1e6)).integers(32, size=2))] = (
                60_000
            )
        return found

    ranges = [
        json.loads(load(folder(tmp_path / name, values)).origin["number_ranges"])["uint16"]
        for name, values in (("a", form), ("b", lambda values: form(values, hot=True)))
    ]
    np.testing.assert_allclose(*ranges, atol=5)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"tiffinfo": {281: 4095}}, (0, 4095)),
        ({"tiffinfo": {280: 200, 281: 3000}}, (200, 3000)),
        ({"tiffinfo": {270: "ImageJ=1.53\nmin=100.0\nmax=3500.0\n"}}, (100, 3500)),
        ({"tiffinfo": {270: '<OME><Pixels SignificantBits="12"/></OME>'}}, (0, 4095)),
    ],
    ids=["MaxSampleValue", "MinSampleValue", "ImageJ", "OME"],
)
def test_tags_win(load, tmp_path, options, expected):
    dataset = load(folder(tmp_path / "a", twelve, **options))
    assert json.loads(dataset.origin["number_ranges"]) == {"uint16": list(expected)}
    values = stored(dataset.train.images)
    assert abs(np.asarray(dataset.train.images) - scaled(values, *expected)).max() <= 1


@pytest.mark.parametrize(
    "tag",
    [{281: 65535}, {270: '<OME><Pixels SignificantBits="16"/></OME>'}],
    ids=["MaxSampleValue", "OME"],
)
def test_tags_of_which_hardly_anything_is_used_do_not_win(load, tmp_path, tag):
    def counts(values):
        return (100 + 500 * values).astype(np.uint16)

    dataset = load(folder(tmp_path / "a", counts, tiffinfo=tag))
    expected = np.percentile(stored(dataset.train.images), (0.1, 99.9))
    np.testing.assert_allclose(json.loads(dataset.origin["number_ranges"])["uint16"], expected)


def test_what_the_user_names_wins_over_tags(load, tmp_path):
    root = folder(tmp_path / "a", twelve, tiffinfo={281: 4095})
    dataset = load(root, rule=rule_of(("0", "8000"), None))
    assert json.loads(dataset.origin["number_ranges"]) == {"uint16": [0, 8000]}


@pytest.mark.parametrize(("low", "high"), [(-1e-6, 1.0), (0.0, 1.0005)])
def test_floats_of_0_to_1_keep_that_range(load, tmp_path, low, high):
    def form(values):
        values = values.astype(np.float32)
        values[0, :2] = low, high
        return values

    dataset = load(folder(tmp_path / "a", form))
    assert json.loads(dataset.origin["number_ranges"]) == {"float32": [0, 1]}
    expected = np.rint(255 * stored(dataset.train.images).clip(0, 1))
    np.testing.assert_array_equal(np.asarray(dataset.train.images), expected)


def test_bytes_stay_what_they_are(load, tmp_path):
    dataset = load(folder(tmp_path / "a", lambda v: np.rint(255 * v).astype(np.uint8)))
    np.testing.assert_array_equal(np.asarray(dataset.train.images), stored(dataset.train.images))
    assert json.loads(dataset.origin["number_ranges"]) == {"uint8": [0, 255]}


def test_a_network_sees_other_depths_at_the_levels_that_it_has_learnt(load, tmp_path):
    learnt = load(folder(tmp_path / "a", lambda v: np.rint(255 * v).astype(np.uint8)))
    rule = learnt_rule(learnt.origin)
    other = load(folder(tmp_path / "b", twelve), rule=rule, shares=None)
    by_name = {other.test.images.source(k).path.relative_to(tmp_path / "b"): k for k in range(40)}
    for k in range(len(learnt.train.images)):
        name = learnt.train.images.source(k).path.relative_to(tmp_path / "a")
        difference = learnt.train.images[k].astype(int) - other.test.images[by_name[name]]
        assert abs(difference).max() <= 4


@pytest.mark.parametrize("divisor", [16, 1 / 10], ids=["darker", "lighter"])
def test_another_scale_of_the_same_type_is_brought_to_the_levels_and_said(load, tmp_path, divisor):
    learnt = load(folder(tmp_path / "a", twelve))
    rule = learnt_rule(learnt.origin)
    np.testing.assert_allclose(
        rule.spans["uint16"], np.percentile(stored(learnt.train.images), (0.1, 99.9))
    )
    other = load(
        folder(tmp_path / "b", lambda v: np.rint(twelve(v) / divisor).astype(np.uint16)),
        rule=rule,
        shares=None,
    )
    found = adapted(other, rule)
    (line,) = found.warnings
    assert line.startswith("40 images of uint16, ")
    assert "their values have been brought to the range of those" in line
    ends = np.percentile(stored(found.test.images), (0.1, 99.9))
    expected = scaled(stored(found.test.images), *ends)
    assert abs(np.asarray(found.test.images) - expected).max() <= 1


def test_the_same_scale_is_left_as_it_was_learnt(load, tmp_path):
    rule = learnt_rule(load(folder(tmp_path / "a", twelve)).origin)
    half = folder(tmp_path / "b", lambda v: twelve(v * 0.5), count=9)
    other = load(half, rule=rule, shares=None)
    found = adapted(other, rule)
    assert found.warnings == ()
    expected = scaled(stored(found.test.images), *rule.learnt["uint16"])
    assert abs(np.asarray(found.test.images) - expected).max() <= 1


def test_a_network_of_an_earlier_version_sees_values_by_their_type(load, tmp_path):
    rule = learnt_rule({"dataset": "folder"})
    assert rule == Rule(by_type=True)
    dataset = load(folder(tmp_path / "a", twelve), rule=rule)
    expected = np.rint(stored(dataset.train.images) / 65535 * 255)
    np.testing.assert_array_equal(np.asarray(dataset.train.images), expected)
    assert "number_ranges" not in dataset.origin


@pytest.mark.parametrize("text", ["", "[]", '{"uint16": [5, 5]}', '{"uint16": [9, NaN]}', "1"])
def test_a_damaged_range_is_one_line(text):
    with pytest.raises(CheckpointError, match="has no ranges of values"):
        learnt_rule({"number_ranges": text, "levels": [0, 255]})


def test_flags_that_are_no_range():
    assert rule_of(None, 12).named == (0, 4095)
    assert rule_of(["each"], None).by_type
    for ends, bits in ((("5", "1"), None), (("x",), None), (("1", "2"), 12), (("1", "nan"), None)):
        with pytest.raises(ValueError, match="--range"):
            rule_of(ends, bits)


def test_all_of_one_depth_in_one_class_is_said(load, tmp_path):
    root = folder(tmp_path / "a", twelve, names=("coccus",))
    folder(root, lambda v: np.rint(255 * v).astype(np.uint8), names=("rod", "pair"))
    (line,) = [line for line in load(root).warnings if line.startswith("depth")]
    assert "uint16 is 100 % of coccus, 0 % of pair, rod" in line
    assert load(folder(tmp_path / "b", twelve)).warnings == ()
