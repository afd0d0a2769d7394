"""Many picture files, decoded side by side and kept as one HDF5 file that stays on disk.

The file holds the images as HDF5 keeps an array that is written in one piece: one after the other, as in
memory. They are mapped from there, so that only those in use take memory.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import __version__ as pillow_version

from lenet.dataset_files import DataError
from lenet.duplicates import DIGEST_BYTES, digest
from lenet.image_decoding import Form, decoded
from lenet.image_files import MAX_PIXELS, ImageError, shown

FORMAT = "lenet images 1"
SINGLE_PAGE = -1


@dataclass(frozen=True)
class DecodedFiles:
    """What the pictures of many files have become.

    Attributes
    ----------
    path : Path
        The file that holds them.
    images : ndarray of uint8, shape (n, channels, size, size)
        Mapped from the file; cannot be written.
    files : ndarray of int32, shape (n,)
        Which file each comes from.
    pages : ndarray of int32, shape (n,)
        And which of its pages, or `SINGLE_PAGE`.
    digests : ndarray of uint8, shape (n, 16)
        Alike for images that are alike.
    problems : list of (int, str)
        Files, or pages of them, that could not be read: which file, and one line that names it.
    """

    path: Path
    images: np.ndarray
    files: np.ndarray
    pages: np.ndarray
    digests: np.ndarray
    problems: list[tuple[int, str]]


def decode_files(
    paths: Sequence[Path], names: Sequence[str], form: Form, folder: Path, threads: int
) -> DecodedFiles:
    """Return the images of some files, from the cache if they have not changed.

    Parameters
    ----------
    paths : sequence of Path
    names : sequence of str
        What tells each file from the others, wherever they lie.
    form : Form
    folder : Path
        Of the cache; made if it is missing.
    threads : int
        Files that are decoded at a time.

    Raises
    ------
    DataError
        If none of the files can be read, or the cache cannot be written.
    """
    path = folder / f"{cache_key(paths, names, form)}.h5"
    found = open_cache(path, paths, form)
    if found is None:
        write_cache(path, paths, form, threads)
        found = open_cache(path, paths, form)
    if found is None:
        raise DataError(
            f"{path}: has been damaged while it was written; choose another --cache_dir"
        )
    return found


def cache_key(paths: Sequence[Path], names: Sequence[str], form: Form) -> str:
    """Return what changes if a file, its name or what is made of it changes."""
    key = hashlib.blake2b(digest_size=DIGEST_BYTES)
    key.update(repr((FORMAT, form, MAX_PIXELS, pillow_version)).encode())
    for path, name in zip(paths, names, strict=True):
        key.update(repr((os.fsencode(name), *version_of(path))).encode())
    return key.hexdigest()


def version_of(path: Path) -> tuple[int, ...]:
    """Return what changes with a file, its permissions included; nothing if there is none."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def open_cache(path: Path, paths: Sequence[Path], form: Form) -> DecodedFiles | None:
    """Return what a file of the cache holds; None if there is none, or it is damaged."""
    try:
        with h5py.File(path, "r") as file:
            if file.attrs["format"] != FORMAT:
                return None
            tables = {name: file[name][()] for name in ("files", "pages", "digests")}
            where, what = file["problem_files"][()].tolist(), file["problems"].asstr()[()]
            shape, offset = file["images"].shape, file["images"].id.get_offset()
        images = np.memmap(path, np.uint8, "r", offset, shape)
    except (OSError, KeyError, ValueError, TypeError):
        return None
    n = len(images)
    if shape[1:] != form.shape or any(len(table) != n for table in tables.values()):
        return None
    numbers = np.concatenate([tables["files"], where])
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(paths):
        return None
    problems = [(k, shown(paths[k]) + text) for k, text in zip(where, what, strict=True)]
    # A plain array, whose parts are plain arrays; it keeps the mapping alive.
    return DecodedFiles(path, np.asarray(images), **tables, problems=problems)


def write_cache(path: Path, paths: Sequence[Path], form: Form, threads: int) -> None:
    """Decode files into a file of the cache, which gets its name when it is whole.

    Raises
    ------
    DataError
        If none of the files can be read, or the cache cannot be written.
    """
    raw, whole = (path.with_name(f".{path.stem}.{os.getpid()}.{end}") for end in ("raw", "h5"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            wrap(raw, whole, decode_into(raw, paths, form, threads), form)
            os.replace(whole, path)
        finally:
            for temporary in (raw, whole):
                temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{path}: {error.strerror or error}; choose a folder with room as --cache_dir"
        ) from error


def decode_into(raw: Path, paths: Sequence[Path], form: Form, threads: int) -> dict[str, list[Any]]:
    """Write the images of all files one after the other, and return what is to be known of each."""
    from tqdm import tqdm

    tables: dict[str, list[Any]] = {
        name: [] for name in ("files", "pages", "digests", "problem_files", "problems")
    }
    with (
        open(raw, "wb") as file,
        closing(decoded(paths, form, threads)) as results,
        tqdm(total=len(paths), desc="decoding", unit="file", leave=False, disable=None) as bar,
    ):
        for number, found in enumerate(results):
            for page, result in enumerate(found):
                if isinstance(result, ImageError):
                    tables["problem_files"].append(number)
                    tables["problems"].append(str(result).removeprefix(shown(paths[number])))
                    continue
                file.write(result.tobytes())
                tables["files"].append(number)
                tables["pages"].append(page if len(found) > 1 else SINGLE_PAGE)
                tables["digests"].append(digest(result))
            bar.update()
    if not tables["files"]:
        first = shown(paths[0]) + tables["problems"][0]
        raise DataError(f"none of {len(paths):,} files can be read; the first: {first}")
    return tables


def wrap(raw: Path, whole: Path, tables: dict[str, list[Any]], form: Form) -> None:
    """Make an HDF5 file of the images and of what is known of them."""
    with h5py.File(whole, "w") as file:
        file.attrs["format"] = FORMAT
        for name in ("files", "pages", "problem_files"):
            file[name] = np.array(tables[name], np.int32)
        file["digests"] = np.frombuffer(b"".join(tables["digests"]), np.uint8).reshape(
            -1, DIGEST_BYTES
        )
        file["problems"] = np.array(tables["problems"], h5py.string_dtype())
        offset = reserve(file, "images", (len(tables["files"]), *form.shape))
    # Not by HDF5, which does not survive a disk that fills up while it writes.
    with open(raw, "rb") as source, open(whole, "r+b") as target:
        target.seek(offset)
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())


def reserve(file: h5py.File, name: str, shape: tuple[int, ...]) -> int:
    """Add an array of uint8 without its values, and return where in the file they belong."""
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_layout(h5py.h5d.CONTIGUOUS)
    how.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    how.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple(shape)
    array = h5py.h5d.create(file.id, name.encode(), h5py.h5t.NATIVE_UINT8, space, how)
    return int(array.get_offset())
