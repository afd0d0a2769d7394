"""The epochs of a run on its page: their curves, and their numbers as far as there is room."""

import dataclasses

import numpy as np
import pytest

from lenet.runs.kept_epochs import KeptEpochs
from lenet.show.learnt import Learnt, fewer, numbers_at
from lenet.show.packed_numbers import packed_numbers
from lenet.show.primitives import Numbers, layer_descriptions
from tests.show.node import needs_node, run_node, unpacked


@pytest.fixture(scope="module")
def learnt(digits_model):
    return Learnt.of_run(digits_model)


def test_the_epochs_of_a_run_are_found_beside_its_network(learnt, digits_model):
    assert learnt.kept.epochs[0] == 0
    content = learnt.payload(digits_model, 10**9)
    assert sorted([*content["epochs"], content["own"]]) == learnt.kept.epochs
    assert content["total"] == len(learnt.metrics["epoch"]) == 12
    curves = content["curves"]
    assert curves["epoch"] == list(range(1, 13))
    np.testing.assert_allclose(curves["cost"], learnt.metrics["cost"], rtol=1e-4)
    at = curves["epoch"].index(digits_model.epoch)
    assert curves["validation_error"][at] == pytest.approx(
        digits_model.errors["validation"], rel=1e-4
    )


def test_a_network_of_no_run_or_of_one_that_has_gone_on_has_none(digits_model, tmp_path):
    changed = [
        {"path": tmp_path / "model.h5"},
        {"path": digits_model.path.with_name("other.h5")},
        {"epoch": None},
        {"epoch": 13},
        {"errors": {"validation": digits_model.errors["validation"] + 0.01}},
    ]
    for change in changed:
        assert Learnt.of_run(dataclasses.replace(digits_model, **change)) is None
    elsewhere = dataclasses.replace(digits_model, path=tmp_path / "best.h5")
    assert Learnt.of_run(elsewhere, digits_model.path.parent) is not None


def test_the_network_stays_what_it_is(learnt, digits_model):
    model = digits_model.network.model
    before = [np.array(param.get_value()) for param in model.params]
    numbers = Numbers()
    layer_descriptions(model.layers, numbers)
    parts = [np.array(part) for part in numbers.parts]
    at_first = numbers_at(digits_model, learnt.kept, 0)
    assert [part.shape for part in at_first] == [part.shape for part in parts]
    assert not np.allclose(at_first[0], parts[0])
    for param, value in zip(model.params, before, strict=True):
        np.testing.assert_array_equal(param.get_value(), value)
    # Of its own epoch, the kept weights are those of the network, to 8 bits.
    for near, part in zip(
        numbers_at(digits_model, learnt.kept, digits_model.epoch), parts, strict=True
    ):
        np.testing.assert_allclose(near, part, atol=np.abs(part).max() / 254 * 1.01)


def test_epochs_are_left_out_until_there_is_room(learnt, digits_model):
    everything = learnt.payload(digits_model, 10**9)
    some = learnt.payload(digits_model, len(everything["packed"]) // 2)
    assert some["kept"] == len(everything["epochs"]) > len(some["epochs"]) > 2
    assert {0, 1} <= {*some["epochs"], some["own"]}
    assert set(some["epochs"]) < set(everything["epochs"])
    assert len(some["packed"]) <= len(everything["packed"]) // 2
    none = learnt.payload(digits_model, 10)
    assert (none["epochs"], none["kept"]) == ([], some["kept"])


def test_of_many_epochs_the_curves_have_some_and_those_that_are_kept():
    n = 5000
    column = np.linspace(1, 0, n)
    column[7] = np.nan
    kept = KeptEpochs(None, {0: {}, 2: {}, 3333: {}, n: {}})
    names = ("cost", "training_error", "validation_error")
    metrics = {"epoch": np.arange(1, n + 1), **dict.fromkeys(names, column)}
    curves = Learnt(metrics, kept).curves
    assert len(curves["epoch"]) < 310
    assert {1, 2, 3333, n} <= set(curves["epoch"])
    assert curves["epoch"] == sorted(curves["epoch"])
    assert curves["validation_cost"] == [None] * len(curves["epoch"])
    assert curves["cost"][curves["epoch"].index(3333)] == pytest.approx(column[3332], rel=1e-4)


@pytest.mark.parametrize(
    ("epochs", "own", "expected"),
    [
        ([0, 1, 2, 3, 5], 4, [0, 1, 2, 5]),
        ([0, 1, 9], 5, [0, 1]),
        ([0], 1, []),
        ([0, 1, 2, 4], 3, [0, 1, 4]),
    ],
)
def test_one_epoch_less(epochs, own, expected):
    assert fewer(epochs, own) == expected


@needs_node
def test_the_page_unpacks_the_numbers_of_each_epoch(learnt, digits_model):
    chosen = learnt.kept.epochs[:5]
    snapshots = [numbers_at(digits_model, learnt.kept, epoch) for epoch in chosen]
    written = {**packed_numbers(snapshots), "epochs": chosen}
    for found, expected in zip(run_node("unpack_epochs.mjs", written), snapshots, strict=True):
        flat = np.concatenate([part.ravel() for part in expected])
        np.testing.assert_allclose(unpacked(found, flat.shape), flat, rtol=3e-7)


@needs_node
def test_numbers_of_any_shape_and_none_are_unpacked():
    rng = np.random.default_rng(3)
    shapes = [(3, 2, 5, 5), (4,), (1, 7), (5, 1)]
    snapshots = [
        [rng.standard_normal(shape).astype(np.float32) * scale for shape in shapes]
        for scale in (1, 1e-3, 50)
    ]
    written = {**packed_numbers(snapshots), "epochs": [0, 1, 2]}
    for found, expected in zip(run_node("unpack_epochs.mjs", written), snapshots, strict=True):
        flat = np.concatenate([part.ravel() for part in expected])
        limit = np.concatenate(
            [np.broadcast_to(np.abs(p).reshape(len(p), -1).max(1, keepdims=True), (len(p), p.size // len(p))).ravel()
             for p in expected]
        )  # fmt: skip
        assert (np.abs(unpacked(found, flat.shape) - flat) <= limit / 254 * 1.001).all()
