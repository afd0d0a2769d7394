"""Data sets of image files: folders with a sub-folder for each class."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lenet.data.cache import SINGLE_PAGE, DecodedFiles, Form, decode_files
from lenet.data.dataset import DIGIT_NAMES, FOLDER, Dataset, Split, data_folder
from lenet.data.duplicates import DIGEST_BYTES
from lenet.data.folds import groups_of
from lenet.data.headers import OTHER, read_header
from lenet.data.indexed_images import IndexedImages, Source
from lenet.data.opening import AS_STORED, BY_TYPE
from lenet.data.picture_search import EARLIER, kinds_left_out, readable_suffixes, refuse_foreign
from lenet.data.range_rule import Rule
from lenet.data.splits import check_shares, refuse_other_shares, stratified
from lenet.data.uneven import folder_warnings
from lenet.data.value_ranges import measured, ranged
from lenet.errors import DataError
from lenet.seeds import DEFAULT_SEED, SPLITS, generator
from lenet.text import counted, listed, shown

CACHE = "image_folders"
DEFAULT_SIZE = 32
SHARES = (60.0, 30.0, 10.0)
MAX_NAMES = 5
# One range for the folder, measured.
ONE_RANGE = Rule()


@dataclass(frozen=True)
class ImageFiles:
    """Index of the picture files in some folders.

    Attributes
    ----------
    class_names : tuple of str
    paths : list of Path
    names : list of str
        What tells each file from the others, wherever the folders lie.
    labels : ndarray of int32, shape (n,)
    others : list of Path
        Files that are no pictures, by the end of their names.
    """

    class_names: tuple[str, ...]
    paths: list[Path]
    names: list[str]
    labels: np.ndarray
    others: list[Path]


class FileSources(Sequence[Source]):
    """Sources of the decoded images, computed on demand."""

    def __init__(self, paths: Sequence[Path], decoded: DecodedFiles) -> None:
        self.paths, self.decoded = paths, decoded

    def __len__(self) -> int:
        return len(self.decoded.files)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        page = int(self.decoded.pages[index])
        path = self.paths[int(self.decoded.files[index])]
        return Source(path, None if page == SINGLE_PAGE else page)


def load_image_folder(
    folders: Sequence[str | os.PathLike],
    *,
    size: int = DEFAULT_SIZE,
    channels: int = 3,
    keep_aspect: bool = True,
    shares: Sequence[float] | None = SHARES,
    epsilon: float | None = None,
    seed: int = DEFAULT_SEED,
    class_names: Sequence[str] | None = None,
    strict: bool = False,
    cache_dir: str | os.PathLike | None = None,
    threads: int = 1,
    rule: Rule = ONE_RANGE,
) -> Dataset:
    """Load the pictures of some folders as a data set whose images stay on disk.

    Parameters
    ----------
    folders : sequence of path-like
        Each has a sub-folder for each class, the same ones, with pictures in them or in their folders:
        PNG, JPEG, TIFF, whose pages are an image each, GIF, BMP, WebP, AVIF, JPEG 2000, or HEIC if
        pillow-heif is installed.
    size : int
        Side of the images, which pictures are scaled to.
    channels : {1, 3}
        Gray or in colour.
    keep_aspect : bool
        Scale both sides alike and fill up with the colour of the border; else stretch.
    shares : sequence of three float, or None
        How large the training, validation and test parts are, on any scale. With None the test part has
        all images.
    epsilon : float, optional
        How far the share of a class in one part may be from that in another; see `refuse_other_shares`.
    seed : int
        Decides which images come into which part.
    class_names : sequence of str, optional
        The classes that there may be, and their order; by default those there are, sorted.
    strict : bool
        Refuse what cannot be read; else it is left out, and named in `Dataset.notes`.
    cache_dir : path-like, optional
        Folder that keeps the decoded images; by default one among the data sets.
    threads : int
        Files that are decoded at a time.
    rule : Rule
        How values of more than 8 bits become bytes: by default by one range for the folder, that of its
        training part.

    Returns
    -------
    Dataset
        Its images are `IndexedImages`, which know their `sources`.

    Raises
    ------
    DataError
        If there is something else in the folders, or not enough; one line says what.
    """
    if shares is not None:
        check_shares(shares)
    suffixes = EARLIER if rule.by_type else readable_suffixes()
    found = find_files([Path(folder) for folder in folders], class_names, suffixes)
    refuse_foreign(found.others, strict)
    cache = data_folder(None) / CACHE if cache_dir is None else Path(cache_dir)
    headers = [OTHER if rule.by_type else read_header(path) for path in found.paths]
    is_new, is_deep = (any(getattr(h, name) for h in headers) for name in ("is_new", "is_deep"))
    form = Form(size, channels, keep_aspect, AS_STORED if is_new else BY_TYPE, is_deep)
    decoded = decode_files(found.paths, found.names, form, cache, threads)
    refuse_problems(found, decoded, strict)
    names, labels = found.class_names, found.labels[decoded.files]
    if shares is not None and len(names) < 2:
        raise DataError(
            f"{shown(folders[0])}: the one class {names[0]}, expected a sub-folder for each of two "
            "classes or more"
        )
    sources = FileSources(found.paths, decoded)
    rows = np.arange(len(labels))
    base = ranged(decoded.images, decoded.numbers, decoded.limits, rule)
    whole = Split(IndexedImages(base, rows, sources, decoded.digests), labels)
    nothing = whole.take(slice(0))
    dataset = Dataset(
        FOLDER,
        nothing,
        nothing,
        whole,
        names,
        mirror=names != DIGIT_NAMES,
        normalize="zscore",
        notes=tuple(filter(None, (decoded.note, found_line(found, decoded)))),
        problems=tuple(text for _, text in decoded.problems),
        warnings=tuple(
            folder_warnings(
                found.paths,
                *(found.labels, names, headers, found.others, decoded.files, base),
            )
        ),
        origin={
            # Text, which the name of a folder need not be.
            "image_dir": [
                os.fsencode(os.path.abspath(folder)).decode(errors="backslashreplace")
                for folder in folders
            ],
            "images_digest": content_digest(decoded, labels),
            "keep_aspect": keep_aspect,
            **({"by_type": True} if rule.by_type else {}),
        },
    )
    if shares is None:
        return measured(dataset)
    return split_images(dataset, shares, seed, epsilon)


def split_images(
    dataset: Dataset, shares: Sequence[float], seed: int, epsilon: float | None = None
) -> Dataset:
    """Stratified split of a data set whose images are all in the test part.

    Parameters
    ----------
    dataset : Dataset
    shares, seed, epsilon
        See `load_image_folder`.

    Raises
    ------
    DataError
        If there are not enough images.
    """
    whole, names = dataset.test, dataset.class_names
    rng = generator(seed, SPLITS)
    parts = stratified(whole.labels, groups_of(whole), shares, names, rng)
    refuse_other_shares([whole.labels[part] for part in parts], names, epsilon)
    train, valid, test = map(whole.take, parts)
    origin = {**dataset.origin, "split": list(shares), "split_seed": seed}
    return measured(replace(dataset, train=train, valid=valid, test=test, origin=origin))


def content_digest(decoded: DecodedFiles, labels: np.ndarray) -> str:
    """Return the digest of images, files and classes, independent of their folder."""
    tables = (decoded.digests, decoded.files, decoded.pages, labels)
    return hashlib.blake2b(b"".join(map(bytes, tables)), digest_size=DIGEST_BYTES).hexdigest()


def find_files(
    folders: Sequence[Path],
    class_names: Sequence[str] | None,
    suffixes: frozenset[str] | None = None,
) -> ImageFiles:
    """Find the picture files in the sub-folders of some folders.

    Parameters
    ----------
    folders : sequence of Path
    class_names : sequence of str, optional
        The classes that there may be, and their order; by default all sub-folders, sorted.
    suffixes : frozenset of str, optional
        Ends of the names of pictures.

    Raises
    ------
    DataError
        If a folder cannot be read, is another one's or lacks a class, or a class has no pictures.
    """
    suffixes = readable_suffixes() if suffixes is None else suffixes
    classes = [class_folders(folder) for folder in folders]
    refuse_overlap(folders)
    wanted = {name for found in classes for name in found}
    for folder, found in zip(folders, classes, strict=True):
        for name in sorted(wanted - found.keys() if class_names is None else ()):
            has = next(f for f, c in zip(folders, classes, strict=True) if name in c)
            is_file = " (there is a file of that name)" if (folder / name).is_file() else ""
            raise DataError(
                f"{shown(folder)}: no sub-folder {name}{is_file}, which {shown(has)} has; expected "
                "the same classes in each folder"
            )
        for name in sorted(found.keys() - set(class_names or wanted)):
            raise DataError(
                f"{shown(found[name])}: none of the classes {listed(class_names or (), MAX_NAMES)}; leave the "
                "sub-folder out"
            )
    names = sorted(wanted) if class_names is None else list(class_names)
    paths: list[Path] = []
    unique: list[str] = []
    labels: list[int] = []
    others: list[Path] = []
    for label, name in enumerate(names):
        for number, found in enumerate(classes):
            if name not in found:
                continue
            for path in files_below(found[name]):
                if path.suffix.lower() not in suffixes:
                    others.append(path)
                    continue
                paths.append(path)
                unique.append(f"{number}/{path.relative_to(folders[number])}")
                labels.append(label)
        if name in wanted and (not labels or labels[-1] != label):
            within = [folder[name] for folder in classes if name in folder]
            there = [path for path in others if any(map(path.is_relative_to, within))]
            not_read = f"; {kinds_left_out(there)}" if there else ""
            places = listed([shown(found[name]) for found in classes if name in found], MAX_NAMES)
            raise DataError(
                f"class {name}: no pictures in {places}; expected files that end with "
                f"{', '.join(sorted(suffixes))}{not_read}"
            )
    return ImageFiles(tuple(names), paths, unique, np.array(labels, np.int32), others)


def refuse_overlap(folders: Sequence[Path]) -> None:
    """Raise `DataError` if a folder is named twice or lies in another one."""
    whole = [folder.resolve() for folder in folders]
    for k, folder in enumerate(whole):
        for other in range(len(whole)):
            if other != k and folder.is_relative_to(whole[other]):
                raise DataError(
                    f"{shown(folders[k])}: the same folder as {shown(folders[other])}, or a part of it; "
                    "name each folder once"
                )


def class_folders(folder: Path) -> dict[str, Path]:
    """Return the class folders of a folder by their displayed names.

    Hidden folders are none.

    Raises
    ------
    DataError
        If there are none, or they cannot be read.
    """
    entries = entries_of(folder)
    found: dict[str, Path] = {}
    for entry in entries:
        if entry.is_dir():
            name = shown(entry.name)
            if name in found:
                raise DataError(
                    f"{shown(folder)}: two sub-folders that are shown as {name}; rename one of them"
                )
            found[name] = Path(entry.path)
    if not found:
        what = "files, but no sub-folders" if entries else "an empty folder"
        raise DataError(
            f"{shown(folder)}: {what}; expected a sub-folder with pictures for each class"
        )
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, sorted, without hidden ones."""
    for entry in entries_of(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(Path(entry.path))
        else:
            yield Path(entry.path)


def entries_of(folder: Path) -> list[os.DirEntry[str]]:
    """List a folder, sorted by name, without hidden entries.

    Raises
    ------
    DataError
        If it is no folder or cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
    except NotADirectoryError as error:
        raise DataError(
            f"{shown(folder)}: a file; expected a folder with a sub-folder for each class"
        ) from error
    except OSError as error:
        raise DataError(
            f"{shown(folder)}: {error.strerror}; expected a folder of pictures that may be read"
        ) from error
    return sorted(visible, key=lambda entry: entry.name)


def refuse_problems(found: ImageFiles, decoded: DecodedFiles, strict: bool) -> None:
    """Raise `DataError` if files cannot be read: any of them, or all of a class.

    Parameters
    ----------
    found : ImageFiles
    decoded : DecodedFiles
    strict : bool
        Whether one is too many.
    """
    if strict and decoded.problems:
        raise DataError(
            f"{len(decoded.problems):,} of {len(found.paths):,} files cannot be read, which --strict "
            f"refuses; the first: {decoded.problems[0][1]}"
        )
    in_files = np.bincount(found.labels, minlength=len(found.class_names))
    read = np.bincount(found.labels[decoded.files], minlength=len(found.class_names))
    for label in np.flatnonzero((in_files > 0) & (read == 0)):
        first = next(text for k, text in decoded.problems if found.labels[k] == label)
        raise DataError(
            f"class {found.class_names[label]}: none of its {in_files[label]:,} files can be read; the "
            f"first: {first}"
        )


def found_line(found: ImageFiles, decoded: DecodedFiles) -> str:
    """Return a line with the number of files and the place of their decoded images."""
    line = f"{counted(len(found.paths), 'file')}, {counted(len(decoded.files), 'image')} in {shown(decoded.path)}"
    if decoded.problems:
        line += f"; {len(decoded.problems):,} left out"
    if found.others:
        line += f"; no pictures by their names: {listed([shown(path) for path in found.others], MAX_NAMES)}"
    return line
