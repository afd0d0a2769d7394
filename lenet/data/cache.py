"""Cache of decoded pictures: one memory-mapped HDF5 file for many picture files.

The file holds the images as HDF5 keeps an array that is written in one piece: one after the other, as in
memory. They are mapped from there, so that only those in use take memory. Each is compared with its digest
when the file is opened; a file that is damaged is made anew.
"""

import hashlib
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import h5py
import numpy as np
from PIL import __version__ as pillow_version

from lenet import limits
from lenet.data.decoding import Form, decoded
from lenet.data.deep_values import INVERTED, NUMBERS, UNKNOWN, DeepPicture
from lenet.data.duplicates import DIGEST_BYTES, digest
from lenet.data.opening import BY_TYPE
from lenet.data.page_choice import ALL
from lenet.errors import DataError, ImageError
from lenet.hdf5 import HDF5Error, PlainFile, open_plain
from lenet.text import shown

FORMAT = "lenet images 1"
# Of pictures that are not all of bytes, whose values are kept as the files have them.
DEEP_FORMAT = "lenet images 2"
CLIPPED = "clipped"  # in their keys; with True there, hot pixels had been left
SINGLE_PAGE = -1
TABLES = {"files": "i4", "pages": "i4", "digests": "u1", "problem_files": "i4"}
DEEP_TABLES = {"numbers": "u1", "limits": "f8"}
BLOCK_BYTES = 1 << 19  # of images that a thread compares with their digests at a time


@dataclass(frozen=True)
class DecodedFiles:
    """Decoded pictures of many files.

    Attributes
    ----------
    path : Path
        The file that holds them.
    images : ndarray of uint8 or float32, shape (n, channels, size, size)
        Mapped from the file; cannot be written.
    files : ndarray of int32, shape (n,)
        Which file each comes from.
    pages : ndarray of int32, shape (n,)
        And which of its pages, or `SINGLE_PAGE`.
    digests : ndarray of uint8, shape (n, 16)
        Alike for images that are alike.
    problems : list of (int, str)
        Files, or pages of them, that could not be read: which file, and one line that names it.
    note : str
        A line for the user, if the file was damaged and has been made anew.
    numbers : ndarray of uint8, shape (n,), optional
        Types of the values of float32, as in `DeepPicture`.
    limits : ndarray of float64, shape (n, 2), optional
        What the file of each says is black and white; NaN if it does not.
    """

    path: Path
    images: np.ndarray
    files: np.ndarray
    pages: np.ndarray
    digests: np.ndarray
    problems: list[tuple[int, str]]
    note: str = ""
    numbers: np.ndarray | None = None
    limits: np.ndarray | None = None


def decode_files(
    paths: Sequence[Path], names: Sequence[str], form: Form, folder: Path, threads: int
) -> DecodedFiles:
    """Return the decoded images of some files, from the cache if they are unchanged.

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
    note = ""
    try:
        return open_cache(path, paths, form, threads)
    except FileNotFoundError:
        pass
    except (OSError, HDF5Error) as error:
        reason = getattr(error, "strerror", None) or error
        note = f"{shown(path)}: {reason}; its images have been decoded anew"
    write_cache(path, paths, form, threads)
    try:
        return replace(open_cache(path, paths, form, threads), note=note)
    except (OSError, HDF5Error) as error:
        raise DataError(
            f"{path}: has been damaged while it was written; choose another --cache_dir"
        ) from error


def cache_key(paths: Sequence[Path], names: Sequence[str], form: Form) -> str:
    """Return a cache key that changes with a file, its name or the form of the images."""
    key = hashlib.blake2b(digest_size=DIGEST_BYTES)
    key.update(repr((FORMAT, form, limits.PICTURE_PIXELS, pillow_version)).encode())
    if form.rules != BY_TYPE:
        deep = CLIPPED if form.is_deep else False
        key.update(repr((form.rules, deep)).encode())
    if form.keep or form.pages != ALL:
        key.update(repr((form.keep, form.pages)).encode())
    for path, name in zip(paths, names, strict=True):
        key.update(repr((os.fsencode(name), *version_of(path))).encode())
    return key.hexdigest()


def version_of(path: Path) -> tuple[int, ...]:
    """Return size, mtime and ctime of a file; empty if it does not exist.

    One of them changes with the file and its permissions.
    """
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def open_cache(path: Path, paths: Sequence[Path], form: Form, threads: int) -> DecodedFiles:
    """Open a file of the cache and check its content.

    Parameters
    ----------
    path : Path
    paths, form
        What it has been made of.
    threads : int
        That compare images with their digests.

    Raises
    ------
    OSError
        If there is none that can be read.
    HDF5Error
        If it is damaged, or not made of that.
    """
    with open_plain(path, limits.CACHE_BYTES) as file:
        attributes, members = file.attributes(), file.members()
        kinds = tables_of(form)
        if attributes.get("format") != format_of(form) or members.keys() != {
            *(*kinds, "problems", "images")
        }:
            raise HDF5Error("not a cache of pictures of this version")
        tables = {name: file.numbers(members[name], kind) for name, kind in kinds.items()}
        texts = file.texts(members["problems"])
        start, shape = file.place(members["images"], kind_of(form)), members["images"].shape
        check_tables(tables, texts, shape, len(paths), form)
        # Earlier versions have written none.
        if attributes.get("digest") not in (None, tables_digest(tables, texts, kinds)):
            raise HDF5Error("its tables are not what its digest is of")
        image_bytes = form.dtype.itemsize * math.prod(shape[1:])
        check_images(file, start, image_bytes, tables["digests"], threads)
        images = np.memmap(cast(Any, file.file), form.dtype, "r", start or 0, shape)
    where = tables.pop("problem_files").tolist()
    problems = [(k, shown(paths[k]) + text) for k, text in zip(where, texts, strict=True)]
    # A plain array, whose parts are plain arrays; it keeps the mapping alive.
    return DecodedFiles(
        path,
        np.asarray(images),
        tables["files"],
        tables["pages"],
        tables["digests"],
        problems,
        numbers=tables.get("numbers"),
        limits=tables.get("limits"),
    )


def format_of(form: Form) -> str:
    """Return the name of the format that images of a form are kept in."""
    return DEEP_FORMAT if form.is_deep else FORMAT


def tables_of(form: Form) -> dict[str, str]:
    """Return the tables about images of a form, and the type of each."""
    return TABLES | DEEP_TABLES if form.is_deep else TABLES


def kind_of(form: Form) -> str:
    """Return the type of the values of images, as HDF5's reader names it."""
    return f"{form.dtype.kind}{form.dtype.itemsize}"


def check_tables(
    tables: Mapping[str, np.ndarray],
    problems: Any,
    shape: tuple[int, ...],
    n_files: int,
    form: Form,
) -> None:
    """Raise `HDF5Error` if the tables do not match the images or the files."""
    n = shape[0] if shape else 0
    expected = {"files": (n,), "pages": (n,), "digests": (n, DIGEST_BYTES)}
    if form.is_deep:
        expected |= {"numbers": (n,), "limits": (n, 2)}
    expected["problem_files"] = (len(problems) if isinstance(problems, list) else -1,)
    if n < 1 or shape[1:] != form.shape:
        raise HDF5Error(f"images of shape {shape}, expected (n, {', '.join(map(str, form.shape))})")
    for name, found in tables.items():
        if found.shape != expected[name]:
            raise HDF5Error(f"{name!r} has the shape {found.shape}, expected {expected[name]}")
    for numbers in (tables["files"], tables["problem_files"]):
        # In the order of the files.
        if len(numbers) and not (numbers[0] >= 0 and numbers[-1] < n_files):
            raise HDF5Error(f"numbers of files beyond the {n_files:,} there are")
        if (np.diff(numbers) < 0).any():
            raise HDF5Error("files in another order than they have")
    if (tables["pages"] < SINGLE_PAGE).any():
        raise HDF5Error("pages of a file before the first")
    if form.is_deep and (tables["numbers"] % INVERTED >= len(NUMBERS)).any():
        raise HDF5Error("numbers of types that there are not")


def tables_digest(
    tables: Mapping[str, Any], problems: Sequence[str], kinds: Mapping[str, str] = TABLES
) -> str:
    """Return the digest of all tables about the images, in hexadecimal."""
    found = hashlib.blake2b(repr(list(problems)).encode(), digest_size=DIGEST_BYTES)
    for name, kind in kinds.items():
        found.update(np.asarray(tables[name], f"<{kind}", order="C").tobytes())
    return found.hexdigest()


def check_images(
    file: PlainFile,
    start: int | None,
    image_bytes: int,
    digests: np.ndarray,
    threads: int,
) -> None:
    """Raise `HDF5Error` if an image does not match its digest.

    They are read, not mapped: the pages of a mapping would count as memory of this process.
    """
    if start is None:
        raise HDF5Error("its images are not in one piece")
    n_images = len(digests)
    at_a_time = threads * max(1, BLOCK_BYTES // image_bytes)
    block = memoryview(bytearray(min(at_a_time, n_images) * image_bytes))
    file.file.seek(start)
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, n_images, at_a_time):
            expected = digests[first : first + at_a_time]
            file.file.readinto(block[: len(expected) * image_bytes])  # type: ignore[attr-defined]
            images = [block[k * image_bytes :][:image_bytes] for k in range(len(expected))]
            # A task for each image would take longer than the image.
            parts = pool.map(digests_of, [images[k::threads] for k in range(threads)])
            found = [b""] * len(images)
            for k, part in enumerate(parts):
                found[k::threads] = part
            if b"".join(found) != expected.tobytes():
                raise HDF5Error("its images are not what their digests are of")


def digests_of(images: Sequence[memoryview]) -> list[bytes]:
    """Return the digests of some images, computed without the interpreter's lock."""
    return [digest(image) for image in images]


def write_cache(path: Path, paths: Sequence[Path], form: Form, threads: int) -> None:
    """Decode files into a file of the cache, renamed to its place when complete.

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
    """Write the images of all files one after the other, and return tables about them."""
    from tqdm import tqdm

    tables: dict[str, list[Any]] = {name: [] for name in (*TABLES, *DEEP_TABLES, "problems")}
    with (
        open(raw, "wb") as file,
        closing(decoded(paths, form, threads)) as results,
        tqdm(total=len(paths), desc="decoding", unit="file", leave=False, disable=None) as bar,
    ):
        for number, found in enumerate(results):
            n_pages = sum(result is not None for result in found)
            for page, result in enumerate(found):
                if result is None:
                    continue
                if isinstance(result, ImageError):
                    tables["problem_files"].append(number)
                    tables["problems"].append(str(result).removeprefix(shown(paths[number])))
                    continue
                deep = (
                    result if isinstance(result, DeepPicture) else DeepPicture(result, 0, UNKNOWN)
                )
                image = np.ascontiguousarray(deep.values, form.dtype)
                file.write(image.tobytes())
                tables["files"].append(number)
                tables["pages"].append(page if n_pages > 1 else SINGLE_PAGE)
                tables["digests"].append(digest(image))
                tables["numbers"].append(deep.number)
                tables["limits"].append(deep.limits)
            bar.update()
    if not tables["files"]:
        first = shown(paths[0]) + tables["problems"][0]
        raise DataError(f"none of {len(paths):,} files can be read; the first: {first}")
    return tables


def wrap(raw: Path, whole: Path, tables: dict[str, list[Any]], form: Form) -> None:
    """Write the images and the tables about them to an HDF5 file."""
    with h5py.File(whole, "w") as file:
        kinds = tables_of(form)
        file.attrs["format"] = format_of(form)
        for name in ("files", "pages", "problem_files"):
            file[name] = np.array(tables[name], np.int32)
        file["digests"] = np.frombuffer(b"".join(tables["digests"]), np.uint8).reshape(
            -1, DIGEST_BYTES
        )
        file["problems"] = np.array(tables["problems"], h5py.string_dtype())
        if form.is_deep:
            file["numbers"] = np.array(tables["numbers"], np.uint8)
            file["limits"] = np.array(tables["limits"], np.float64)
        known = {name: file[name][()] for name in kinds}
        file.attrs["digest"] = tables_digest(known, tables["problems"], kinds)
        offset = reserve(file, "images", (len(tables["files"]), *form.shape), form)
    # Not by HDF5, which does not survive a disk that fills up while it writes.
    with open(raw, "rb") as source, open(whole, "r+b") as target:
        target.seek(offset)
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())


def reserve(file: h5py.File, name: str, shape: tuple[int, ...], form: Form) -> int:
    """Allocate an array of images and return the offset of its values in the file."""
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_layout(h5py.h5d.CONTIGUOUS)
    how.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    how.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space = h5py.h5s.create_simple(shape)
    kind = h5py.h5t.py_create(form.dtype)
    array = h5py.h5d.create(file.id, name.encode(), kind, space, how)
    return int(array.get_offset())
