"""Folders of pictures as data sets, good and bad ones."""

import importlib
import json
import os
import shutil
import sys
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lenet import limits
from lenet.data.duplicates import copies_report
from lenet.data.image_files import fit_to, read_image
from lenet.data.indexed_images import IndexedImages
from lenet.data.range_rule import Rule
from lenet.errors import DataError
from tests.image_folders import COUNTS, noise, write_folder


def splits(dataset):
    return (dataset.train, dataset.valid, dataset.test)


def by_source(dataset):
    """Return image and class name of each source."""
    return {
        str(split.images.source(k)): (split.images[k], dataset.class_names[label])
        for split in splits(dataset)
        for k, label in enumerate(split.labels)
    }


def refused(load, *folders, **options):
    """Return the one line with which folders are refused."""
    with pytest.raises(DataError) as caught:
        load(*folders, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("keep_aspect", [True, False], ids=["framed", "stretched"])
@pytest.mark.parametrize("channels", [1, 3])
def test_each_picture_is_there_once_scaled_and_in_its_class(load, tmp_path, channels, keep_aspect):
    roots = [write_folder(tmp_path / f"source-{k}", seed=k) for k in range(2)]
    dataset = load(*roots, channels=channels, keep_aspect=keep_aspect)
    assert dataset.class_names == ("cat", "dog", "owl")
    assert (dataset.name, dataset.channels, dataset.size) == ("folder", channels, 8)
    found = by_source(dataset)
    files = [path for root in roots for path in root.rglob("*.png")]
    assert found.keys() == set(map(str, files))
    for path in files:
        image, name = found[str(path)]
        np.testing.assert_array_equal(image, fit_to(read_image(path, channels), 8, keep_aspect))
        assert name == path.parent.name


def test_parts_have_the_asked_for_sizes_and_the_same_shares_of_the_classes(load, tmp_path):
    dataset = load(write_folder(tmp_path / "a"), shares=(50, 30, 20))
    counts = [np.bincount(split.labels).tolist() for split in splits(dataset)]
    assert counts == [[5, 10, 5], [3, 6, 3], [2, 4, 2]]
    assert dataset.train.labels.dtype == np.int32


def test_a_seed_decides_the_parts_wherever_the_folder_is(load, tmp_path):
    root = write_folder(tmp_path / "a")
    first, again, other = (load(root, seed=seed) for seed in (1, 1, 2))
    shutil.copytree(root, tmp_path / "b")
    elsewhere = load(tmp_path / "b", seed=1)
    for same in (again, elsewhere):
        np.testing.assert_array_equal(first.train.images[:], same.train.images[:])
        assert first.origin["images_digest"] == same.origin["images_digest"]
    assert set(by_source(other)) == set(by_source(first))
    assert not np.array_equal(first.train.images[:], other.train.images[:])


def test_images_stay_on_disk(load, tmp_path):
    dataset = load(write_folder(tmp_path / "a"))
    bases = [split.images.base for split in splits(dataset)]
    assert all(isinstance(split.images, IndexedImages) for split in splits(dataset))
    assert all(base is bases[0] for base in bases)
    assert isinstance(bases[0].base, np.memmap)
    assert not bases[0].flags.writeable


def test_decoding_takes_the_memory_of_a_few_images(load, tmp_path):
    root = tmp_path / "many"
    # Names of files that are held here are in Python's table of names, which else would grow by megabytes below, all
    # at once, if the tests before have filled it.
    held = []
    for name in ("cat", "dog"):
        write_folder(root, {name: 4}, shape=(64, 64, 3))
        for k in range(4, 1000):
            path = root / name / f"{k:04d}.png"
            path.hardlink_to(root / name / f"{k % 4:03d}.png")
            held.append(path.parts)
    load(write_folder(tmp_path / "imports"), size=64)
    importlib.import_module("joblib.externals.loky")  # which so few are not decoded by
    tracemalloc.start()
    dataset = load(root, size=64, threads=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    whole = 2000 * 3 * 64 * 64
    assert sum(len(split.labels) for split in splits(dataset)) == 2000
    assert peak < whole / 4


def test_pictures_of_every_kind(load, tmp_path):
    root = write_folder(tmp_path / "a", {"cat": 3, "dog": 3})
    kinds = {
        "gray.png": noise(9, 7),
        "deep.png": noise(9, 7).astype(np.uint16) * 257,
        "colour.jpg": noise(9, 7, 3),
        "colour.bmp": noise(9, 7, 3),
        "frame.gif": noise(9, 7),
        "gray.tif": noise(9, 7),
        "deep.tiff": noise(9, 7).astype(np.uint16),
        "whole.tif": noise(9, 7).astype(np.int32),
        "float.tif": noise(9, 7).astype(np.float32),
        "four pixels.png": noise(2, 2, 3),
        "alpha.PNG": noise(9, 7, 4),
    }
    for name, pixels in kinds.items():
        Image.fromarray(pixels).save(root / "cat" / name)
    found = by_source(load(root, rule=Rule(by_type=True)))
    for name in kinds:
        image, _ = found[str(root / "cat" / name)]
        expected = fit_to(read_image(root / "cat" / name, 3), 8)
        np.testing.assert_array_equal(image, expected)


def test_each_page_is_an_image_and_those_of_a_file_stay_together(load, tmp_path):
    root = write_folder(tmp_path / "a")
    for k in range(4):
        pages = [Image.fromarray(noise(9, 7, seed=10 * k + page)) for page in range(3)]
        path = root / "cat" / f"scan{k}.tif"
        pages[0].save(path, save_all=True, append_images=pages[1:])
    dataset = load(root, channels=1)
    found = by_source(dataset)
    for k in range(4):
        for page in range(3):
            image, _ = found[f"{root}/cat/scan{k}.tif page {page + 1}"]
            np.testing.assert_array_equal(image, fit_to(noise(9, 7, seed=10 * k + page)[None], 8))
    files = [
        {images.source(j).path for j in range(len(images))}
        for images in (split.images for split in splits(dataset))
    ]
    assert not (files[0] & files[1]) | (files[0] & files[2]) | (files[1] & files[2])


def test_copies_stay_together_and_are_reported(load, tmp_path):
    root = write_folder(tmp_path / "a")
    for k in range(5):
        shutil.copy(root / "dog" / "003.png", root / "dog" / f"copy{k}.png")
    dataset = load(root)
    (line,) = copies_report(dataset)
    assert line.startswith(f"5 images are copies of others: {root}/dog/")
    assert line.endswith(" = 3 more")


def test_folders_in_classes_are_looked_into_and_hidden_files_are_not(load, tmp_path):
    root = write_folder(tmp_path / "a")
    (root / "cat" / "more").mkdir()
    for name in ("cat/more/x.png", "cat/.hidden.png"):
        Image.fromarray(noise(5, 5)).save(root / name)
    (root / ".cache").mkdir()
    (root / "cat" / "notes.txt").write_text("none of your business")
    dataset = load(root)
    assert dataset.class_names == tuple(COUNTS)
    found = by_source(dataset)
    assert f"{root}/cat/more/x.png" in found
    assert len(found) == sum(COUNTS.values()) + 1
    (note,) = dataset.notes
    assert note.startswith("41 files, 41 images in ")
    assert note.endswith(f"; no pictures by their names: {root}/cat/notes.txt")


def test_names_of_any_bytes_are_shown_in_one_line(load, tmp_path):
    names = {os.fsdecode(b"\xff cat"): 3, "two\nlines": 3}
    dataset = load(write_folder(tmp_path / os.fsdecode(b"\xfe"), names))
    assert dataset.class_names == (r"\udcff cat", r"two\nlines")
    again = load(tmp_path / os.fsdecode(b"\xfe"), class_names=dataset.class_names, shares=None)
    assert sorted(again.test.labels) == [0] * 3 + [1] * 3
    json.dumps(dataset.origin, ensure_ascii=False).encode()


def test_digits_have_no_mirror_images(load, tmp_path):
    digits = {str(k): 3 for k in range(10)}
    assert not load(write_folder(tmp_path / "digits", digits)).mirror
    assert load(write_folder(tmp_path / "others")).mirror


def test_all_images_can_be_had_in_one_part_and_in_the_order_of_known_classes(load, tmp_path):
    root = write_folder(tmp_path / "a", {"owl": 1, "cat": 2})
    dataset = load(root, shares=None, class_names=("owl", "dog", "cat"))
    assert [len(split.labels) for split in splits(dataset)] == [0, 0, 3]
    assert dataset.class_names == ("owl", "dog", "cat")
    assert sorted(dataset.test.labels) == [0, 2, 2]


# Files that cannot be read


def spoil(root):
    """Put into a folder what must not be read, and return its names."""
    (root / "cat" / "empty.png").write_bytes(b"")
    (root / "dog" / "text.jpg").write_text("no picture")
    whole = (root / "dog" / "000.png").read_bytes()
    (root / "dog" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (root / "owl" / "nowhere.tif").symlink_to("nothing")
    os.mkfifo(root / "owl" / "pipe.gif")
    return ["cat/empty.png", "dog/cut.png", "dog/text.jpg", "owl/nowhere.tif", "owl/pipe.gif"]


def test_what_cannot_be_read_is_named_and_left_out(load, tmp_path):
    root = write_folder(tmp_path / "a")
    names = spoil(root)
    for _ in range(2):  # the second time from the cache
        dataset = load(root)
        assert sum(len(split.labels) for split in splits(dataset)) == sum(COUNTS.values())
        assert len(dataset.problems) == len(names)
        assert dataset.notes[0].endswith(".h5; 5 left out")
        for problem, name in zip(dataset.problems, names, strict=True):
            assert problem.startswith(f"{root}/{name}: ")
    message = refused(load, root, strict=True)
    expected = "5 of 45 files cannot be read, which --strict refuses; the first: "
    assert message.startswith(f"{expected}{root}/cat/empty.png: empty, 0 bytes")


def test_a_bomb_is_left_out(load, tmp_path, monkeypatch):
    root = write_folder(tmp_path / "a")
    Image.fromarray(noise(40, 40)).save(root / "cat" / "bomb.png")
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 1000)
    (problem,) = load(root).problems
    assert problem.startswith(f"{root}/cat/bomb.png: 40 x 40 pixels are more than 1,000")


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1)], ids=str)
def test_a_picture_of_a_single_pixel_or_row_is_left_out(load, tmp_path, shape):
    root = write_folder(tmp_path / "a")
    Image.fromarray(noise(*shape)).save(root / "cat" / "dot.png")
    (problem,) = load(root).problems
    rows, columns = shape
    assert problem == (
        f"{root}/cat/dot.png: {columns} x {rows} pixels show nothing; expected at least 2 x 2, use or "
        "export another copy"
    )


def test_a_class_of_single_pixels_is_refused(load, tmp_path):
    root = write_folder(tmp_path / "a")
    for path in root.glob("owl/*"):
        Image.fromarray(noise(1, 1)).save(path)
    first = f"{root}/owl/000.png: 1 x 1 pixels show nothing"
    assert f"class owl: none of its 10 files can be read; the first: {first}" in refused(load, root)


def test_a_damaged_page_costs_no_other_page(load, tmp_path, monkeypatch):
    root = write_folder(tmp_path / "a")
    pages = [Image.fromarray(noise(side, side)) for side in (5, 40, 6)]
    pages[0].save(root / "cat" / "scan.tif", save_all=True, append_images=pages[1:])
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 1000)
    dataset = load(root)
    (problem,) = dataset.problems
    assert problem.startswith(f"{root}/cat/scan.tif page 2: 40 x 40 pixels")
    scans = sorted(name for name in by_source(dataset) if "scan" in name)
    assert scans == [f"{root}/cat/scan.tif page 1", f"{root}/cat/scan.tif page 3"]


@pytest.mark.parametrize("of", ["one class", "all"])
def test_a_class_without_a_readable_file_is_refused(load, tmp_path, of):
    root = write_folder(tmp_path / "a")
    for path in root.glob("owl/*" if of == "one class" else "*/*"):
        path.write_bytes(b"spoilt")
    message = refused(load, root)
    expected = "class owl: none of its 10 files" if of == "one class" else "none of 40 files"
    assert message.startswith(f"{expected} can be read; the first: {root}/")


# Folders that are none


def test_an_empty_folder(load, tmp_path):
    (tmp_path / "a").mkdir()
    assert refused(load, tmp_path / "a") == (
        f"{tmp_path}/a: an empty folder; expected a sub-folder with pictures for each class"
    )


def test_pictures_without_sub_folders(load, tmp_path):
    root = write_folder(tmp_path / "a")
    assert refused(load, root / "cat").startswith(
        f"{root}/cat: files, but no sub-folders; expected"
    )


def test_a_missing_folder(load, tmp_path):
    message = refused(load, tmp_path / "a")
    assert message.startswith(f"{tmp_path}/a: No such file or directory; expected a folder")


def test_a_file_in_place_of_a_folder(load, tmp_path):
    root = write_folder(tmp_path / "a")
    message = refused(load, root, root / "cat" / "000.png")
    assert message.startswith(f"{root}/cat/000.png: a file; expected a folder with a sub-folder")


def test_a_file_in_place_of_a_class(load, tmp_path):
    first, second = write_folder(tmp_path / "a"), write_folder(tmp_path / "b", seed=1)
    shutil.rmtree(second / "dog")
    (second / "dog").write_text("woof")
    message = refused(load, first, second)
    assert message.startswith(f"{second}: no sub-folder dog (there is a file of that name), which")


def test_a_class_without_pictures(load, tmp_path):
    root = write_folder(tmp_path / "a")
    (root / "emu").mkdir()
    (root / "emu" / "readme.txt").write_text("soon")
    message = refused(load, root)
    assert message.startswith(f"class emu: no pictures in {root}/emu; expected files that end with")


def test_one_class(load, tmp_path):
    message = refused(load, write_folder(tmp_path / "a", {"cat": 9}))
    assert message.startswith(
        f"{tmp_path}/a: the one class cat, expected a sub-folder for each of two"
    )


@pytest.mark.parametrize("count", [1, 2])
def test_a_class_with_hardly_an_image(load, tmp_path, count):
    message = refused(load, write_folder(tmp_path / "a", {"cat": 9, "dog": count}))
    assert message.startswith(f"class dog: {count} image")
    assert "expected at least 3, one for each part" in message


def test_classes_that_differ_between_folders(load, tmp_path):
    first = write_folder(tmp_path / "a")
    second = write_folder(tmp_path / "b", {**COUNTS, "emu": 3})
    assert refused(load, first, second) == (
        f"{first}: no sub-folder emu, which {second} has; expected the same classes in each folder"
    )


def test_classes_that_are_not_among_the_known_ones(load, tmp_path):
    root = write_folder(tmp_path / "a")
    message = refused(load, root, class_names=("cat", "dog"), shares=None)
    assert message == f"{root}/owl: none of the classes cat, dog; leave the sub-folder out"


@pytest.mark.parametrize("second", ["a", ".", "link"])
def test_a_folder_that_is_named_twice(load, tmp_path, second):
    write_folder(tmp_path / "a")
    (tmp_path / "link").symlink_to("a")
    message = refused(load, tmp_path / "a", tmp_path / second)
    assert "the same folder as" in message
    assert message.endswith("name each folder once")


def test_shares_that_cannot_be_alike(load, tmp_path):
    root = write_folder(tmp_path / "a", {"cat": 3, "dog": 30})
    message = refused(load, root, epsilon=0.1)
    assert message.startswith(
        "class cat: 5.26 % of the training images, but 25.00 % of the test images"
    )
    # One image more or less is as near as it gets.
    assert load(root).class_names == ("cat", "dog")


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (
            (60, 0, 40),
            "--split 60 0 40: leaves the validation part empty; expected positive numbers, of which",
        ),
        ((0, 90, 10), "--split 0 90 10: leaves the training part empty"),
        ((60, -30, 70), "--split 60 -30 70: leaves the validation part empty"),
        ((60, 30, 30), "--split 60 30 30: adds up to 120, expected 100 or 1"),
        ((float("nan"), 30, 10), "--split nan 30 10: leaves the training part empty"),
    ],
    ids=["no validation", "no training", "negative", "too much", "no number"],
)
def test_a_split_that_is_none(load, tmp_path, shares, message):
    assert refused(load, tmp_path, shares=shares).startswith(message)


def test_a_cache_that_cannot_be_made(load, tmp_path):
    (tmp_path / "file").write_text("")
    message = refused(load, write_folder(tmp_path / "a"), cache_dir=tmp_path / "file")
    assert message.startswith(f"{tmp_path}/file")
    assert message.endswith("choose a folder with room as --cache_dir")


@pytest.fixture
def as_nobody(load, tmp_path):
    """Return a folder of somebody without rights, whom the superuser becomes."""
    load(
        write_folder(tmp_path / "first")
    )  # imports what is imported late, before it cannot be read
    folder = Path(tempfile.mkdtemp())
    user = os.geteuid()
    if user == 0:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    yield folder
    if user == 0:
        os.seteuid(0)
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize("place", [".", "owl"])
def test_a_folder_that_must_not_be_read(load, as_nobody, place):
    root = write_folder(as_nobody / "a")
    (root / place).chmod(0)
    message = refused(load, root, cache_dir=as_nobody / "cache")
    (root / place).chmod(0o700)
    named = root if place == "." else root / place
    assert message == (
        f"{named}: Permission denied; expected a folder of pictures that may be read"
    )


def test_a_file_that_must_not_be_read_until_it_may(load, as_nobody):
    root = write_folder(as_nobody / "a")
    options = {"cache_dir": as_nobody / "cache"}
    (root / "cat" / "003.png").chmod(0)
    (problem,) = load(root, **options).problems
    assert problem.startswith(f"{root}/cat/003.png: Permission denied")
    (root / "cat" / "003.png").chmod(0o600)
    assert load(root, **options).problems == ()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_two_classes_must_not_look_the_same(load, tmp_path):
    root = write_folder(tmp_path / "pictures", {"a\x1b": 4, r"a\x1b": 4})
    with pytest.raises(DataError, match=r"two sub-folders that are shown as a\\x1b; rename"):
        load(root)
