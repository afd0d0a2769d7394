"""Pictures that are not square: framed, or stretched where that undoes what was done to them before."""

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from lenet.data.image_files import fit_to, read_image, read_reduced
from lenet.data.image_folder import load_image_folder
from lenet.data.proportions import shape_of

ANY, SQUARE = (0.5, 2), (1, 1)
MANY = 40


def scene(rng, rows, columns):
    """Return clouds of no direction, as in a photograph of a meadow."""
    values = gaussian_filter(rng.normal(size=(rows + 20, columns + 20)), 3)[10:-10, 10:-10]
    return np.clip(128 + 400 * values, 0, 255).astype(np.uint8)


def cut_out(rng, rows, columns):
    return scene(rng, rows, columns)


def drawn_out(rng, rows, columns):
    return np.asarray(Image.fromarray(scene(rng, 40, 40)).resize((columns, rows)))


def noise(rng, rows, columns):
    return rng.integers(0, 256, (rows, columns)).astype(np.uint8)


def save_pictures(folder, shapes, draw, kind="png"):
    """Write pictures of each class, with proportions between two."""
    rng = np.random.default_rng(0)
    for name, (low, high) in shapes.items():
        (folder / name).mkdir(parents=True)
        for k in range(MANY):
            ratio = np.exp(rng.uniform(np.log(low), np.log(high)))
            rows, columns = round(40 / ratio**0.5), round(40 * ratio**0.5)
            Image.fromarray(draw(rng, rows, columns)).save(folder / name / f"{k:02}.{kind}")


def load(tmp_path, **options):
    return load_image_folder(
        [tmp_path / "images"], size=8, channels=1, cache_dir=tmp_path / "cache", **options
    )


def first_image(dataset):
    """Return the picture of the first file, wherever the split has put it."""
    for split in (dataset.train, dataset.valid, dataset.test):
        for row, source in enumerate(split.images.sources[int(k)] for k in split.images.rows):
            if source.path.name == "00.png" and source.path.parent.name == "grass":
                return split.images[row]
    raise AssertionError("no such file")


@pytest.mark.parametrize("draw", [cut_out, drawn_out, noise])
@pytest.mark.parametrize("chosen", [None, True, False], ids=["by itself", "framed", "stretched"])
def test_what_was_drawn_out_is_made_square_again(tmp_path, draw, chosen):
    save_pictures(tmp_path / "images", {"grass": ANY, "moss": ANY}, draw)
    dataset = load(tmp_path, keep_aspect=chosen)
    keeps = draw is not drawn_out if chosen is None else chosen
    assert dataset.origin["keep_aspect"] is keeps
    whole = read_image(tmp_path / "images" / "grass" / "00.png", 1)
    np.testing.assert_array_equal(first_image(dataset), fit_to(whole, 8, keeps))
    notes = [note for note in dataset.notes if note.startswith("pictures of each class are 0.5")]
    hints = [note for note in notes if note.endswith("--stretch serves better")]
    said = [note for note in notes if note.endswith("--no_stretch frames them")]
    assert len(hints) == keeps
    assert len(said) == (chosen is None and not keeps)
    assert len(notes) == len(hints) + len(said)


@pytest.mark.parametrize(
    "shapes",
    [
        {"coccus": SQUARE, "rod": SQUARE},
        {"coccus": (0.9, 1.1), "rod": ANY},
        {"coccus": (0.4, 1), "rod": (1, 2.5)},
        {"short": (0.6, 1.7), "rod": (0.25, 4)},
    ],
    ids=["square", "only rods are long", "wide and high", "some are longer"],
)
def test_a_rod_does_not_become_a_coccus(tmp_path, shapes):
    """Even where what is shown is as wide as the picture."""
    save_pictures(tmp_path / "images", shapes, drawn_out)
    dataset = load(tmp_path)
    assert dataset.origin["keep_aspect"] is True
    assert not any("stretch" in note for note in dataset.notes)


@pytest.mark.parametrize("kind", ["png", "jpg", "tif"])
def test_few_or_unreadable_pictures_are_framed(tmp_path, kind):
    folder = tmp_path / "images"
    save_pictures(folder, {"grass": ANY, "moss": ANY}, drawn_out, kind)
    paths = sorted(folder.glob("*/*"))
    labels = np.repeat([0, 1], MANY)
    names = ("grass", "moss")
    assert not shape_of(paths, labels, names, None).keep_aspect
    few = [0, 1, 2, MANY, MANY + 1, MANY + 2]
    assert shape_of([paths[k] for k in few], labels[few], names, None) == (True, "")
    for path in paths:  # the header is read, and what follows is not there
        path.write_bytes(path.read_bytes()[:150])
    assert shape_of(paths, labels, names, None).keep_aspect


def test_pictures_of_one_tone_say_nothing(tmp_path):
    save_pictures(
        tmp_path / "images", {"grass": ANY, "moss": ANY}, lambda _, *size: np.zeros(size, np.uint8)
    )
    assert load(tmp_path).origin["keep_aspect"] is True


def test_large_jpeg_pictures_are_decoded_in_part(tmp_path):
    values = scene(np.random.default_rng(0), 600, 1200)
    Image.fromarray(values).save(tmp_path / "large.jpg")
    found = read_reduced(tmp_path / "large.jpg", 256)
    assert found.shape == (1, 300, 600)
    reduced = values.reshape(300, 2, 600, 2).mean(axis=(1, 3))
    assert np.abs(found[0] - reduced).mean() < 2
