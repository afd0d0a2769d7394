"""The registry of data sets, and the tables that are made from it."""

import re
from pathlib import Path

import pytest

from lenet.data.registry import (
    DATASETS,
    ENTRIES,
    NOT_MIRRORED,
    SHORT_LIST,
    dataset_name,
    entry_named,
    question,
)
from lenet.errors import DataError

GUIDE = (Path(__file__).parents[2] / "data" / "README.md").read_text()


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_says_all_that_is_needed(name):
    entry = ENTRIES[name]
    assert entry.name == name == dataset_name(name)
    assert len(set(entry.class_names)) == len(entry.class_names) > 1
    assert all(text.isprintable() for text in entry.class_names)
    assert entry.folders
    assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in entry.mirrors)
    for published in entry.files.values():
        assert re.fullmatch("[0-9a-f]{32}|[0-9a-f]{64}", published.digest)
        assert published.algorithm == ("md5" if len(published.digest) == 32 else "sha256")
        assert published.n_bytes is None or published.n_bytes > 0
    assert entry.licence
    assert entry.source.startswith("http")


@pytest.mark.parametrize("name", ENTRIES)
def test_the_guide_has_each_data_set_with_its_files_and_checksums(name):
    entry = ENTRIES[name]
    (row,) = [line for line in GUIDE.splitlines() if f"| `{name}` | {entry.title} |" in line]
    assert f"| {len(entry.class_names)} |" in row
    assert f"{entry.size} x {entry.size}" in row
    assert entry.licence in row
    for file, published in entry.files.items():
        assert f"`{file}`" in GUIDE
        assert published.digest in GUIDE
    assert all(mirror in GUIDE for mirror in entry.mirrors)


def test_the_short_list_has_all_names():
    for name in DATASETS:
        known = name.removeprefix("emnist-") if name.startswith("emnist-") else name
        assert re.search(rf"\b{re.escape(known)}\b", SHORT_LIST), name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *((text, "fashion_mnist") for text in ("FashionMNIST", "fashion-mnist", "Fashion_MNIST")),
        *(("CIFAR100", "cifar100"), ("cifar-10", "cifar10"), ("KMNIST", "kmnist")),
        *(("EMNIST-Letters", "emnist-letters"), ("OrganAMNIST", "organamnist"), ("SVHN", "svhn")),
        *(("cifar100_coarse", "cifar100-coarse"), ("Digits", "digits"), ("folder", "folder")),
        *(("chestmnist", None), ("emnist", None), ("", None), ("images.npz", None)),
    ],
)
def test_a_name_is_known_in_any_spelling(text, name):
    assert dataset_name(text) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("minst", "did you mean mnist?"),
        ("fashon-mnist", "did you mean fashion_mnist?"),
        ("emnist", "did you mean emnist-balanced, emnist-byclass, .*, emnist-mnist?"),
        ("medmnist", "choose one of its data sets: pathmnist, dermamnist"),
        ("ChestMNIST", "its images have none, one or several of 14 labels"),
        ("organmnist3d", "its images are volumes"),
    ],
)
def test_a_wrong_name_gets_an_answer(text, said):
    assert re.match(said.replace("?", r"\?"), question(text))
    with pytest.raises(DataError, match=f"data set '{text}': "):
        entry_named(text)


def test_what_is_far_from_any_name_gets_all():
    assert question("imagenet") == question("") == ""
    with pytest.raises(DataError, match=r"expected mnist, fashion_mnist, .* breastmnist"):
        entry_named("imagenet")


def test_digits_letters_and_sided_organs_are_not_mirrored():
    assert {"mnist", "digits", "svhn", "emnist-letters", "kmnist", "organamnist"} <= set(
        NOT_MIRRORED
    )
    assert not {"cifar10", "cifar100", "fashion_mnist", "pathmnist"} & set(NOT_MIRRORED)
