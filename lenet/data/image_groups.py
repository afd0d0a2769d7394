"""Groups of pictures that must stay together, as of a slide or a patient."""

import argparse
import os
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from lenet.data.csv_table import place_of, read_table
from lenet.errors import DataError
from lenet.text import shown

COLUMNS = {"path": ("file",), "group": ()}
# A name with a number at its end, and another one in what comes before.
NUMBERED, NUMBER = re.compile(r"(.*[0-9].*)[-_ .]+[A-Za-z]*[0-9]+"), re.compile("[0-9]+")
MIN_GROUP = 3
EXPECTED = (
    "expected the number of a level of folders below the classes, a regular expression with (?P<group>...), "
    "or a CSV file with the columns path and group"
)


def group_option(text: str) -> int | str | Path:
    """Return the value of ``--group`` from its text.

    Returns
    -------
    int, str or Path
        A level of folders, a regular expression, or a CSV file.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none of these.
    """
    if text.isdecimal():
        if int(text) < 1:
            raise argparse.ArgumentTypeError(f"{EXPECTED}; got {text!r}, levels are counted from 1")
        return int(text)
    if "(?P<group>" not in text and text.lower().endswith(".csv"):
        return Path(text)
    try:
        has_group = "group" in re.compile(text).groupindex
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{EXPECTED}; got {text!r}: {error}") from error
    if not has_group:
        raise argparse.ArgumentTypeError(f"{EXPECTED}; got {text!r}")
    return text


def groups_by(
    rule: int | str | Path,
    paths: Sequence[Path],
    names: Sequence[PurePosixPath],
    below: Sequence[PurePosixPath],
) -> list[str]:
    """Return the name of the group of each file.

    Parameters
    ----------
    rule : int, str or Path
        See `group_option`.
    paths : sequence of Path
        The files, for errors and for paths in a CSV file that do not begin at the image folder.
    names : sequence of PurePosixPath
        Relative to the image folder.
    below : sequence of PurePosixPath
        Relative to the folder of the class.

    Raises
    ------
    DataError
        Naming the first file without a group.
    """
    if isinstance(rule, int):
        return [of_level(rule, *both) for both in zip(paths, below, strict=True)]
    if isinstance(rule, str):
        pattern = re.compile(rule)
        return [of_pattern(pattern, *both) for both in zip(paths, names, strict=True)]
    table = read_groups(rule)
    places = by_places(rule, table, {os.path.abspath(path) for path in paths})
    found = []
    for path, name in zip(paths, names, strict=True):
        group = table.get(str(name), places.get(os.path.abspath(path)))
        if group is None:
            raise DataError(
                f"--group {shown(rule)}: no row for {shown(name)}; expected one for each picture, its "
                "path relative to the image folder, to that of the CSV file or to the current one"
            )
        found.append(group)
    return found


def by_places(file: Path, table: Mapping[str, str], pictures: Collection[str]) -> dict[str, str]:
    """Return the groups of pictures by their absolute paths.

    Parameters
    ----------
    file : Path
        Whose folder, or the current one, the paths in the table begin at.
    table : mapping of str to str
    pictures : collection of str
        Their absolute paths; others in the table are left out.

    Raises
    ------
    DataError
        If a picture is in two groups, by paths that begin at different folders.
    """
    found: dict[str, str] = {}
    for name, group in table.items():
        place = place_of(name, (Path.cwd(), file.absolute().parent), pictures)
        if place is not None and found.setdefault(place, group) != group:
            raise DataError(
                f"--group {shown(file)}: {shown(place)} is in groups {shown(found[place])} and {shown(group)}; "
                "each picture is in one group"
            )
    return found


def group_hint(names: Sequence[PurePosixPath], n_classes: int) -> str | None:
    """Return a line about file names that begin like those of slides, or None.

    They do, as ``slide03_crop17.png``, if all have a number at their end and another one before it, which
    tells groups of three or more from each other, more groups than classes.

    Parameters
    ----------
    names : sequence of PurePosixPath
        Relative to the image folder.
    n_classes : int
    """
    found = [NUMBERED.fullmatch(name.stem) for name in names]
    beginnings = [match[1] for match in found if match]
    if len(beginnings) < len(names):
        return None
    forms = {NUMBER.sub("[0-9]+", re.escape(beginning)) for beginning in beginnings}
    n_groups = len(set(beginnings))
    if len(forms) != 1 or not n_classes < n_groups <= len(names) / MIN_GROUP:
        return None
    pattern = f"(?P<group>{forms.pop()})[^/]*$"
    return (
        f"names as {shown(names[0].name)} have {n_groups} beginnings as {shown(beginnings[0])}; if these are "
        f"slides, plates or patients, keep each in one part: --group {shlex.quote(pattern)}"
    )


def of_level(level: int, path: Path, below: PurePosixPath) -> str:
    """Return the group of a file by the folders that it lies in."""
    folders = below.parts[:-1]
    if len(folders) < level:
        raise DataError(
            f"--group {level}: {shown(path)} lies in {len(folders)} folders below that of its class; expected "
            f"{level} or more"
        )
    return "/".join(folders[:level])


def of_pattern(pattern: re.Pattern[str], path: Path, name: PurePosixPath) -> str:
    """Return the group of a file by a pattern that is searched for in its name."""
    found = pattern.search(str(name))
    if found is None or not found["group"]:
        raise DataError(
            f"--group {pattern.pattern}: no group in {shown(name)} ({shown(path)}); expected a pattern that "
            "is found in the path of each picture, relative to the image folder"
        )
    return found["group"]


def read_groups(file: Path) -> dict[str, str]:
    """Read a CSV file of paths and groups.

    Raises
    ------
    DataError
        Naming the line, if it is not to be read.
    """
    found: dict[str, str] = {}
    for line, (path, group) in read_table(file, COLUMNS, f"--group {shown(file)}"):
        if not path or not group:
            raise DataError(f"{line}: expected a path and its group, got {path!r} and {group!r}")
        name = str(PurePosixPath(path.replace("\\", "/")))
        if found.setdefault(name, group) != group:
            raise DataError(
                f"{line}: {shown(name)} is in group {shown(found[name])} already, not {shown(group)}; each "
                "picture is in one group"
            )
    return found
