import math
from dataclasses import replace
from functools import partial

import matplotlib.image
import numpy as np
import pytest

from lenet.augment.compose import Augmentation
from lenet.augment.transforms import Flip, Noise
from lenet.data.dataset import Dataset, Split
from lenet.files import write_atomically
from lenet.report import console
from lenet.report.curves import learning_curves
from lenet.runs.reader import metrics_of
from lenet.training.loop import EpochResult
from tests.toy_dataset import toy_dataset
from tests.toy_settings import toy_settings


def result(epoch, validation_error, test_error=None, cost=1.5):
    return EpochResult(
        epoch=epoch,
        cost=cost,
        training_error=0.25,
        validation_cost=1.25,
        validation_error=validation_error,
        test_error=test_error,
        learning_rate=0.01,
        momentum=0.9,
        seconds=2.5,
        images_per_second=1234.5,
    )


RESULTS = [result(1, 0.5, 0.51), result(2, 0.25, 0.26), result(3, 0.25), result(4, 0.3)]


settings = partial(toy_settings, lr=0.01, mom=0.9)


def dataset(mirror):
    split = Split(np.zeros((10, 1, 28, 28), np.uint8), np.zeros(10, np.int32))
    return Dataset("toy", split, split, split, tuple("0123456789"), mirror)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "momentum, learning rate 0.01, momentum 0.9, L2 penalty 0.001"),
        (
            {"update": "adam", "update_options": {"beta1": 0.5}, "l1_pen": 0.1},
            "adam, learning rate 0.01, beta1 0.5, L2 penalty 0.001, L1 penalty 0.1",
        ),
        (
            {"update": "sgd", "schedule": "cosine", "warmup": 1.5},
            "sgd, learning rate 0.01, L2 penalty 0.001, schedule cosine, 1.5 epochs of warm-up",
        ),
        (
            {"warmup": 1.0},
            "momentum, learning rate 0.01, momentum 0.9, L2 penalty 0.001, 1 epoch of warm-up",
        ),
        (
            {"average": "lookahead", "average_options": {"steps": 3, "rate": 0.5}, "mixup": 0.2},
            "momentum, learning rate 0.01, momentum 0.9, L2 penalty 0.001, average lookahead steps 3 rate 0.5, mixup 0.2",
        ),
        (
            {"clip_norm": 1.5, "average": "ema"},
            "momentum, learning rate 0.01, momentum 0.9, L2 penalty 0.001, gradients of norm 1.5 at most, average ema",
        ),
    ],
    ids=["documented", "adam", "schedule", "warm-up", "lookahead", "ema"],
)
def test_the_plan_says_how_weights_change(changes, expected):
    assert console.plan(dataset(True), settings(**changes)).splitlines()[-1].strip() == expected


@pytest.mark.parametrize(
    ("mirror", "augment", "expected"),
    [
        (True, False, "augment   none: 10 training images an epoch"),
        (True, True, "2 random crops of each image, mirrored or not: 60 training images"),
        (False, True, "2 random crops of each image, not mirrored: 30 training images"),
    ],
    ids=["none", "mirror", "digits"],
)
def test_the_plan_says_what_an_epoch_trains_on(mirror, augment, expected):
    text = console.plan(dataset(mirror), settings(data_augm=augment))
    assert expected in text
    assert "toy: 10 training, 10 validation and 10 test images" in text
    assert "of 28 x 28 pixels, gray" in text
    assert (
        f"3 epochs at most, {math.ceil((60 if mirror else 30) / 4) if augment else 3} steps" in text
    )


def test_the_plan_names_the_transforms():
    augmentation = Augmentation((Flip("both"), Noise(0.2)))
    text = console.plan(dataset(True), settings(augmentation=augmentation))
    assert "each image, and versions by flip both, noise 0.2: 40 training images an epoch" in text
    drawn = Augmentation((Noise(0.2),), "random")
    text = console.plan(dataset(False), settings(data_augm=True, augmentation=drawn))
    assert "2 random crops of each image, not mirrored; noise 0.2, together at random: 30" in text


def test_epoch_lines_stand_below_their_header():
    header = console.EPOCH_HEADER.splitlines()[1]
    best, other = console.epoch_line(RESULTS[0]), console.epoch_line(RESULTS[2])
    assert best.endswith("  best")
    assert not other.endswith("best")
    assert len(other) == len(header)
    for column, value in (("cost", "1.5000"), ("valid", "50.00"), ("images/s", "1234")):
        end = header.index(column) + len(column)
        assert best[:end].endswith(value)


def test_the_first_of_equally_good_epochs_is_best():
    assert console.best_of(RESULTS).epoch == 2
    assert console.summary_line(console.best_of(RESULTS)) == (
        "Best model: validation error 25.00 %, test error 26.00 % (epoch 2)"
    )


def test_intervals_are_of_the_images_there_are():
    dataset = toy_dataset(valid=40, test=100)
    best = console.best_of(RESULTS)
    assert console.intervals_line(best, dataset) == (
        "95 % intervals: validation error 14.19 to 40.19 %, test error 18.40 to 35.37 %"
    )
    without_test = console.intervals_line(replace(best, test_error=None), dataset)
    assert without_test == "95 % intervals: validation error 14.19 to 40.19 %"


@pytest.mark.parametrize("results", [RESULTS, RESULTS[:1]], ids=["some", "one"])
def test_the_learning_curve_is_a_picture(tmp_path, results):
    path = tmp_path / "curve.png"
    write_atomically(path, learning_curves(metrics_of(results), "LeNet"))
    picture = matplotlib.image.imread(path)
    assert picture.shape[:2] == (480, 1200)
    # Both halves show something: not all of their pixels are of one colour.
    assert picture[:, :600].std() > 0.01
    assert picture[:, 600:].std() > 0.01
    assert [p.name for p in tmp_path.iterdir()] == ["curve.png"]
