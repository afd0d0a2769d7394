import h5py
import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from scipy import special
from scipy.signal import convolve2d

from lenet.commands.base import Parser, parse
from lenet.errors import CommandError
from lenet.graph import feature_maps, tracing
from lenet.input_pipeline import load_dataset, load_digits
from tests.dataset_makers import write_mnist
from tests.graph.conftest import make_subject, save_model

OUTPUTS = ["images", "conv1", "conv2", "conv3", "fc", "logits", "p_y_given_x"]


@pytest.fixture(scope="module")
def traced():
    """A network whose output layer is no longer zero, and what it makes of two images."""
    subject = make_subject("--seed", "3")
    weights = subject.network.model.layers[-1].W
    weights.set_value(np.random.default_rng(5).normal(size=(5, 10)).astype("float32"))
    images = load_digits().test.images[:2]
    return subject, images, tracing.trace(subject, images)


def test_a_convolutional_layer_has_the_values_that_scipy_gives(traced):
    subject, images, values = traced
    layer = subject.network.model.layers[0]
    W, b = (param.get_value() for param in layer.params)
    for n, image in enumerate(images):
        np.testing.assert_allclose(values["images"][n], image / 255, rtol=1e-6)
        for k in range(len(W)):
            convolved = convolve2d(image[0] / 255, W[k, 0], mode="valid")
            pooled = convolved.reshape(12, 2, 12, 2).max(axis=(1, 3))
            np.testing.assert_allclose(
                values["conv1"][n, k], np.maximum(pooled + b[k], 0), atol=1e-5
            )


def test_the_last_layers_follow_from_each_other(traced):
    subject, _, values = traced
    assert list(values) == OUTPUTS
    W, b = (param.get_value() for param in subject.network.model.layers[-1].params)
    np.testing.assert_allclose(values["logits"], values["fc"] @ W + b, atol=1e-5)
    np.testing.assert_allclose(
        values["p_y_given_x"], special.softmax(values["logits"], axis=1), atol=1e-6
    )


def test_the_table_describes_the_values():
    values = {"conv1": np.array([[0.0, 0.0, 2.0, 4.0]]), "images": np.ones((1, 1, 2, 3))}
    rows = [line.split() for line in tracing.values_table(values).splitlines()]
    assert rows[1] == ["conv1", "4", "1.5", "1.658", "0", "4", "50.0"]
    assert rows[2] == ["images", "1", "x", "2", "x", "3", "1", "0", "1", "1", "0.0"]


def test_an_image_of_the_data_set_leaves_table_values_and_picture(run, capsys, tmp_path, traced):
    subject, _, values = traced
    save_model(tmp_path / "model.h5", subject)
    assert run("trace", "--model_save_path", ".", "--index", "1", "--out_dir", "new/traced") == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert output.startswith("test image 1 through LeNet for digits (trained, model.h5)")
    label = int(load_digits().test.labels[1])
    assert f"%, is {label}" in output
    with h5py.File(tmp_path / "new" / "traced" / "trace.h5") as file:
        assert list(file) == sorted(OUTPUTS)
        assert file.attrs["label"] == label
        for name in OUTPUTS:
            np.testing.assert_allclose(file[name], values[name][1:], atol=1e-5)
    picture = matplotlib.image.imread(tmp_path / "new" / "traced" / "feature_maps.png")
    assert picture.std() > 0.05


@pytest.mark.parametrize(
    ("flag", "split", "index"),
    [
        ("--split train", "train", 3),
        ("--part training", "train", 3),
        ("--part validation", "valid", 0),
        ("--part test", "test", 1),
    ],
)
def test_an_image_is_that_of_its_number_in_its_split(tmp_path, flag, split, index):
    folder = tmp_path / "data"
    write_mnist(folder, train=30, test=4)
    flags = ["--dataset", "mnist", "--data_dir", str(folder), *flag.split()]
    parser = Parser()
    tracing.add_arguments(parser)
    arguments = parse(parser, [*flags, "--index", str(index)])
    image, label, origin = tracing.image_of_split(make_subject("--dataset", "mnist"), arguments)
    images, labels = getattr(load_dataset("mnist", folder), split)
    np.testing.assert_array_equal(image[0], images[index])
    assert (label, origin) == (labels[index], f"{split} image {index}")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1"])
@pytest.mark.parametrize("channels", [1, 3], ids=["gray", "colour"])
def test_pictures_of_any_kind_are_read(tmp_path, mode, channels):
    subject = make_subject("--dataset", {1: "digits", 3: "cifar10"}[channels])
    path = tmp_path / "picture.png"
    Image.new("RGB", (90, 40), (255, 255, 255)).convert(mode).save(path)
    pixels = tracing.image_of_file(path, subject)
    assert pixels.shape == (1, channels, subject.size, subject.size)
    assert pixels.dtype == np.uint8
    assert (pixels == 255).all()


def test_the_centre_of_a_picture_is_taken(tmp_path, subject):
    pixels = np.zeros((28, 84), np.uint8)
    pixels[:, 28:56] = np.arange(28)[:, np.newaxis]
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    found = tracing.image_of_file(tmp_path / "wide.png", subject)[0, 0]
    np.testing.assert_array_equal(found, pixels[:, 28:56])


def test_a_picture_of_ones_own_has_no_label(run, capsys, tmp_path):
    Image.new("L", (10, 10)).save(tmp_path / "black.png")
    assert run("trace", "--image", "black.png") == 0
    output = capsys.readouterr().out
    assert run("trace", "--", "black.png") == 0
    assert output == capsys.readouterr().out
    assert output.startswith("black.png through LeNet for digits (new, seed 23455)")
    assert ", is " not in output
    with h5py.File(tmp_path / "lenet-trace" / "trace.h5") as file:
        assert "label" not in file.attrs
        assert not file["images"][()].any()


def bad_pictures(folder):
    (folder / "text.png").write_text("no picture")
    Image.new("RGB", (50, 50)).save(folder / "whole.png")
    (folder / "cut.png").write_bytes((folder / "whole.png").read_bytes()[:60])
    Image.new("I;16", (8, 8)).save(folder / "deep.png")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.png", "No such file or directory"),
        ("text.png", "not a picture that can be read"),
        ("cut.png", "cut.png: "),
        ("deep.png", "pixels of mode I;16, expected 8 bits"),
        (".", "Is a directory"),
    ],
)
def test_what_is_no_picture_is_one_line(tmp_path, subject, name, message):
    bad_pictures(tmp_path)
    with pytest.raises(CommandError, match=message) as error:
        tracing.image_of_file(tmp_path / name, subject)
    assert "\n" not in str(error.value)


def test_a_picture_that_unpacks_to_gigabytes_is_refused(tmp_path, subject, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    Image.new("L", (50, 50)).save(tmp_path / "bomb.png")
    with pytest.raises(CommandError, match=r"bomb\.png: Image size"):
        tracing.image_of_file(tmp_path / "bomb.png", subject)


def test_an_image_that_is_not_there_is_one_line(run, capsys):
    assert run("trace", "--index", "296") == 1
    expected = "--index 296: the test images of digits have the numbers 0 to 295"
    assert capsys.readouterr().err == f"lenet-graph trace: {expected}\n"


def test_a_mosaic_keeps_every_pixel_in_its_place():
    maps = np.arange(18 * 4.0).reshape(18, 2, 2)
    drawn = feature_maps.mosaic(maps)
    assert drawn.shape == (2 * 3 - 1, 16 * 3 - 1)
    np.testing.assert_array_equal(drawn[:2, 3:5], maps[1])
    np.testing.assert_array_equal(drawn[3:5, :2], maps[16])
    assert np.isnan(drawn[2]).all()
    assert np.isnan(drawn[3:, 6:]).all()
    assert np.nansum(drawn) == maps.sum()


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 16])
def test_an_image_of_any_channels_is_drawn(channels, tmp_path):
    figure = Figure()
    image = np.full((channels, 4, 5), 0.25, np.float32)
    image[0] = np.nextafter(np.float32(1), np.float32(2))
    feature_maps.show_image(figure.add_subplot(), image)
    figure.savefig(tmp_path / "image.png")
    (drawn,) = figure.axes[0].get_images()
    assert drawn.get_array().shape == ((4, 5) if channels == 1 else (4, 5, 3))
    assert drawn.get_array().max() == 1
