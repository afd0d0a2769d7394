"""What a snapshot has, against the arrays that it is made of."""

import base64
import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from lenet.dashboard.answers import (
    NotedAnswers,
    averaged,
    followed_rows,
    mistaken_rows,
    small_images,
)
from lenet.dashboard.snapshot import columns_of, filters_of, mistakes_of
from lenet.data.dataset import Split
from lenet.training.loop import EpochResult


def unpacked(text, dtype, shape):
    return np.frombuffer(base64.b64decode(text), dtype).reshape(shape)


def network_with(values, shape=(1, 4, 4)):
    weights = SimpleNamespace(get_value=lambda borrow: values)
    layers = [SimpleNamespace(weights=[]), SimpleNamespace(weights=[weights])]
    images = SimpleNamespace(type=SimpleNamespace(shape=(None, *shape)))
    return SimpleNamespace(model=SimpleNamespace(layers=layers), images=images)


def test_answers_are_noted_in_the_order_of_the_images():
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(5), 17)
    noted = NotedAnswers(lambda images, labels: [0.5, 0.25, shares[images]])
    for batch in np.split(np.arange(17), [6, 12]):
        results = noted(batch, batch)
        assert results[:2] == [0.5, 0.25]
        assert np.array_equal(results[2], shares[batch])
    predictions, confidences = noted.taken()
    assert predictions.tolist() == [max(range(5), key=row.__getitem__) for row in shares.tolist()]
    assert confidences.tolist() == [max(row) for row in shares.tolist()]
    assert [len(part) for part in noted.taken()] == [0, 0]


def test_one_image_of_each_class_is_followed():
    assert followed_rows(np.array([2, 0, 0, 2, 3]), 4).tolist() == [1, 0, 4]
    many = np.arange(100)
    assert len(followed_rows(many, 100)) == 12
    assert followed_rows(np.array([], int), 3).tolist() == []


def test_the_surest_mistakes_come_first():
    labels, predictions = np.array([0, 1, 2, 0, 1]), np.array([0, 2, 1, 1, 1])
    confidences = np.array([0.9, 0.5, 0.8, 0.5, 0.7])
    assert mistaken_rows(labels, predictions, confidences).tolist() == [2, 1, 3]
    images = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((5, 1, 2, 2), np.uint8)
    found = mistakes_of(Split(images, labels), predictions, confidences, 2)
    assert found["count"] == 3
    assert [each["answer"] for each in found["first"]] == [[1, 0.8], [2, 0.5]]
    assert [each["label"] for each in found["first"]] == [2, 1]
    first = found["first"][0]
    assert np.array_equal(unpacked(first["image"], np.uint8, first["shape"]), images[2])


@pytest.mark.parametrize(
    ("size", "most", "expected"), [(4, 4, 4), (5, 4, 2), (8, 4, 4), (224, 96, 74), (1, 1, 1)]
)
def test_large_pictures_become_means_of_blocks(size, most, expected):
    picture = np.random.default_rng(size).integers(0, 256, (2, 3, size, size)).astype(float)
    small = averaged(picture, most)
    assert small.shape == (2, 3, expected, expected)
    side = -(-size // most)
    for row in range(expected):
        for column in range(expected):
            block = picture[..., row * side : (row + 1) * side, column * side : (column + 1) * side]
            np.testing.assert_allclose(small[..., row, column], block.mean(axis=(-1, -2)))


def test_small_images_are_bytes():
    images = np.random.default_rng(3).integers(0, 256, (2, 3, 200, 200), np.uint8)
    split = Split(images, np.zeros(2, np.int32))
    assert small_images(split, np.array([1])).shape == (1, 3, 66, 66)
    assert small_images(split, np.array([1])).dtype == np.uint8
    assert small_images(split, np.array([], int)).shape[0] == 0


def test_filters_of_a_convolution_are_turned_and_quantised():
    values = np.random.default_rng(2).normal(size=(70, 3, 2, 2)).astype(np.float32)
    found = filters_of(network_with(values))
    assert (found["shape"], found["count"]) == ([64, 3, 2, 2], 70)
    shown = unpacked(found["values"], np.int8, found["shape"]) * found["limit"] / 127
    np.testing.assert_allclose(shown, values[:64, :, ::-1, ::-1], atol=found["limit"] / 254 + 1e-6)


def test_first_weights_of_zero_are_shown():
    found = filters_of(network_with(np.zeros((2, 1, 2, 2))))
    assert (found["limit"], unpacked(found["values"], np.int8, -1).tolist()) == (0.0, [0] * 8)


def test_units_that_see_the_image_are_pictures_of_it():
    values = np.random.default_rng(2).normal(size=(16, 5)).astype(np.float32)
    found = filters_of(network_with(values))
    assert (found["shape"], found["count"]) == ([5, 1, 4, 4], 5)
    shown = unpacked(found["values"], np.int8, found["shape"]) * found["limit"] / 127
    np.testing.assert_allclose(shown[2, 0, 1, 3], values[7, 2], atol=found["limit"] / 254 + 1e-6)


@pytest.mark.parametrize(
    "values",
    [
        np.ones((9, 5)),
        np.ones((2, 1, 2, 2, 2)),
        np.full((2, 1, 2, 2), np.nan),
    ],
    ids=["other features", "volumes", "nan"],
)
def test_what_is_no_picture_is_left_out(values):
    assert filters_of(network_with(values)) is None


def test_numbers_that_json_has_not_are_left_out():
    result = EpochResult(1, math.inf, 0.5, math.nan, 0.25, None, 0.1, 0.9, 1.5, 9.0)
    columns = columns_of([result])
    assert columns["cost"] == columns["validation_cost"] == columns["test_error"] == [None]
    assert (columns["epoch"], columns["validation_error"], columns["seconds"]) == (
        [1],
        [0.25],
        [1.5],
    )
    json.dumps(columns, allow_nan=False)
