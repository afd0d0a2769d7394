"""Folders that are parts or sources, and not classes."""

import pytest

from lenet.errors import DataError
from tests.image_folders import write_folder

CLASSES = {"cat": 6, "dog": 6}


def places(split):
    """Return the folder above the class of each image."""
    return {split.images.source(k).path.parent.parent.name for k in range(len(split.labels))}


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "DEV", "Testing")])
def test_parts_stay_as_they_are_in_their_folders(load, tmp_path, names):
    for seed, name in enumerate(names):
        write_folder(tmp_path / "a" / name, CLASSES, seed)
    (tmp_path / "a" / "__MACOSX").mkdir()
    dataset = load(tmp_path / "a")
    parts = (dataset.train, dataset.valid, dataset.test)
    assert [places(split) for split in parts] == [{name} for name in names]
    assert dataset.class_names == ("cat", "dog")
    assert any(note.startswith("split as in its folders: training ") for note in dataset.notes)


def test_missing_parts(load, tmp_path):
    write_folder(tmp_path / "a" / "train", {"cat": 12, "dog": 12})
    write_folder(tmp_path / "a" / "test", {"cat": 3}, seed=1)
    dataset = load(tmp_path / "a")
    assert [len(s.labels) for s in (dataset.train, dataset.valid, dataset.test)] == [16, 8, 3]
    assert "no dog among the test images" in dataset.notes
    write_folder(tmp_path / "valid", CLASSES, seed=2)
    named = load(tmp_path / "a" / "train", valid_folders=[tmp_path / "valid"])
    assert [len(s.labels) for s in (named.train, named.valid, named.test)] == [24, 12, 0]


def test_a_class_without_training_images_is_refused(load, tmp_path):
    write_folder(tmp_path / "a" / "train", CLASSES)
    write_folder(tmp_path / "a" / "test", {"owl": 3})
    with pytest.raises(DataError, match="test/owl: no class of the training images"):
        load(tmp_path / "a")


def test_sources_are_read_like_several_folders(load, tmp_path):
    roots = [write_folder(tmp_path / "a" / name, CLASSES, seed) for seed, name in enumerate("xy")]
    found, named = load(tmp_path / "a"), load(*roots)
    assert found.origin["images_digest"] == named.origin["images_digest"]
    assert places(found.train) == {"x", "y"}
    assert any("--group 1" in note for note in found.notes)
    as_classes = load(tmp_path / "a", group=1, shares=(50, 50, 0))
    assert as_classes.class_names == ("x", "y")


@pytest.mark.parametrize(
    "names",
    [
        ("training_set", "test_set"),
        ("seg_train", "seg_test"),
        ("train", "eval"),
        ("train", "Holdout2"),
        ("train_images", "others"),
        ("a", "b-Validation"),
    ],
)
def test_sources_named_like_parts_are_refused_but_not_if_each_is_named(load, tmp_path, names):
    roots = [write_folder(tmp_path / "a" / name, CLASSES, k) for k, name in enumerate(names)]
    with pytest.raises(
        DataError, match=r"a: with .*, looks like a split of its own; name the"
    ) as error:
        load(tmp_path / "a")
    assert "\n" not in str(error.value)
    assert places(load(*roots).train) == set(names)
    # As a run went on that had learnt them so.
    again = load(tmp_path / "a", class_names=("cat", "dog"))
    assert places(again.train) == set(names)


@pytest.mark.parametrize("name", ["trainer", "contest", "device", "latest", "values"])
def test_other_words_with_those_letters_are_sources(load, tmp_path, name):
    for seed, each in enumerate((name, "x")):
        write_folder(tmp_path / "a" / each, CLASSES, seed)
    assert places(load(tmp_path / "a").train) == {name, "x"}


def test_a_class_with_sub_folders_stays_a_class(load, tmp_path):
    write_folder(tmp_path / "a" / "x", {"one": 6, "two": 6})
    write_folder(tmp_path / "a" / "y", {"one": 6, "three": 6}, seed=1)
    assert load(tmp_path / "a").class_names == ("x", "y")


def test_no_test_images(load, tmp_path):
    dataset = load(write_folder(tmp_path / "a", CLASSES), shares=(50, 50, 0))
    assert [len(s.labels) for s in (dataset.train, dataset.valid, dataset.test)] == [6, 6, 0]


def test_one_folder_with_the_classes_in_it_is_asked_about(load, tmp_path):
    write_folder(tmp_path / "a" / "photos", CLASSES)
    with pytest.raises(DataError, match=r"the one class photos, .*; did you mean .*/a/photos\?$"):
        load(tmp_path / "a")
    write_folder(tmp_path / "b", {"cat": 6})
    with pytest.raises(DataError, match=r"two classes or more$"):
        load(tmp_path / "b")


@pytest.mark.parametrize("names", [("train", "test", "owl"), ("val", "test")])
def test_pictures_in_folders_named_like_parts_make_classes_of_them(load, tmp_path, names):
    write_folder(tmp_path / "a", dict.fromkeys(names, 6))
    dataset = load(tmp_path / "a")
    assert dataset.class_names == tuple(sorted(names))
    assert any("are read as classes" in note and "--test_dir" in note for note in dataset.notes)
    again = load(tmp_path / "a", class_names=dataset.class_names)
    assert not any("are read as classes" in note for note in again.notes)


@pytest.mark.parametrize("inside", [CLASSES, {"cat": 6}])
@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("train", "val", "test", "unlabeled"),
            "a/unlabeled: no part of the split into train, val, test beside it; leave it out or move it",
        ),
        (("Train", "TEST", "owl"), "a/owl: no part of the split into Train, TEST beside it"),
        (("val", "test"), "a: val, test, but no training folder; add one named train"),
    ],
)
def test_a_split_with_too_much_or_too_little_is_refused(load, tmp_path, names, message, inside):
    for name in names:
        write_folder(tmp_path / "a" / name, inside)
    with pytest.raises(DataError, match=message) as error:
        load(tmp_path / "a")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("parts", [("train", "test"), ("Train", "Val", "Test")])
def test_parts_below_the_classes_are_refused(load, tmp_path, parts):
    for seed, name in enumerate(("blob", "stripe")):
        write_folder(tmp_path / "a" / name, dict.fromkeys(parts, 6), seed)
    said = ", ".join(sorted(parts))
    with pytest.raises(DataError, match=f"a: its folders have {said} each, parts of a") as error:
        load(tmp_path / "a")
    assert "\n" not in str(error.value)
    as_groups = load(tmp_path / "a", group=1, shares=(50, 50, 0))
    assert as_groups.class_names == ("blob", "stripe")


def test_pictures_without_classes_beside_a_split_are_refused(load, tmp_path):
    write_folder(tmp_path / "a" / "train", CLASSES)
    write_folder(tmp_path / "a", {"test": 6, "unlabeled": 6})
    with pytest.raises(DataError, match="a/unlabeled: no part of the split"):
        load(tmp_path / "a")


@pytest.mark.parametrize(
    ("part", "has_files", "end"),
    [
        (
            "val",
            False,
            "for each class, or no folder val: some of the training images validate then",
        ),
        ("test", False, "or no folder test: the error is that of the validation images then"),
        (
            "test",
            True,
            "validation images then; lenet predict says what pictures of unknown classes are",
        ),
    ],
)
def test_a_part_without_classes_says_what_is_without_it(load, tmp_path, part, has_files, end):
    write_folder(tmp_path / "a" / "train", {"cat": 12, "dog": 12})
    (tmp_path / "a" / part).mkdir()
    if has_files:
        (tmp_path / "a" / part / "0.png").write_bytes(b"")
    with pytest.raises(DataError, match=f"a/{part}: .*{end}$"):
        load(tmp_path / "a")
