"""Pictures of one folder with labels, splits and groups from a CSV file."""

import numpy as np
import pytest
from PIL import Image

from lenet.data.image_folder import load_image_folder
from lenet.data.label_table import labelled_files
from lenet.errors import DataError


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for k in range(12):
        name = f"more/p{k:02}.png" if k % 2 else f"p{k:02}.png"
        pixels = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder


def paths(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


def write(folder, header, *rows):
    table = folder.parent / "labels.csv"
    table.write_text("\n".join([header, *rows]) + "\n")
    return table


def load(folder, table, **options):
    return load_image_folder(
        [folder], labels_file=table, cache_dir=folder.parent / "cache", size=8, **options
    )


def classes_of(dataset):
    """Return the class of each picture by its name, and its part."""
    found = {}
    for part in ("train", "valid", "test"):
        split = getattr(dataset, part)
        for k, label in enumerate(split.labels):
            found[split.images.source(k).path.name] = (dataset.class_names[label], part)
    return found


def test_labels_are_those_of_the_file(folder):
    rows = [f"{name},{'cat' if k % 3 else 'dog'}" for k, name in enumerate(paths(folder))]
    dataset = load(folder, write(folder, "path,label", *rows), shares=(50, 25, 25), epsilon=1)
    found = classes_of(dataset)
    assert {name: found[name.rpartition("/")[2]][0] for name in paths(folder)} == dict(
        row.split(",") for row in rows
    )
    assert dataset.class_names == ("cat", "dog")
    assert dataset.origin["labels_file"] == str(folder.parent / "labels.csv")
    assert "12 pictures with the labels of" in " ".join(dataset.notes)


def test_splits_and_groups_are_those_of_the_file(folder):
    words = ["train", "Training", "val", "test"]
    rows = [f"{name};{k % 2};{words[k % 4]};g{k // 4}" for k, name in enumerate(paths(folder))]
    table = write(folder, "file;class;split;group", *rows)
    dataset = load(folder, table)
    parts = {row.split(";")[0].rpartition("/")[2]: row.split(";")[2] for row in rows}
    meant = {"train": "train", "Training": "train", "val": "valid", "test": "test"}
    assert {name: part for name, (_, part) in classes_of(dataset).items()} == {
        name: meant[word] for name, word in parts.items()
    }
    assert dataset.origin["parts"] == ["training", "validation", "test"]
    assert dataset.origin["group"] == str(table)
    again = load(folder, table)
    assert again.origin["images_digest"] == dataset.origin["images_digest"]


@pytest.mark.parametrize(
    ("header", "rows", "message"),
    [
        ("path,label", ["p00.png,cat", "p99.png,cat"], "line 3: .*p99.png: no such file"),
        ("path,label", ["p00.png,cat", "./p00.png,dog"], "line 3: ./p00.png is in line 2 already"),
        ("path,label", ["p00.png,"], "line 2: no label"),
        ("path,label", [",cat"], "line 2: no path"),
        ("path,label", ["more,cat"], "line 2: .*more: a folder"),
        ("path,label", ["../labels.csv,cat"], "line 2: ../labels.csv lies outside"),
        ("path,label", ["/etc/passwd,cat"], "line 2: /etc/passwd lies outside"),
        ("path,label", [], "no lines below the first"),
        (
            "path,label,split",
            ["p00.png,cat,tain"],
            "line 2: split 'tain', expected train, val or test",
        ),
        ("path,label,split", ["p00.png,cat,"], "line 2: split '', expected train, val or test"),
        ("path,label,split", ["p00.png,cat,train"], "the split has training images alone"),
        (
            "path,label,split",
            ["p00.png,cat,val", "p02.png,cat,test"],
            "the split has validation, test",
        ),
        ("path", ["p00.png"], "no column label in its first line"),
        ("label", ["cat"], "no column path in its first line"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(folder, header, rows, message):
    with pytest.raises(DataError, match=message) as error:
        labelled_files(folder, write(folder, header, *rows))
    assert str(error.value).startswith("--labels ")
    assert "\n" not in str(error.value)


def test_a_missing_folder_and_several_are_refused(folder, tmp_path):
    table = write(folder, "path,label", "p00.png,cat")
    with pytest.raises(DataError, match="no folder; expected that of the pictures"):
        labelled_files(tmp_path / "none", table)
    with pytest.raises(DataError, match="expected one folder as --image_dir"):
        load_image_folder([folder, folder / "more"], labels_file=table)
