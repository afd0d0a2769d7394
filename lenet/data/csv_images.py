"""Images in a CSV file: a row for each, its label and its pixels."""

import csv
import io
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lenet import limits
from lenet.data.csv_table import DELIMITERS
from lenet.data.published_files import data_errors
from lenet.errors import DataError
from lenet.files import open_regular
from lenet.text import counted, shown

LABEL_COLUMNS = ("label", "labels", "class", "target", "y", "emotion", "symbol")
ROWS = 2048  # whose numbers are held as such
MAX_COLOURS = 3
BYTES = 255


def read_csv_images(path: Path) -> tuple[np.ndarray, np.ndarray, str]:
    """Read the images and labels of a CSV file, such as that of Kaggle's digits.

    A first row of names says which column has the labels: label, class or target; the others are pixels. Without it
    the first column has the labels. Images are square; their pixels come row by row, and of colours all three of a
    pixel after each other.

    Parameters
    ----------
    path : Path

    Returns
    -------
    images : ndarray, shape (n, side, side) or (n, side, side, 3)
        uint8 if all numbers are bytes, else float32.
    labels : ndarray of str, shape (n,)
    note : str
        How it was read, in a line.

    Raises
    ------
    DataError
        Naming the line, if it is not to be read.
    """
    pieces: list[np.ndarray] = []
    labels: list[str] = []
    with data_errors(path), open_regular(path, limits.ARRAY_BYTES) as file:
        lines = lines_of(file, path)
        number, first = next(lines, (0, ""))
        if not first:
            raise DataError(
                f"{path}: empty; expected a row for each image, its label and its pixels"
            )
        delimiter = max(DELIMITERS, key=first.count)
        column, has_names = label_column(first, delimiter, path)
        rows: list[str] = []
        start = number + has_names
        if not has_names:
            lines = chained((number, first), lines)
        for number, line in lines:
            label, pixels = without_column(line, column, delimiter)
            labels.append(label)
            rows.append(pixels)
            if len(rows) == ROWS:
                pieces.append(numbers_of(rows, delimiter, path, start))
                rows, start = [], number + 1
        if rows:
            pieces.append(numbers_of(rows, delimiter, path, start))
    if not pieces:
        raise DataError(f"{path}: no images below its first row; expected a row for each")
    for piece in pieces[1:]:
        if piece.shape[1] != pieces[0].shape[1]:
            raise DataError(
                f"{path}: rows of {piece.shape[1]} and of {pieces[0].shape[1]} pixels; expected as many in each"
            )
    kind = np.uint8 if all(piece.dtype == np.uint8 for piece in pieces) else np.float32
    values = np.concatenate([piece.astype(kind, copy=False) for piece in pieces])
    if kind == np.uint8 and values.max() <= 1:  # black and white
        values = values * np.uint8(BYTES)
    shape = image_shape(values.shape[1], path)
    where = "as its first row says" if has_names else "without a row of names"
    colours = "in colour, the three values of a pixel together" if len(shape) == 3 else "gray"
    note = (
        f"labels from column {column + 1} of {shown(path.name)}, {where}; {counted(values.shape[1], 'pixel')} a row "
        f"as {shape[0]} x {shape[1]}, {colours}"
    )
    return values.reshape(-1, *shape), np.array(labels), note


def lines_of(file: BinaryIO, path: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a file, without empty ones and quotation marks."""
    number = 0
    while line := file.readline(limits.LINE_BYTES + 1):
        number += 1
        if len(line) > limits.LINE_BYTES:
            raise DataError(
                f"{path}, line {number}: longer than {limits.LINE_BYTES:,} bytes; expected an image in each line"
            )
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path}, line {number}: not a text in UTF-8; save it as CSV in UTF-8"
            ) from error
        if text:
            yield number, text.replace('"', "")


def chained(first: tuple[int, str], rest: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield a line, and the lines after it."""
    yield first
    yield from rest


def label_column(line: str, delimiter: str, path: Path) -> tuple[int, bool]:
    """Return the column of the labels, from 0, and whether the first line has names.

    Raises
    ------
    DataError
        If it has names, but none of a column of labels.
    """
    cells = [
        cell.strip().lower() for cell in next(csv.reader(io.StringIO(line), delimiter=delimiter))
    ]
    if len(cells) < 2:
        raise DataError(
            f"{path}: one column in its first line, {line[:40]!r}; expected a label and pixels, separated by commas"
        )
    if all(map(is_number, cells[1:])):
        return 0, False
    named = [k for k, cell in enumerate(cells) if cell in LABEL_COLUMNS]
    if len(named) != 1:
        what = "no column" if not named else f"{len(named)} columns"
        raise DataError(
            f"{path}: {what} of labels in its first line, {shown(line[:40])!r}; expected one named label, and the "
            "others of pixels"
        )
    return named[0], True


def is_number(text: str) -> bool:
    """Return whether a cell is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def without_column(line: str, column: int, delimiter: str) -> tuple[str, str]:
    """Return the cell of a column, and the line without it."""
    cells = line.split(delimiter, column + 1)
    if len(cells) <= column:
        return "", line
    label = cells.pop(column)
    return label.strip(), delimiter.join(cells)


def numbers_of(rows: list[str], delimiter: str, path: Path, start: int) -> np.ndarray:
    """Return the numbers of some rows: uint8 if all are bytes, else float32.

    Raises
    ------
    DataError
        If one is no number, or rows differ in length.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of rows without pixels, which are refused below
            values = np.loadtxt(rows, np.float32, comments=None, delimiter=delimiter, ndmin=2)
    except ValueError as error:
        reason = str(error).split(";")[0].replace("the dtype passed requires", "expected")
        raise DataError(
            f"{path}, lines {start} to {start + len(rows) - 1}: {shown(reason)}; expected a label and as many "
            "numbers in each line"
        ) from error
    if len(values) < len(rows) or not values.size:
        raise DataError(
            f"{path}, lines {start} to {start + len(rows) - 1}: a line without pixels; expected a label and as many "
            "numbers in each line"
        )
    if not np.isfinite(values).all():
        raise DataError(
            f"{path}, lines {start} to {start + len(rows) - 1}: values that are infinite or no numbers"
        )
    is_bytes = values.min() >= 0 and values.max() <= BYTES and (values == np.rint(values)).all()
    return values.astype(np.uint8) if is_bytes else values


def image_shape(n_pixels: int, path: Path) -> tuple[int, ...]:
    """Return the shape of square images of so many numbers, gray or in colour.

    Raises
    ------
    DataError
        If there is none.
    """
    side = math.isqrt(n_pixels)
    if side * side == n_pixels:
        return side, side
    side = math.isqrt(n_pixels // MAX_COLOURS)
    if side * side * MAX_COLOURS == n_pixels:
        return side, side, MAX_COLOURS
    raise DataError(
        f"{path}: {n_pixels} pixels a row, which is neither a square nor three times one; leave columns out that "
        "are no pixels"
    )
