import numpy as np
import pytest

from lenet.errors import CheckpointError, CommandError, DataError
from lenet.graph import subject as module
from lenet.runs.checkpoint import load
from tests.graph.conftest import make_subject, save_model
from tests.layers.applying import PYTHON

DEFAULT_WIDTHS = ("--lwidth", "16", "31", "64", "128")


def test_a_new_network_is_the_one_that_training_starts_from(subject):
    from lenet.input_pipeline import load_dataset
    from lenet.training.build import build_network

    weights_rng, _ = map(np.random.default_rng, np.random.SeedSequence(23455).spawn(2))
    network = build_network(load_dataset("digits"), subject.settings, weights_rng)
    for ours, theirs in zip(subject.network.model.params, network.model.params, strict=True):
        np.testing.assert_array_equal(ours.get_value(), theirs.get_value())
    assert subject.layer_names == ["conv1", "conv2", "conv3", "fc", "output"]


def layers_of(subject):
    return subject.network.model.network.describe()


@pytest.mark.parametrize(
    ("flags", "name", "value"),
    [
        (["--lwidth", "1"], "maps", 1),
        (["--activation", "tanh"], "activation", "tanh"),
        (["--pooling", "avg"], "pooling", "avg"),
        (["--initialiser", "lecun"], "initialiser", "lecun"),
        (["--batch_norm"], "layer", "BatchNorm"),
        (["--dropout", "0.25"], "rate", 0.25),
        (["--model", "mlp", "--hidden", "7", *DEFAULT_WIDTHS], "units", 7),
        (["--model", "logistic", *DEFAULT_WIDTHS], "units", 10),
    ],
    ids=lambda value: value[0][2:] if isinstance(value, list) else "",
)
def test_a_flag_decides_on_the_layers(subject, flags, name, value):
    layers = layers_of(make_subject(*flags))
    assert layers != layers_of(subject)
    assert value in [layer.get(name) for layer in layers]


def test_a_switch_can_be_taken_back(subject):
    assert layers_of(make_subject("--batch_norm", "--no_batch_norm")) == layers_of(subject)


def test_the_penalty_is_in_the_cost(subject):
    heavy = make_subject("--l2_pen", "0.5")
    images, labels = subject.random_batch(1, np.random.default_rng(0))
    costs = [
        network.model.cost.eval({network.images: images, network.labels: labels}, mode=PYTHON)
        for network in (subject.network, heavy.network)
    ]
    squares = float(subject.network.model.L2_sq.eval(mode=PYTHON))
    difference = (0.5 - subject.settings.l2_pen) * squares
    assert costs[1] - costs[0] == pytest.approx(difference, rel=1e-5)


def test_the_backend_is_the_one_asked_for(subject, monkeypatch):
    asked = []
    monkeypatch.setattr(
        module, "select_backend", lambda *names: asked.append(names) or subject.backend
    )
    make_subject("--backend", "numba", "--threads", "3")
    assert asked == [("numba", 3)]


def test_flags_of_another_model_are_one_line(run, capsys):
    assert run("print", "--model", "mlp") == 1
    expected = "lenet-graph print: --lwidth does not go with --model mlp\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("dataset", "channels", "size"), [("mnist", 1, 28), ("cifar10", 3, 32)], ids=["mnist", "cifar"]
)
def test_a_network_needs_no_data(dataset, channels, size, tmp_path):
    built = make_subject("--dataset", dataset, "--data_dir", str(tmp_path))
    assert (built.dataset, built.channels, built.size) == (dataset, channels, size)
    images, labels = built.random_batch(3, np.random.default_rng(0))
    assert images.shape == (3, channels, size, size)
    assert set(labels) <= set(range(10))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("by_folder", [True, False], ids=["run", "file"])
def test_a_saved_network_decides_what_it_is(tmp_path, by_folder):
    path = tmp_path / "model.h5"
    original = make_subject("--seed", "7")
    save_model(path, original, dataset="mnist")
    flags = ["--model_save_path", str(tmp_path if by_folder else path), "--lwidth", "9"]
    restored = make_subject(*flags, "--model", "mlp")
    assert restored.dataset == "mnist"
    assert list(restored.settings.lwidth) == [2, 3, 4, 5]
    assert restored.origin == f"trained, {path}"
    for param in restored.network.model.params:
        np.testing.assert_array_equal(param.get_value(), load(path).parameters[param.name])


@pytest.mark.parametrize("name", ["size", "lwidth", "class_names"])
def test_a_model_that_does_not_say_what_it_is_is_refused(tmp_path, subject, name):
    save_model(tmp_path / "model.h5", subject, **{name: None})
    with pytest.raises(CheckpointError, match=f"model.h5: lacks the attribute {name}"):
        make_subject("--model_save_path", str(tmp_path))


def test_attributes_that_do_not_fit_the_parameters_are_refused(tmp_path, subject):
    save_model(tmp_path / "model.h5", subject, lwidth=(2, 3, 4, 6))
    with pytest.raises(CheckpointError, match="fc_W has shape"):
        make_subject("--model_save_path", str(tmp_path))


def test_attributes_that_make_no_network_are_refused(tmp_path, subject):
    save_model(tmp_path / "model.h5", subject, size=5)
    with pytest.raises(
        CommandError, match=r"model\.h5: layer conv1: an image of \(1, 1\) is too small"
    ):
        make_subject("--model_save_path", str(tmp_path))


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"expected a model\.h5 file"):
        make_subject("--model_save_path", str(tmp_path))


def test_data_sets_of_unknown_size_are_loaded(tmp_path):
    with pytest.raises(DataError, match=r"images\.npz: cannot be read"):
        module.default_dataset(str(tmp_path / "images.npz"), tmp_path)
