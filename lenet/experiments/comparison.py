"""Groups of runs with comparable errors: of the same images and splits."""

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lenet.data.dataset import FOLDER, is_array_file
from lenet.report.dataset import heading_name
from lenet.report.html import Link
from lenet.runs.names import REPORT
from lenet.runs.reader import Run
from lenet.text import as_typed


def groups_of(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return runs grouped by the images that validate them, the best ones first.

    Parameters
    ----------
    runs : sequence of Run

    Returns
    -------
    dict of str to list of Run
        By a name of the images; the groups are in the order of their first runs.
    """
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(json.dumps(images_of(run.flags)), []).append(run)
    groups = list(found.values())
    names = [images_name(group[0].flags) for group in groups]
    if len(set(names)) < len(names):  # folders of one name in several places
        names = [images_name(group[0].flags, with_paths=True) for group in groups]
    if len(set(names)) < len(names):
        names = [f"{name} ({number})" for number, name in enumerate(names, 1)]
    return dict(zip(names, (sorted(group, key=lowest_error) for group in groups), strict=True))


def linked(
    rows: Sequence[Sequence[str]], runs: Iterable[Run], place: str | os.PathLike
) -> list[tuple[str | Link, ...]]:
    """Return a table in which the names of runs lead to their own pages.

    Parameters
    ----------
    rows : sequence of sequences of str
        A header, and for each run a row that begins with its name.
    runs : iterable of Run
    place : path-like
        Folder of the page that has the table.
    """
    header, *others = rows
    found: list[tuple[str | Link, ...]] = [tuple(header)]
    for run, (name, *cells) in zip(runs, others, strict=True):
        page = run.folder / REPORT
        first = Link(name, os.path.relpath(page, place)) if page.exists() else name
        found.append((first, *cells))
    return found


def lowest_error(run: Run) -> float:
    """Return the validation error to sort by, which NaN would leave in disorder."""
    return math.inf if math.isnan(run.validation_error) else run.validation_error


def images_of(flags: Mapping[str, Any]) -> list[Any]:
    """Return the values of the flags that decide the images a run is tested on."""
    dataset, folds = flags.get("dataset"), flags.get("folds")
    names = ["val_examples"]
    is_own = dataset == FOLDER or is_array_file(str(dataset))
    if is_own:
        names += ["image_dir", "split", "valid_dir", "test_dir", "labels", "group"]
    if folds is not None:
        names += ["folds", "fold"]
    if is_own or folds is not None:
        names.append("seed")
    return [dataset, *(flags.get(name) for name in names)]


def images_name(flags: Mapping[str, Any], with_paths: bool = False) -> str:
    """Return a name of the images that validate and test a run.

    Parameters
    ----------
    flags : mapping of str to value
    with_paths : bool
        Whether to name folders by their whole paths.
    """
    dataset, folders = as_typed(flags.get("dataset")) or "unknown images", flags.get("image_dir")
    if not (isinstance(folders, list) and all(isinstance(folder, str) for folder in folders)):
        folders = []
    parts = [as_typed(folders) if with_paths and folders else heading_name(dataset, folders)]
    if flags.get("folds") is not None:
        fold = as_typed(flags.get("fold"))
        parts.append(f"fold {fold} of {as_typed(flags['folds'])}")
    if dataset == FOLDER or is_array_file(dataset) or flags.get("folds") is not None:
        parts.append(f"seed {as_typed(flags.get('seed'))}")
    for name, heading in (
        ("split", "split"),
        ("valid_dir", "validation"),
        ("test_dir", "test"),
        ("labels", "labels"),
        ("group", "group"),
        ("val_examples", "validation images"),
    ):
        if flags.get(name):
            parts.append(f"{heading} {as_typed(flags[name])}")
    return ", ".join(parts)
