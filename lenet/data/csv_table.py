"""CSV tables that people write: of picture files, what is said of each."""

import csv
import os
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lenet import limits
from lenet.errors import DataError
from lenet.files import read_regular_text
from lenet.text import shown

DELIMITERS = ",;\t"
NO_OTHERS: Mapping[str, Sequence[str]] = MappingProxyType({})


def read_table(
    file: Path,
    columns: Mapping[str, Sequence[str]],
    place: str,
    optional: Mapping[str, Sequence[str]] = NO_OTHERS,
) -> Iterator[tuple[str, list[Any]]]:
    """Yield the place of each line of a CSV file, for messages, and some of its cells.

    Commas, semicolons or tabs separate the cells; empty lines are passed over.

    Parameters
    ----------
    file : Path
    columns : mapping of str to sequence of str
        The names that each wanted column may have in the first line, in small letters.
    place : str
        What messages begin with.
    optional : mapping of str to sequence of str
        Columns that there may be; the cells of those that there are not are None.

    Raises
    ------
    DataError
        If the file cannot be read or lacks a column.
    """
    wanted = " and ".join(columns)
    try:
        text = read_regular_text(file, limits.TABLE_BYTES).removeprefix("\ufeff")
    except OSError as error:
        raise DataError(
            f"{place}: {error.strerror}; expected a CSV file with the columns {wanted}"
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: not a text file in UTF-8; save it as CSV in UTF-8") from error
    if not text.strip():
        raise DataError(f"{place}: empty; expected a CSV file with the columns {wanted}")
    lines = text.splitlines()
    rows = csv.reader(lines, delimiter=max(DELIMITERS, key=lines[0].count), strict=True)
    try:
        names = [cell.strip().lower() for cell in next(rows, [])]
        numbers: list[int | None] = []
        for column, also in {**columns, **optional}.items():
            found = [k for k, name in enumerate(names) if name in (column, *also)]
            if not found and column in optional:
                numbers.append(None)
                continue
            if not found:
                raise DataError(
                    f"{place}: no column {column} in its first line, {shown(lines[0][:60])!r}; expected the "
                    f"columns {wanted}"
                )
            numbers.append(found[0])
        for row in rows:
            if any(row):
                cells = [
                    None if k is None else row[k].strip() if k < len(row) else "" for k in numbers
                ]
                yield f"{place}, line {rows.line_num}", cells
    except csv.Error as error:
        raise DataError(
            f"{place}, line {rows.line_num}: {error}; expected each cell that begins with a quotation mark to end "
            "with one, and those within to be doubled"
        ) from error


def place_of(name: str, bases: Sequence[Path], known: Container[str]) -> str | None:
    """Return the absolute path of the known file that a table names, or None.

    Parameters
    ----------
    name : str
        A path, absolute or from one of the bases.
    bases : sequence of Path
        Where it may begin, the likeliest first.
    known : container of str
        Absolute paths.
    """
    places = (os.path.normpath(base / name) for base in bases)
    return next((place for place in places if place in known), None)
