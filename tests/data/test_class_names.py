"""Order and spelling of the names of classes."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.data.class_names import common_spellings, natural_key
from lenet.data.image_folder import load_image_folder
from lenet.data.range_rule import rule_of
from tests.image_folders import write_folder

NFC, NFD = (unicodedata.normalize(form, "Käse") for form in ("NFC", "NFD"))


def load(*folders, **options):
    cache = folders[0].parent / "cache"
    return load_image_folder(folders, size=8, cache_dir=cache, shares=None, **options)


def test_numbers_are_counted():
    names = ["10", "2", "1", "plate 12b", "plate 2", "plate", "01", "plate-1"]
    found = sorted(names, key=natural_key)
    assert found == ["01", "1", "2", "10", "plate", "plate 2", "plate 12b", "plate-1"]


@given(st.lists(st.text(st.characters(exclude_categories=["Nd"]))))
def test_names_without_numbers_are_in_the_order_of_their_characters(names):
    assert sorted(names, key=natural_key) == sorted(names)


@given(st.lists(st.integers(0, 10**30), unique=True))
def test_numbers_are_in_their_order(numbers):
    names = sorted((f"class {n} x" for n in numbers), key=natural_key)
    assert names == [f"class {n} x" for n in sorted(numbers)]


def test_classes_are_in_natural_order_and_saved_ones_in_their_own(tmp_path):
    root = write_folder(tmp_path / "a", {str(k): 3 for k in range(1, 12)})
    assert load(root).class_names == tuple(map(str, range(1, 12)))
    given = tuple(sorted(map(str, range(1, 12))))
    assert load(root, class_names=given).class_names == given
    assert load(root, rule=rule_of(["each"], None)).class_names == given


@pytest.mark.parametrize("names", [("cat", "Cat"), (NFC, NFD), (NFD, NFC)])
def test_two_spellings_in_two_folders_are_one_class(tmp_path, names):
    roots = [
        write_folder(tmp_path / str(k), {name: 3, "owl": 3}, seed=k) for k, name in enumerate(names)
    ]
    dataset = load(*roots)
    assert dataset.class_names == tuple(sorted((names[0], "owl")))
    assert len(dataset.test.labels) == 12
    assert any(note.endswith("are read as one class") for note in dataset.notes)
    other = load(*roots, class_names=("owl", names[1]))
    assert other.class_names == ("owl", names[1])
    assert sorted(other.test.labels) == [0] * 6 + [1] * 6


@pytest.mark.parametrize("names", [("cat", "Cat"), (NFC, NFD)])
def test_two_spellings_in_one_folder_stay_two_classes_and_are_told_of(tmp_path, names):
    write_folder(tmp_path / "a", dict.fromkeys(names, 3), seed=1)
    if len(os.listdir(tmp_path / "a")) < 2:
        pytest.skip("the file system takes both names for one")
    dataset = load(tmp_path / "a")
    assert set(dataset.class_names) == set(names)
    assert any("put their pictures into one folder" in note for note in dataset.notes)


def test_a_name_that_is_two_in_one_folder_is_not_joined_in_another():
    folders = [{"cat": 0, "Cat": 0}, {"cat": 0}]
    assert common_spellings(folders) == {"cat": "cat", "Cat": "Cat"}


def test_linked_folders_in_a_class_are_followed_but_not_back(tmp_path):
    root = write_folder(tmp_path / "a", {"cat": 3, "dog": 3})
    more = write_folder(tmp_path / "more", {"cats": 4}, seed=1)
    (root / "cat" / "more").symlink_to(more / "cats")
    (root / "cat" / "back").symlink_to(root)
    (more / "cats" / "self").symlink_to(more / "cats")
    (root / "__MACOSX").mkdir()
    dataset = load(root)
    assert dataset.class_names == ("cat", "dog")
    assert sorted(dataset.test.labels) == [0] * 7 + [1] * 3
    earlier = load(root, rule=rule_of(["each"], None))
    assert sorted(earlier.test.labels) == [0] * 3 + [1] * 3
