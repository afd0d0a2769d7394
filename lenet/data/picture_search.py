"""Picture files by their names: kinds, folders and patterns."""

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lenet.errors import DataError, ImageError
from lenet.text import listed, shown

# Of earlier versions, whose networks know the pictures in a folder by these.
EARLIER = frozenset(
    (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".tif", ".tiff", ".gif", ".bmp", ".dib")
)
SUFFIXES = EARLIER | {".webp", ".avif", ".jp2", ".j2k", ".jpx", ".j2c", ".jpf"}
HEIF = frozenset((".heic", ".heif", ".hif"))

# Pictures all the same, which are not read.
FOREIGN = HEIF.union(
    (".svg", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raw", ".czi"),
    (".lif", ".nd2", ".vsi", ".svs", ".ndpi", ".scn", ".mrxs", ".dcm", ".nii", ".fits", ".fit"),
    (".exr", ".hdr", ".pbm", ".pgm", ".ppm", ".pnm", ".tga", ".ico", ".jxl", ".jxr", ".eps"),
    (".pdf", ".npy", ".npz", ".lsm", ".oib", ".oif", ".zvi", ".stk", ".xcf", ".mp4", ".avi"),
)


@cache
def readable_suffixes() -> frozenset[str]:
    """Return the suffixes of readable pictures: HEIC with the extra `heif` only."""
    return SUFFIXES | HEIF if find_spec("pillow_heif") else SUFFIXES


def kinds_left_out(others: Sequence[Path]) -> str:
    """Return a line that counts files that are no readable pictures by suffix."""
    counts = Counter(path.suffix.lower() or "without an end" for path in others)
    kinds = [f"{count:,} {kind}" for kind, count in counts.most_common()]
    line = f"{len(others):,} files are no pictures" if len(others) > 1 else "1 file is no picture"
    line += f" that can be read: {listed([shown(kind) for kind in kinds], 5)}"
    if counts.keys() & HEIF:
        line += "; HEIC needs the extra heif: pip install 'lenet[heif]'"
    return line


def refuse_foreign(others: Sequence[Path], strict: bool) -> None:
    """Raise `DataError` for pictures of kinds that cannot be read, if `strict`."""
    foreign = [path for path in others if path.suffix.lower() in FOREIGN]
    if strict and foreign:
        raise DataError(
            f"{kinds_left_out(foreign)}, which --strict refuses; the first: {shown(foreign[0])}"
        )


def find_images(argument: str | os.PathLike) -> list[Path]:
    """Find the image files that a command-line argument stands for, sorted by name.

    Parameters
    ----------
    argument : path-like
        A file, whatever its name; a folder, for all pictures in it and its folders, hidden ones left
        out; or a pattern with ``*``, ``?``, ``[...]`` or ``**``.

    Raises
    ------
    ImageError
        If a folder has no pictures, or a pattern fits nothing.
    """
    path = Path(argument)
    if path.is_dir():
        found = sorted(_pictures_below(path))
        if not found:
            raise ImageError(
                f"{shown(path)}: no pictures in this folder; expected files that end with "
                f"{', '.join(sorted(readable_suffixes()))}"
            )
        return found
    if os.path.lexists(path) or not glob.has_magic(str(path)):
        return [path]
    matches = sorted(map(Path, glob.glob(str(path), recursive=True)))
    lists = (sorted(_pictures_below(match)) if match.is_dir() else [match] for match in matches)
    found = list(dict.fromkeys(file for files in lists for file in files))
    if not found:
        raise ImageError(f"{shown(path)}: no file fits this pattern; check the name")
    return found


def other_files(argument: str | os.PathLike) -> list[Path]:
    """Find the files below a folder whose names are none of pictures."""
    path = Path(argument)
    if not path.is_dir():
        return []
    return sorted(file for file in _files_below(path) if not _is_picture(file))


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in readable_suffixes()


def _pictures_below(folder: Path) -> Iterator[Path]:
    return filter(_is_picture, _files_below(folder))


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder, without hidden ones."""
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                yield Path(here, name)
