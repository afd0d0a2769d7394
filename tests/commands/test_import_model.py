import h5py
import numpy as np
import pytest

from lenet import __main__
from lenet.commands import import_model, predict
from lenet.runs import checkpoint
from lenet.runs.saved_model import SavedModel
from tests.importing.keras_files import layer, write
from tests.quick_runs import plain_backend


@pytest.fixture
def layers():
    rng = np.random.default_rng(2)
    first = {"kernel": rng.normal(size=(3, 3, 1, 2)), "bias": rng.normal(size=2)}
    second = {"kernel": rng.normal(size=(8, 10)), "bias": rng.normal(size=10)}
    shape = [None, 6, 6, 1]
    return [
        layer("Conv2D", "conv", first, activation="relu", batch_input_shape=shape),
        layer("MaxPooling2D", "pool", pool_size=[2, 2]),
        layer("Flatten", "flat"),
        layer("Dense", "dense", second, activation="softmax"),
    ]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_keras_file_becomes_a_network(layers, here, capsys):
    write(here / "net.h5", layers)
    assert __main__.main(["import", "net.h5", "--dataset", "mnist"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "net.h5: Keras 2.2.4 on theano, 4 arrays of 110 numbers"
    row = out.splitlines()[2].split()
    assert row == ["conv", "Conv2D", "conv/kernel", "3", "x", "3", "x", "1", "x", "2", "float32"]
    assert "- filters are flipped, as on Theano (--filters, if not)\n" in out
    assert "- images: 1 x 6 x 6, black 0, white 1 (--input_range, --mean, --std)\n" in out
    assert out.endswith("runs/net/model.h5: lenet predict runs/net PICTURE, lenet show runs/net\n")
    saved = checkpoint.load(here / "runs" / "net" / "model.h5")
    assert list(saved.parameters) == ["conv_W", "conv_b", "dense_W", "dense_b"]
    assert saved.parameters["conv_W"].dtype == np.float32
    about = {name: saved.attributes[name] for name in ("dataset", "channels", "size", "model")}
    assert about == {"dataset": "mnist", "channels": 1, "size": 6, "model": "pretrained"}
    with plain_backend():
        from PIL import Image

        Image.new("L", (6, 6)).save("x.png")
        model = SavedModel.load("runs/net")
        assert model.probabilities(np.zeros((1, 1, 6, 6), np.uint8)).shape == (1, 10)
        assert predict.main(["runs/net", "x.png", "--no_centre"]) == 0
    assert "Predicted Number" in capsys.readouterr().out
    assert import_model.main(["net.h5"]) == 1
    assert capsys.readouterr().err == (
        "lenet-import: runs/net already holds a run (model.h5): choose another --out_dir or remove it\n"
    )


def test_too_little_memory_names_no_other_flags(layers, here, capsys, monkeypatch):
    def fail(*arguments):
        raise MemoryError

    write(here / "net.h5", layers)
    monkeypatch.setattr("lenet.importing.conversion.convert", fail)
    assert import_model.main(["net.h5"]) == 1
    assert capsys.readouterr().err == (
        "lenet-import: net.h5: not enough memory for what it holds; expected a smaller model, or more memory\n"
    )


@pytest.mark.parametrize(
    ("change", "flags", "message"),
    [
        (
            None,
            ["--class_names", "a", "b"],
            "10 outputs for 2 classes; give others, by --class_names",
        ),
        (None, ["--dataset", "cifar100"], "10 outputs for 100 classes; give others, by"),
        (None, ["--layers", "conv"], "it says which layers it has; leave --layers out"),
        (None, ["--dataset", "mnits"], "--dataset mnits: did you mean mnist?"),
        (None, ["--mean", "1", "2"], "broadcast"),
        ("LSTM", [], r"its layer pool (LSTM): lenet has no such layer"),
    ],
)
def test_nothing_is_left_behind(change, flags, message, layers, here, capsys):
    layers[1]["class_name"] = change or layers[1]["class_name"]
    write(here / "net.h5", layers)
    assert import_model.main(["net.h5", *flags]) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    # What the file holds is said all the same.
    assert ("conv/kernel" in said.out) == ("mnits" not in message)
    assert [path.name for path in here.iterdir()] == ["net.h5"]


def test_weights_alone_in_words(layers, here, capsys):
    write(here / "net.h5", layers)
    write(here / "weights.h5", layers, weights_only=True)
    assert import_model.main(["net.h5", "--out_dir", "a"]) == 0
    words = "conv relu pool dense"
    flags = ["--layers", *words.split(), "--image_size", "6", "--class_names", *"abcdefghij"]
    assert import_model.main(["weights.h5", "--out_dir", "b", *flags]) == 0
    assert (
        "flattened images have channels last (--data_format, if not)\n" in capsys.readouterr().out
    )
    first, second = (checkpoint.load(f"{name}/model.h5") for name in "ab")
    for before, after in zip(first.parameters.values(), second.parameters.values(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert second.attributes["class_names"] == list("abcdefghij")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--layers", "lstm"], "argument --layers: lstm: expected one of"),
        (["--input_range", "1", "1"], "black and white are the same"),
        (["--std", "0"], "argument --std: 0.0, expected finite numbers"),
        (["--mean", "nan"], "argument --mean: nan, expected finite numbers"),
        (["--image_size", "0"], "argument --image_size: 0, expected 1 to"),
    ],
)
def test_wrong_flags(flags, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        import_model.main(["net.h5", *flags])
    assert message in capsys.readouterr().err


def test_where_a_network_of_lenet_is_expected(layers, tmp_path):
    path = write(tmp_path / "net.h5", layers)
    with pytest.raises(ValueError, match="lenet import reads those of Keras"):
        checkpoint.load(path)
    with h5py.File(path) as file:
        assert "format" not in file.attrs
