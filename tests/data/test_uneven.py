"""Differences between classes, parts and folders that a network may learn, and chance ones."""

import numpy as np
import pytest
from PIL import Image

from lenet.data import uneven
from lenet.data.image_folder import load_image_folder
from lenet.data.uneven import OF_PARTS, share_line, split_warnings

SIDE = 12
CLASSES = ("coccus", "rod")


def save(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def light(seed):
    return 0.2 + 0.5 * np.random.default_rng(seed).random((SIDE, SIDE))


def of_bytes(values):
    return np.rint(255 * values).astype(np.uint8)


def of_12_bits(values):
    return np.rint(4095 * values).astype(np.uint16)


@pytest.fixture
def warnings(tmp_path):
    """Return the warnings about folders whose files a function writes: `write(folder, class, k)`."""

    def warnings(write, *folders):
        for folder in folders:
            for label, name in enumerate(CLASSES):
                for k in range(30):
                    write(tmp_path / folder / name, label, k)
        roots = [tmp_path / folder for folder in folders]
        dataset = load_image_folder(roots, size=8, channels=1, cache_dir=tmp_path / "cache")
        return [*dataset.warnings, *split_warnings(dataset)]

    return warnings


def test_the_same_kind_of_pictures_everywhere_is_no_warning(warnings):
    def write(folder, label, k):
        form = of_12_bits if k % 2 else of_bytes
        suffix = ".png" if k % 3 else ".tif"
        save(folder / f"{k}{suffix}", form(light(100 * label + k)))

    assert warnings(write, "a", "b") == []


def test_the_depth_of_a_class(warnings):
    def write(folder, label, k):
        form = (of_12_bits, of_bytes)[label]
        save(folder / f"{k}.png", form(light(100 * label + k)))

    (line,) = warnings(write, "a")
    assert line == (
        "depth differs between classes: uint16 is 100 % of coccus, 0 % of rod; the network may learn that "
        "in place of what is shown"
    )


def test_the_kind_and_the_size_of_a_class(warnings):
    def write(folder, label, k):
        picture = of_bytes(light(100 * label + k))
        large = np.tile(picture, (3, 3)) if label else picture
        save(folder / f"{k}{('.png', '.tif')[label]}", large)

    kind, size = warnings(write, "a")
    assert kind.startswith(
        "kind of file differs between classes: .png is 100 % of coccus, 0 % of r"
    )
    assert size.startswith(
        "size of the pictures differs between classes: about 36 pixels for rod, 12 "
    )


def test_the_range_of_a_class(warnings):
    def write(folder, label, k):
        values = of_12_bits(light(100 * label + k))
        save(folder / f"{k}.png", values // (1, 16)[label])

    (line,) = warnings(write, "a")
    assert line.startswith("range of uint16 differs between classes: coccus has 8")
    assert ", rod has 5" in line


@pytest.mark.parametrize("most", [80, uneven.MAX_IMAGES], ids=["some", "all"])
def test_two_cameras(warnings, tmp_path, monkeypatch, most):
    monkeypatch.setattr(uneven, "MAX_IMAGES", most)

    def write(folder, label, k):
        form = of_12_bits if folder.parent.name == "b" else of_bytes
        save(folder / f"{k}.png", form(light(100 * label + k)))

    (line,) = warnings(write, "a", "b")
    assert line == (
        f"depth differs between folders: uint16 is 100 % of {tmp_path / 'b'}, 0 % of {tmp_path / 'a'}; see "
        "whether the network is as good for each of them"
    )


def test_parts_are_told_of_from_20_images_on():
    for count, is_told in ((19, False), (20, True)):
        values = ["uint8"] * 40 + ["uint16"] * count
        groups = np.repeat([0, 2], [40, count])
        line = share_line("depth", values, groups, ("training", "validation", "test"), OF_PARTS)
        assert bool(line) == is_told
    assert line == (
        "depth differs between parts: uint16 is 100 % of test, 0 % of training; the error of one says "
        "little about another"
    )
