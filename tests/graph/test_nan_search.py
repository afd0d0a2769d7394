from dataclasses import replace

import numpy as np
import pytensor.tensor as pt
import pytest
from pytensor.tensor.basic import AllocEmpty

from lenet.data.dataset import Dataset, Split
from lenet.graph import nan_search
from lenet.input_pipeline import load_digits
from lenet.models.architectures import lenet
from lenet.models.classifier import Classifier
from lenet.models.network import Network
from lenet.training import loop
from lenet.training.functions import compile_functions, symbolic_step
from tests.graph.conftest import make_subject, save_model

BATCHES = ("--batch_size", "100")


def settings(subject, **changes):
    return replace(
        subject, settings=replace(subject.settings, batch_size=100, nepochs=1, **changes)
    )


def test_a_huge_learning_rate_is_traced_to_its_op(run, capsys):
    assert run("nan", *BATCHES, "--lr", "1e30") == 1
    output, errors = capsys.readouterr()
    assert errors == ""
    lines = output.splitlines()
    # The first step is finite: the weights that it makes are what breaks the second, by sums that are
    # infinite, or no numbers where sums of several lanes, infinite each, cancel.
    assert "infinite of " in lines[2] or "NaN of " in lines[2]
    assert ", first in epoch 1, batch 2, at [" in lines[2]
    assert lines[3].startswith("FusedConv{")
    assert lines[3].endswith("forward)")
    assert any(line.startswith("result conv") for line in lines)
    layer = lines[3].rpartition("(")[2].partition(",")[0]
    (weights,) = [line.split() for line in lines if line.startswith(f"{layer}_W")]
    assert float(weights[-3]) > 1e20
    assert weights[-2:] == ["0", "0"]


def test_a_healthy_epoch_trains_bit_for_bit_as_always(run, capsys):
    subject = settings(make_subject())
    dataset = load_digits()
    assert nan_search.search(subject, dataset) is None

    plain = settings(make_subject())
    step = symbolic_step(plain.network, plain.settings)
    functions = compile_functions(plain.network, step, plain.backend.mode)
    for _ in loop.run_epochs(functions, dataset, plain.settings, loop.Progress(plain.batches_rng)):
        pass
    for watched, param in zip(subject.network.model.params, functions.params, strict=True):
        np.testing.assert_array_equal(watched.get_value(), param.get_value())

    assert run("nan", *BATCHES) == 0
    assert capsys.readouterr().out.endswith("every value was finite\n")


@pytest.mark.parametrize("augmented", [True, False], ids=["augmented", "plain"])
def test_the_training_is_the_one_asked_for(run, monkeypatch, augmented):
    found = []
    monkeypatch.setattr(nan_search, "search", lambda subject, dataset: found.append(subject))
    flags = "--nepochs 3 --lr 0.2 --mom 0.5 --ncrops 1 --l2_pen 0.25 --batch_size 7 --data_augm"
    assert run("nan", *flags.split(), *([] if augmented else ["--no_data_augm"])) == 0
    (settings,) = (subject.settings for subject in found)
    assert (settings.nepochs, settings.lr, settings.mom) == (3, 0.2, 0.5)
    assert (settings.l2_pen, settings.batch_size) == (0.25, 7)
    assert (settings.data_augm, settings.ncrops) == (augmented, 1)


def test_a_nan_among_the_weights_is_found_before_the_first_step(run, capsys, tmp_path):
    broken = settings(make_subject())
    weights = broken.network.model.layers[1].W
    value = weights.get_value()
    value[2, 1, 0, 4] = np.nan
    weights.set_value(value)
    lines = nan_search.report(nan_search.search(broken, load_digits())).splitlines()
    assert lines[0] == "1 NaN of 150, first in epoch 1, batch 1, at [2, 1, 0, 4] of"
    assert lines[1] == "conv2_W (an input of the step)"
    # A saved network with such weights is refused before that.
    save_model(tmp_path / "model.h5", broken)
    assert run("nan", "--model_save_path", ".") == 1
    assert "conv2_W" in capsys.readouterr().err


@pytest.fixture
def float_data():
    """Digits as floats, one of whose pixels can be broken, and a network that takes them."""
    digits = load_digits()
    split = Split(digits.train.images[:300].astype("float32") / 255, digits.train.labels[:300])
    subject = settings(make_subject())
    images, labels = pt.tensor4("images", dtype="float32"), pt.ivector("labels")
    layers = lenet(10, (2, 3, 4, 5))
    model = Classifier(layers, images, labels, np.random.default_rng(0), (1, 28, 28))
    dataset = Dataset("digits", split, split, split, digits.class_names, mirror=False)
    return replace(subject, network=Network(images, labels, images, model)), dataset


@pytest.mark.parametrize("value", [np.nan, np.inf], ids=["nan", "inf"])
def test_a_broken_pixel_is_found_in_its_batch(float_data, value):
    subject, dataset = float_data
    dataset.train.images[123, 0, 5, 6] = value
    # The same shuffling, done here.
    _, batches_rng = map(np.random.default_rng, np.random.SeedSequence(23455).spawn(2))
    position = int(np.flatnonzero(batches_rng.permutation(300) == 123)[0])

    finding = nan_search.search(subject, dataset)
    assert finding.what == "images"
    assert (finding.epoch, finding.index) == (1, position // 100 + 1)
    ((name, found),) = finding.ranges
    assert name == "images"
    assert found.first == (position % 100, 0, 5, 6)
    assert (found.nans, found.infinities) == ((1, 0) if np.isnan(value) else (0, 1))
    assert (found.lowest, found.highest) == (0, 1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([1.0, -2.0]), ((2,), -2, 1, 0, 0, ())),
        (np.array([[1.0, np.inf], [np.nan, -np.inf]]), ((2, 2), 1, 1, 1, 2, (0, 1))),
        (np.array(True), ((), 1, 1, 0, 0, ())),
    ],
    ids=["finite", "not-finite", "bool"],
)
def test_ranges(value, expected):
    assert nan_search.range_of(value) == nan_search.Range(*expected)


def test_ranges_without_a_finite_number():
    for value in (np.array([np.nan]), np.zeros((0, 3)), np.array("text")):
        found = nan_search.range_of(value)
        assert np.isnan([found.lowest, found.highest]).all()


def test_what_is_only_allocated_may_hold_anything():
    watch = nan_search.Watch()
    empty = AllocEmpty("float32")(3).owner
    watch.on_node(empty, None, {empty.outputs[0]: [np.full(3, np.nan)]}, {})
    assert watch.finding is None
    node = (pt.vector("x") + 1).owner
    with pytest.raises(nan_search.NotFiniteError):
        watch.on_node(node, None, {node.outputs[0]: [np.full(3, np.nan)]}, {})


def test_infinite_constants_are_no_fault():
    watch = nan_search.Watch()
    watch.on_input(pt.constant(np.inf), np.array(np.inf))
    with pytest.raises(nan_search.NotFiniteError):
        watch.on_input(pt.scalar("x"), np.array(np.inf))
