import dataclasses
import math
from functools import partial
from itertools import chain

import numpy as np
import pytensor
import pytest

from lenet.augment.compose import Augmentation
from lenet.augment.transforms import Brightness, Flip, Noise
from lenet.data.dataset import Split
from lenet.training.functions import Functions
from lenet.training.loop import (
    DivergenceError,
    EarlyStopping,
    Progress,
    images_per_epoch,
    run_epochs,
    training_batches,
)
from tests.toy_dataset import toy_dataset
from tests.toy_settings import toy_settings

settings = partial(toy_settings, patience=10_000)


class Fakes:
    """Stand-ins for the compiled functions that record what they are given."""

    def __init__(self, validation_errors=(0.5,) * 100, costs=(1.0,) * 100):
        self.validation_errors, self.costs = iter(validation_errors), iter(costs)
        self.trained, self.rates, self.validated, self.tested = [], [], [], []
        self.functions = Functions(
            self.train,
            self.validate,
            self.test,
            pytensor.shared(0.0, "learning_rate"),
            pytensor.shared(0.0, "momentum"),
            [pytensor.shared(np.zeros(2), "W")],
            [],
        )

    def train(self, images, labels):
        self.trained.append(labels.tolist())
        rates = self.functions.learning_rate, self.functions.momentum
        self.rates.append(tuple(float(rate.get_value()) for rate in rates))
        return [next(self.costs), 0.25]

    def validate(self, images, labels):
        self.validated.append(len(labels))
        return [2.0, next(self.validation_errors), np.full((len(labels), 10), 0.1)]

    def test(self, images, labels):
        self.tested.append(len(labels))
        return [3.0, 0.75, np.full((len(labels), 10), 0.1)]


def new_progress():
    return Progress(np.random.default_rng(0))


def run(fakes, dataset=None, progress=None, **changes):
    progress = progress or new_progress()
    dataset = dataset or toy_dataset()
    return list(run_epochs(fakes.functions, dataset, settings(**changes), progress))


def test_learning_rate_and_momentum_shrink_after_every_ten_epochs():
    fakes = Fakes()
    results = run(fakes, nepochs=21, batch_size=10)
    for epoch, (rate, mom) in enumerate(fakes.rates, start=1):
        factor = 1.0 if epoch <= 10 else 0.95 if epoch <= 20 else 0.95**2
        assert rate == pytest.approx(0.5 * factor)
        assert mom == pytest.approx(0.8 * factor)
    assert results[10].learning_rate == pytest.approx(0.475)
    assert len(results) == 21


def test_a_schedule_that_changes_within_epochs_is_followed_at_every_step():
    fakes = Fakes()
    results = run(fakes, nepochs=2, schedule="cosine", schedule_options={"final": 0.1}, warmup=0.5)
    expected = []
    for step in range(6):
        done = step / 3
        warmth = min(done / 0.5, 1)
        fallen = (1 + math.cos(math.pi * max(done - 0.5, 0) / 1.5)) / 2
        expected.append(0.5 * warmth * (0.1 + 0.9 * fallen))
    assert [rate for rate, _ in fakes.rates] == pytest.approx(expected)
    assert [momentum for _, momentum in fakes.rates] == [0.8] * 6
    assert [result.learning_rate for result in results] == pytest.approx(expected[::3])


def test_progress_says_after_each_epoch_how_far_training_has_come():
    progress = new_progress()
    fakes = Fakes(validation_errors=[0.5, 0.5, 0.4, 0.4])
    epochs = run_epochs(fakes.functions, toy_dataset(), settings(nepochs=2, patience=5), progress)
    states = []
    for result in epochs:
        states.append(progress.batches_rng.bit_generator.state)
        assert progress.epoch == result.epoch
        assert (progress.patience, progress.best_error) == [(6, 0.5), (12, 0.4)][result.epoch - 1]
    assert states[0] != states[1]


def test_training_goes_on_from_progress():
    whole, first, second = Fakes(), Fakes(), Fakes()
    run(whole, nepochs=12)
    progress = new_progress()
    run(first, progress=progress, nepochs=5)
    run(second, progress=progress, nepochs=12)
    assert first.trained + second.trained == whole.trained
    assert first.rates + second.rates == whole.rates


def test_patience_that_was_over_before_is_over():
    progress = new_progress()
    run(Fakes(validation_errors=[0.5] * 100), progress=progress, nepochs=50, patience=1)
    assert progress.epoch == 2
    assert run(Fakes(), progress=progress, nepochs=50, patience=1) == []


def test_what_is_to_be_done_before_an_epoch_is_done_with_training_images():
    events = []
    fakes = Fakes()
    functions = dataclasses.replace(
        fakes.functions,
        train_model=lambda images, labels: events.append("step") or [1.0, 0.5],
        before_epoch=lambda images, labels: events.append(len(labels)),
    )
    list(run_epochs(functions, toy_dataset(), settings(nepochs=2, batch_size=10), new_progress()))
    assert events == [10, "step"] * 2


def test_every_image_is_trained_on_once_an_epoch_in_a_new_order():
    fakes = Fakes()
    run(fakes, nepochs=2)
    assert [len(labels) for labels in fakes.trained] == [4, 4, 2] * 2
    epochs = [list(chain(*fakes.trained[:3])), list(chain(*fakes.trained[3:]))]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(10))
    assert len({tuple(epochs[0]), tuple(epochs[1]), tuple(range(10))}) == 3


@pytest.mark.parametrize(("mirror", "expected"), [(True, 60), (False, 30)], ids=["mirror", "not"])
def test_only_the_training_images_are_augmented(mirror, expected):
    fakes = Fakes()
    (result,) = run(fakes, toy_dataset(mirror), nepochs=1, data_augm=True)
    assert sum(map(len, fakes.trained)) == expected
    assert sum(fakes.validated) == 5
    assert sum(fakes.tested) == 3
    assert result.images_per_second > 0


AUGMENTED = {
    "each": ({"augmentation": Augmentation((Flip("both"), Noise()))}, 40),
    "random": ({"augmentation": Augmentation((Flip("both"), Noise()), "random")}, 10),
    "with data_augm": (
        {"data_augm": True, "augmentation": Augmentation((Noise(),), "random")},
        60,
    ),
}


@pytest.mark.parametrize("name", AUGMENTED)
def test_transforms_are_of_the_training_images_alone(name):
    changes, expected = AUGMENTED[name]
    fakes = Fakes()
    run(fakes, nepochs=2, **changes)
    assert sum(map(len, fakes.trained)) == 2 * expected
    assert sum(fakes.validated) == 2 * 5
    assert images_per_epoch(toy_dataset(), settings(**changes)) == expected


def test_crops_are_the_same_with_transforms_and_without():
    """What is drawn for transforms comes after the crops and the mirror images of a batch."""
    dataset = toy_dataset()
    augmented = settings(data_augm=True, augmentation=Augmentation((Brightness((0.5,)),), "random"))
    plain, dark = (
        next(training_batches(dataset, some, np.random.default_rng(0)))
        for some in (settings(data_augm=True), augmented)
    )
    np.testing.assert_array_equal(plain[1], dark[1])
    for before, after in zip(plain[0], dark[0], strict=True):
        halves = np.floor(before / 2 + 0.5)
        assert np.array_equal(after, before) or np.array_equal(after, halves)


def test_means_weight_each_batch_by_its_images():
    costs = [1.0, 2.0, 6.0]
    (result,) = run(Fakes(costs=costs, validation_errors=[0.5, 1.0]), nepochs=1)
    assert result.cost == pytest.approx((4 * 1 + 4 * 2 + 2 * 6) / 10)
    assert result.validation_error == pytest.approx((4 * 0.5 + 1 * 1.0) / 5)


def test_the_test_error_is_measured_only_when_the_validation_error_is_the_lowest():
    errors = [0.5, 0.6, 0.4, 0.4]
    results = run(Fakes(validation_errors=errors), nepochs=4, batch_size=10)
    assert [r.is_best for r in results] == [True, False, True, False]
    assert [r.test_error for r in results] == [0.75, None, 0.75, None]


@pytest.mark.parametrize(
    ("monitor", "best"),
    [("error", [True, True, False]), ("balanced_error", [True, False, True])],
)
def test_the_best_epoch_has_the_lowest_of_what_is_monitored(monitor, best):
    """Of one class there are nine images, of the other one, which the second epoch misses."""
    data = toy_dataset()
    labels = np.array([0] * 9 + [1], np.int32)
    valid = Split(np.zeros((10, *data.valid.images.shape[1:]), np.uint8), labels)
    answers = iter([[0] * 6 + [1] * 4, [0] * 10, [0] * 7 + [1] * 3])

    def validate(images, labels):
        answer = np.array(next(answers))
        return [2.0, (answer != labels).mean(), np.eye(10)[answer]]

    fakes = Fakes()
    functions = dataclasses.replace(fakes.functions, validate_model=validate)
    chosen = settings(nepochs=3, batch_size=10, monitor=monitor)
    data = dataclasses.replace(data, valid=valid)
    results = list(run_epochs(functions, data, chosen, new_progress()))
    assert [result.is_best for result in results] == best
    assert [result.recalls[:2] for result in results] == [(6 / 9, 1), (1, 0), (7 / 9, 1)]
    assert all(math.isnan(recall) for recall in results[0].recalls[2:])
    assert [result.validation_error for result in results] == [0.3, 0.1, 0.2]
    if monitor == "balanced_error":
        expected = [1 - (6 / 9 + 1) / 2, 0.5, 1 - (7 / 9 + 1) / 2]
        np.testing.assert_allclose([result.lowest for result in results], expected)


def test_patience_doubles_at_improvements_of_half_a_percent():
    stopping = EarlyStopping(100)
    assert stopping.is_best(0.5, 60)
    assert stopping.patience == 120
    assert stopping.is_best(0.498, 90)  # better, but by less than 0.5 %
    assert stopping.patience == 120
    assert not stopping.is_best(0.499, 100)
    assert stopping.is_best(0.4, 110)
    assert stopping.patience == 220
    assert not stopping.is_over(219)
    assert stopping.is_over(220)


def test_patience_never_shrinks():
    stopping = EarlyStopping(100)
    stopping.is_best(0.5, 10)
    assert stopping.patience == 100


def test_training_stops_when_patience_is_over():
    # Three steps an epoch; the last improvement is at step 6, so that patience lasts until step 12.
    errors = [0.5, 0.5, 0.4, 0.4] + [0.45] * 100
    results = run(Fakes(validation_errors=errors), nepochs=50, patience=5)
    assert [r.epoch for r in results] == [1, 2, 3, 4]


def test_what_shows_the_progress_is_closed_before_an_error_is_seen():
    events = []

    def progress(batches, epoch, steps):
        try:
            yield from batches
        finally:
            events.append(f"closed in epoch {epoch} of {steps} steps")

    functions = dataclasses.replace(Fakes().functions, train_model=lambda *batch: 1 / 0)
    epochs = run_epochs(functions, toy_dataset(), settings(), new_progress(), progress)
    # `caught` keeps all frames alive: nothing is closed because it is forgotten.
    with pytest.raises(ZeroDivisionError) as caught:
        next(epochs)
    assert events == ["closed in epoch 1 of 3 steps"]
    assert caught.tb is not None


@pytest.mark.parametrize("bad", [math.nan, math.inf], ids=["nan", "inf"])
def test_divergence_is_noticed_and_ends_the_epoch(bad):
    fakes = Fakes(costs=[1.0, 1.0, 1.0, 1.0, bad, 1.0])
    results = []
    with pytest.raises(DivergenceError, match=r"diverged in epoch 2: .* than --lr 0\.5"):
        results.extend(run_epochs(fakes.functions, toy_dataset(), settings(), new_progress()))
    assert [result.epoch for result in results] == [1]
    assert len(fakes.trained) == 5


@pytest.mark.parametrize(
    ("changes", "alone"),
    [
        ({"batch_norm": True, "batch_size": 1}, True),
        ({"batch_norm": True, "batch_size": 4}, False),
        ({"batch_norm": True, "batch_size": 9}, True),
        ({"batch_size": 1}, False),
    ],
    ids=["batches of one", "batches", "one is left over", "no batch_norm"],
)
def test_a_divergence_of_batch_norm_on_one_image_is_not_the_learning_rates(changes, alone):
    fakes = Fakes(costs=[np.nan] * 100)
    data = toy_dataset()
    assert len(data.train.labels) == 10
    with pytest.raises(DivergenceError) as caught:
        list(
            run_epochs(
                fakes.functions, data, settings(**changes), Progress(np.random.default_rng(0))
            )
        )
    assert ("--batch_norm needs two images at least" in str(caught.value)) == alone
    assert ("smaller learning rate" in str(caught.value)) != alone


def test_an_overflow_is_a_divergence_without_numpys_warning():
    def overflow(images, labels):
        return [np.float32(3e38) * np.float32(10), 0.5]

    functions = dataclasses.replace(Fakes().functions, train_model=overflow)
    with pytest.raises(DivergenceError):
        next(run_epochs(functions, toy_dataset(), settings(), new_progress()))


def test_weights_that_are_not_finite_are_noticed():
    fakes = Fakes()
    fakes.functions.params[0].set_value(np.array([0.0, math.nan]))
    with pytest.raises(DivergenceError, match="epoch 1"):
        run(fakes)
