"""Groups of images that stay in one part."""

import argparse
import os
import shlex
from pathlib import PurePosixPath

import numpy as np
import pytest

from lenet.data.folds import fold_of
from lenet.data.image_folder import load_image_folder
from lenet.data.image_groups import group_hint, group_option, groups_by
from lenet.errors import DataError
from tests.image_folders import write_folder

SPLITS = ("train", "valid", "test")


@pytest.fixture
def root(tmp_path):
    """Six slides of each of two classes, five pictures each."""
    for label, name in enumerate(("cat", "dog")):
        counts = {f"slide{6 * label + k}": 5 for k in range(6)}
        write_folder(tmp_path / "a" / name, counts, seed=label)
    return tmp_path / "a"


def load(root, group):
    return load_image_folder([root], size=8, cache_dir=root.parent / "cache", group=group)


def slides(split):
    return {split.images.source(k).path.parent.name for k in range(len(split.labels))}


def check_apart(dataset):
    found = [slides(getattr(dataset, name)) for name in SPLITS]
    assert sum(map(len, found)) == len(set.union(*found)) == 12
    return found


def test_groups_stay_together_however_they_are_named(root):
    table = root.parent / "groups.csv"
    rows = [f"{p.relative_to(root)},{p.parent.name}" for p in root.rglob("*.png")]
    table.write_text("\n".join(["path,group", *rows]))
    for group in (1, r"(?P<group>slide\d+)", table):
        dataset = load(root, group)
        check_apart(dataset)
        for name in SPLITS:
            assert set(getattr(dataset, name).labels) == {0, 1}


@pytest.mark.parametrize("base", ["/", ".", "elsewhere"])
def test_paths_in_a_table_begin_where_those_of_corrections_may(root, monkeypatch, base):
    table = root.parent / "elsewhere" / "groups.csv"
    table.parent.mkdir()
    monkeypatch.chdir(root.parent)
    start = None if base == "/" else root.parent / base
    rows = [
        f"{p if start is None else os.path.relpath(p, start)},{p.parent.name}"
        for p in root.rglob("*.png")
    ]
    table.write_text("\n".join(["path,group", *rows]))
    dataset = load(root, table)
    check_apart(dataset)
    assert dataset.origin["groups_digest"] == load(root, 1).origin["groups_digest"]


def test_a_picture_in_two_groups_by_two_paths(root, monkeypatch):
    monkeypatch.chdir(root.parent)
    picture = root / "cat" / "slide0" / "000.png"
    table = root.parent / "groups.csv"
    table.write_text(f"path,group\n{picture},1\n{picture.relative_to(root.parent)},2\n")
    with pytest.raises(DataError, match=r"slide0/000\.png is in groups 1 and 2; each picture"):
        load(root, table)


def test_folds_keep_groups_and_may_leave_out_one_at_a_time(root):
    dataset = load(root, 1)
    for folds in (4, 12):
        tested = []
        for fold in range(1, folds + 1):
            test = check_apart(fold_of(dataset, folds, fold, seed=1))[2]
            assert folds < 12 or len(test) == 1
            tested += test
        assert len(tested) == len(set(tested)) == 12
    with pytest.raises(DataError, match="--folds 13: more than the 12 groups"):
        fold_of(dataset, 13, 1, seed=1)


@pytest.mark.parametrize(
    ("group", "message"),
    [(2, "lies in 1 folders below"), (r"(?P<group>plate\d+)", "no group in cat/slide0/000.png")],
)
def test_a_picture_without_a_group_is_named(root, group, message):
    with pytest.raises(DataError, match=message):
        load(root, group)


@pytest.mark.parametrize("text", ["a,b\n1,2", "path,group\ncat/slide0/000.png,1", "path,group\nx,"])
def test_tables_that_do_not_fit(root, text):
    table = root.parent / "groups.csv"
    table.write_text(text)
    with pytest.raises(DataError, match=r"--group .*groups\.csv") as caught:
        load(root, table)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["0", "slide", "(", "(?P<other>a)"])
def test_values_that_are_no_groups(text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected the number of a level"):
        group_option(text)


def test_too_few_groups(tmp_path):
    for name in ("cat", "dog"):
        write_folder(tmp_path / "a" / name, {f"{name}1": 5, f"{name}2": 5})
    with pytest.raises(
        DataError, match="class cat: its images are in 2 groups, expected at least 3"
    ):
        load(tmp_path / "a", 1)
    assert np.all(
        load_image_folder(
            [tmp_path / "a"], size=8, cache_dir=tmp_path / "cache", group=1, shares=(50, 50, 0)
        ).test.labels
        == 0
    )


def paths(*names):
    return [PurePosixPath(f"cat/{name}.png") for name in names]


@pytest.mark.parametrize(
    ("form", "group"),
    [
        ("slide{:02d}_crop{}", "slide{:02d}"),
        ("Plate {}-{}", "Plate {}"),
        ("20231{:03d}_a-{}", "20231{:03d}_a"),
    ],
)
def test_names_like_those_of_slides_give_a_pattern(form, group):
    both = [(k, crop) for k in range(8) for crop in range(4)]
    names = paths(*(form.format(*each) for each in both))
    hint = group_hint(names, 2)
    assert "\n" not in hint
    assert f"have 8 beginnings as {group.format(0)};" in hint
    pattern = shlex.split(hint.partition("--group ")[2])[0]
    found = groups_by(group_option(pattern), names, names, names)
    assert found == [group.format(k) for k, _ in both]


@pytest.mark.parametrize(
    "names",
    [
        [f"{k:04d}" for k in range(40)],
        [f"source-a-{k:04d}" for k in range(40)],
        [f"n{k % 2}_{k}" for k in range(40)],  # one for each class
        [f"photo{k}_{j}" for k in range(20) for j in range(2)],  # of two only
        [*(f"slide{k % 5}_{k}" for k in range(40)), "overview"],
        [f"{'slide' if k % 2 else 'plate'}{k % 10}_{k}" for k in range(40)],
    ],
)
def test_other_names_give_none(names):
    assert group_hint(paths(*names), 2) is None
