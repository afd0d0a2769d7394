from pathlib import Path

import numpy as np
import pytest

from lenet.data.corrections import LEAVE_OUT, MAX_CORRECTIONS, NOWHERE, corrected
from lenet.data.image_folder import load_image_folder
from lenet.data.indexed_images import Source
from lenet.errors import DataError
from tests.image_folders import write_folder

CLASSES = ["cat", "dog"]


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Four pictures and a file of two pages, with their labels; the current folder is another."""
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "photos"
    sources = [Source(root / "cat" / f"{k}.png", None) for k in range(2)]
    sources += [Source(root / "dog" / "stack.tif", k) for k in range(2)]
    sources += [Source(root / "dog" / "käse.png", None)]
    return root, sources, np.array([0, 0, 1, 1, 1], np.int32)


def by(photos, text, file="right.csv"):
    root, sources, labels = photos
    Path(file).write_text(text, encoding="utf-8")
    return corrected(Path(file), labels, CLASSES, sources, [root])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("cat/0.png,dog", [1, 0, 1, 1, 1]),
        ("photos/cat/0.png,dog", [1, 0, 1, 1, 1]),
        ("photos\\cat\\0.png,dog", [1, 0, 1, 1, 1]),
        ("cat/1.png,leave out\ndog/käse.png,cat", [0, NOWHERE, 1, 1, 0]),
        ("dog/stack.tif,cat", [0, 0, 0, 0, 1]),
        ("dog/stack.tif page 2,cat", [0, 0, 1, 0, 1]),
        ("dog/stack.tif page 2,cat\n\ncat/0.png,\ncat/1.png,cat", [0, 0, 1, 0, 1]),
    ],
)
def test_labels_are_those_of_the_table(photos, lines, expected):
    result = by(photos, f"file,label\n{lines}\n")
    assert result.labels.tolist() == expected
    assert result.warnings == []
    root, sources, labels = photos
    again = corrected(result.changes, labels, CLASSES, sources, [root])
    assert again.labels.tolist() == expected
    assert labels.tolist() == [0, 0, 1, 1, 1]


def test_absolute_paths_and_columns_in_any_order_and_separation(photos):
    root, *_ = photos
    table = (
        f"finding;label;x;path\nnear;dog;1;{root}/cat/0.png\nnear;{LEAVE_OUT};2;{root}/cat/1.png\n"
    )
    with pytest.raises(DataError, match="no image of class cat is left"):
        by(photos, table)
    assert by(photos, table.replace(LEAVE_OUT, "cat")).labels.tolist() == [1, 0, 1, 1, 1]


def test_paths_from_the_folder_of_the_table(photos):
    root, *_ = photos
    (root / "cat").mkdir(parents=True)
    result = by(photos, "file,label\n0.png,dog\n", root / "cat" / "right.csv")
    assert result.labels.tolist() == [1, 0, 1, 1, 1]


def test_a_note_and_a_line_for_each_picture_that_there_is_not(photos):
    result = by(photos, "file,label\ncat/9.png,dog\ncat/0.png,leave out\ndog/käse.png,cat\n")
    assert result.notes == ["by right.csv, 1 label corrected, 1 image left out"]
    assert result.warnings == ["--corrections right.csv, line 2: no picture cat/9.png"]


def test_strict_refuses_a_picture_that_there_is_not(photos):
    root, sources, labels = photos
    Path("right.csv").write_text("file,label\ncat/9.png,dog\ncat/0.png,dog\n")
    message = r"right\.csv, line 2: no picture cat/9\.png, which --strict refuses"
    with pytest.raises(DataError, match=message):
        corrected(Path("right.csv"), labels, CLASSES, sources, [root], strict=True)


def test_a_table_about_none_of_the_pictures_is_refused(photos):
    with pytest.raises(
        DataError, match=r"none of its 2 files is among the pictures, such as x\.png;"
    ):
        by(photos, "file,label\nx.png,dog\nphoto/cat/0.png,dog\n")
    assert by(photos, "file,label\nx.png,\n").warnings == []


def test_paths_from_the_folder_of_a_part(photos):
    root, sources, labels = photos
    sources = [Source(root / "test" / "cat" / "0.png", None)]
    sources += [Source(root / "train" / "cat" / f"{k}.png", None) for k in range(4)]
    args = labels, CLASSES, sources, [root], [root / "train", root / "test"]
    table = Path("right.csv")
    table.write_text("file,label\ncat/1.png,dog\ntest/cat/0.png,dog\n")
    assert corrected(table, *args).labels.tolist() == [1, 0, 1, 1, 1]
    table.write_text("file,label\ncat/0.png,dog\n")
    with pytest.raises(DataError, match=r"line 2: cat/0\.png may be .*test/cat/0\.png, .*train/"):
        corrected(table, *args)


def test_a_picture_that_there_is_not_is_no_picture_left_out(tmp_path):
    for seed, part in enumerate(("train", "test")):
        write_folder(tmp_path / "a" / part, {"cat": 6 + seed, "dog": 6}, seed)
    table = tmp_path / "right.csv"
    table.write_text("file,label\ncat/006.png,dog\nnone.png,cat\n")
    options = {"size": 8, "cache_dir": tmp_path / "cache", "corrections": table}
    dataset = load_image_folder([tmp_path / "a"], **options)
    assert np.bincount(dataset.test.labels).tolist() == [6, 7]
    assert dataset.problems == ()
    assert any(warning.endswith("line 3: no picture none.png") for warning in dataset.warnings)
    with pytest.raises(DataError, match=r"none\.png, which --strict refuses"):
        load_image_folder([tmp_path / "a"], strict=True, **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\ncat/0.png,dgo\n", r"line 2: no class 'dgo': did you mean dog\?"),
        ("file,label\ncat/0.png,horse\n", r"expected one of cat, dog, leave out"),
        (
            "file,label\ncat/0.png,dog\ncat/0.png,leave out\n",
            r"line 3: cat/0.png has another label",
        ),
        ("cat/0.png,dog\n", r"no column file in its first line, 'cat/0.png,dog'"),
        ("file,class\ncat/0.png,dog\n", r"no column label"),
        ("", r"empty; expected a CSV file with the columns file and label$"),
        ("\n \n", r"empty; expected"),
        (
            'file,label\ncat/0.png,"dog\ncat/1.png,dog\n',
            r"line 3: unexpected end of data; expected each cell that begins with a quotation mark to end",
        ),
        ('file,label\n"cat/0.png"s,dog\n', r"line 2: ',' expected after '\"'; expected each cell"),
    ],
)
def test_what_cannot_be_understood_is_one_line(photos, text, message):
    with pytest.raises(DataError, match=message) as error:
        by(photos, text)
    assert "\n" not in str(error.value)


def test_files_that_are_no_tables(photos):
    root, sources, labels = photos
    with pytest.raises(DataError, match=r"--corrections none\.csv: No such file"):
        corrected(Path("none.csv"), labels, CLASSES, sources, [root])
    Path("latin.csv").write_bytes("file,label\nkäse,cat\n".encode("latin-1"))
    with pytest.raises(DataError, match="not a text file in UTF-8"):
        corrected(Path("latin.csv"), labels, CLASSES, sources, [root])


def test_more_than_a_model_can_keep_is_refused(tmp_path):
    n = MAX_CORRECTIONS + 2
    sources = [Source(tmp_path / f"{k}.png", None) for k in range(n)]
    labels = np.zeros(n, np.int32)
    labels[-1] = 1
    table = tmp_path / "many.csv"
    table.write_text("file,label\n" + "".join(f"{k}.png,dog\n" for k in range(n - 1)))
    labels[0] = 1
    with pytest.raises(DataError, match=r"no image of class cat"):
        corrected(table, labels, CLASSES, sources, [tmp_path])
    table.write_text("file,label\n" + "".join(f"{k}.png,leave out\n" for k in range(n - 1)))
    labels[-1] = 0
    labels[0] = 0
    with pytest.raises(DataError, match=r"3,001 images, expected 3,000 at most"):
        corrected(table, labels, CLASSES, sources, [tmp_path])
