"""Images in CSV files: with and without names, gray and in colour; and what is none."""

import numpy as np
import pytest

from lenet import limits
from lenet.data.csv_images import read_csv_images
from lenet.errors import DataError


def write(path, labels, pixels, header=None, delimiter=",", column=0):
    lines = [] if header is None else [header]
    for label, row in zip(labels, pixels, strict=True):
        cells = [f"{value:g}" for value in row]
        cells.insert(column, str(label))
        lines.append(delimiter.join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (5, 16))


def names(n):
    return [f"pixel{k}" for k in range(n)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_kaggles_digits(tmp_path, pixels, delimiter):
    header = delimiter.join(["label", *names(16)])
    path = write(tmp_path / "a.csv", [7, 2, 1, 0, 9], pixels, header, delimiter)
    images, labels, note = read_csv_images(path)
    np.testing.assert_array_equal(images, pixels.reshape(5, 4, 4))
    assert images.dtype == np.uint8
    assert labels.tolist() == ["7", "2", "1", "0", "9"]
    assert (
        note
        == "labels from column 1 of a.csv, as its first row says; 16 pixels a row as 4 x 4, gray"
    )


def test_without_names_the_first_column_has_the_labels(tmp_path, pixels):
    images, labels, note = read_csv_images(write(tmp_path / "a.csv", range(5), pixels))
    np.testing.assert_array_equal(images, pixels.reshape(5, 4, 4))
    assert labels.tolist() == list("01234")
    assert "without a row of names" in note


def test_labels_may_be_names_in_any_column_and_quoted(tmp_path, pixels):
    header = ",".join(f'"{name}"' for name in [*names(16), "Class"])
    path = write(
        tmp_path / "a.csv", ['"cat"', '"dog"', "cat", "dog", "eel"], pixels, header, column=16
    )
    images, labels, _ = read_csv_images(path)
    np.testing.assert_array_equal(images, pixels.reshape(5, 4, 4))
    assert labels.tolist() == ["cat", "dog", "cat", "dog", "eel"]


def test_three_times_a_square_is_in_colour(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (4, 27))
    images, _, note = read_csv_images(write(tmp_path / "a.csv", range(4), pixels))
    np.testing.assert_array_equal(images, pixels.reshape(4, 3, 3, 3))
    assert "in colour" in note


@pytest.mark.parametrize(
    ("values", "dtype", "highest"),
    [([0, 0.5, 1, 0.25], np.float32, 1), ([0, 1, 1, 0], np.uint8, 255)],
)
def test_fractions_stay_fractions_and_black_and_white_is_that(tmp_path, values, dtype, highest):
    images, _, _ = read_csv_images(write(tmp_path / "a.csv", range(2), [values, values]))
    assert images.dtype == dtype
    assert images.max() == highest


def test_many_rows_are_read_piece_by_piece(tmp_path, monkeypatch, pixels):
    monkeypatch.setattr("lenet.data.csv_images.ROWS", 2)
    images, labels, _ = read_csv_images(write(tmp_path / "a.csv", range(5), pixels))
    np.testing.assert_array_equal(images, pixels.reshape(5, 4, 4))
    assert labels.tolist() == list("01234")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty; expected a row for each image"),
        ("label,a,b,c,d\n", "no images below its first row"),
        ("pixel0,pixel1\n1,2\n", "no column of labels in its first line, 'pixel0,pixel1'"),
        ("label,label,x\n1,2,3\n", "2 columns of labels"),
        ("1\n2\n", "one column in its first line"),
        ("1,2,3,4,5\n1,2,3\n", "lines 1 to 2: .*expected a label and as many numbers"),
        ("1,2,3,4,x\n", "no column of labels"),
        ("label,a,b,c,d\n1,2,3,4,x\n", "lines 2 to 2: could not convert string 'x'"),
        ("1,2,3,4,inf\n", "lines 1 to 1: values that are infinite"),
        ("1,2,3,4,nan\n", "values that are infinite or no numbers"),
        ("1,2,3,4,5,6\n", "5 pixels a row, which is neither a square nor three times one"),
        ("label,a\n\x00,\x00\n", "could not convert"),
        ("label,a\n1,\n", "lines 2 to 2: a line without pixels"),
        ("label,a\n1,2\n1\n", "lines 2 to 3: a line without pixels"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=message) as error:
        read_csv_images(tmp_path / "a.csv")
    assert str(error.value).isprintable()


def test_rows_of_other_lengths_in_other_pieces_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("lenet.data.csv_images.ROWS", 1)
    (tmp_path / "a.csv").write_text("1,2,3,4,5\n1,2\n")
    with pytest.raises(DataError, match="rows of 1 and of 4 pixels"):
        read_csv_images(tmp_path / "a.csv")


def test_a_line_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "LINE_BYTES", 1000)
    (tmp_path / "a.csv").write_text("1,2\n" + "9" * 2000)
    with pytest.raises(DataError, match="line 2: longer than 1,000 bytes"):
        read_csv_images(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_bytes(b"1,2\n\xff,3\n")
    with pytest.raises(DataError, match="line 2: not a text in UTF-8"):
        read_csv_images(tmp_path / "a.csv")
