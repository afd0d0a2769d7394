"""Files and folders below a folder, sorted, without hidden ones."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lenet.errors import DataError
from lenet.text import shown

# What macOS adds to a ZIP file beside the files that were put into it.
LITTER = ("__MACOSX",)


def folder_names(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, sorted, without hidden ones."""
    return [entry.name for entry in entries_of(folder) if entry.is_dir()]


def files_below(folder: Path, follow: bool = True, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Yield the files below a folder, sorted, without hidden ones.

    Parameters
    ----------
    folder : Path
    follow : bool
        Whether links to folders are followed, but to those that they lie in; else they are files.
    above : tuple of Path
        The folders that it was found in, without links.
    """
    above = (*above, folder.resolve())
    for entry in entries_of(folder):
        path = Path(entry.path)
        if not entry.is_dir(follow_symlinks=follow):
            yield path
        elif not (entry.is_symlink() and is_above(path.resolve(), above)):
            yield from files_below(path, follow, above)


def is_above(folder: Path, others: Sequence[Path]) -> bool:
    """Return whether a folder is one of some others, or one that such a one lies in."""
    return any(other.is_relative_to(folder) for other in others)


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """List a folder, sorted by name, without hidden entries.

    Raises
    ------
    DataError
        If it is no folder or cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            visible = [
                entry
                for entry in entries
                if not entry.name.startswith(".") and entry.name not in LITTER
            ]
    except NotADirectoryError as error:
        raise DataError(
            f"{shown(folder)}: a file; expected a folder with a sub-folder for each class"
        ) from error
    except OSError as error:
        raise DataError(
            f"{shown(folder)}: {error.strerror}; expected a folder of pictures that may be read"
        ) from error
    return sorted(visible, key=lambda entry: entry.name)


def is_picture(entry: os.DirEntry[str], suffixes: frozenset[str]) -> bool:
    """Return whether a file is a picture by its name."""
    return Path(entry.name).suffix.lower() in suffixes and not entry.is_dir()


def has_pictures(folder: Path, suffixes: frozenset[str]) -> bool:
    """Return whether there are files below a folder that are pictures by their names."""
    return any(path.suffix.lower() in suffixes for path in files_below(folder))
