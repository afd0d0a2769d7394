"""Data sets of image files: folders with a sub-folder for each class."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lenet.data.cache import SINGLE_PAGE, DecodedFiles, Form, decode_files
from lenet.data.corrections import NOWHERE, corrected
from lenet.data.dataset import DIGIT_NAMES, FOLDER, Dataset, Split, data_folder
from lenet.data.duplicates import DIGEST_BYTES
from lenet.data.folder_layout import TEST, TRAINING, VALIDATION, folder_hint, layout_of
from lenet.data.folds import groups_of, has_groups, pages_apart, sources_of
from lenet.data.group_split import FILE, GROUP, divided
from lenet.data.headers import OTHER, read_header
from lenet.data.image_groups import group_hint, groups_by
from lenet.data.image_index import ImageFiles, find_files, refuse_untrained
from lenet.data.indexed_images import IndexedImages, Source
from lenet.data.kept_channels import kept_headers
from lenet.data.label_table import labelled_files
from lenet.data.opening import AS_STORED, BY_TYPE
from lenet.data.page_choice import ALL
from lenet.data.picture_search import EARLIER, readable_suffixes, refuse_foreign
from lenet.data.proportions import shape_of
from lenet.data.range_rule import Rule
from lenet.data.splits import PARTS, check_shares, refuse_other_shares
from lenet.data.uneven import folder_warnings
from lenet.data.value_ranges import KEPT, measured, ranged
from lenet.errors import DataError
from lenet.seeds import DEFAULT_SEED, SPLITS, generator
from lenet.text import counted, listed, shown

CACHE = "image_folders"
LABELS_FILE = "labels_file"  # in a data set's origin
DEFAULT_SIZE = 32
SHARES = (60.0, 30.0, 10.0)
MAX_NAMES = 5
# One range for the folder, measured.
ONE_RANGE = Rule()


class FileSources(Sequence[Source]):
    """Sources of the decoded images, computed on demand.

    Parameters
    ----------
    paths : sequence of Path
    decoded : DecodedFiles
    groups : sequence of str, optional
        That of each file.
    parts : sequence of int, optional
        That of each file in the user's own split.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        decoded: DecodedFiles,
        groups: Sequence[str] | None = None,
        parts: Sequence[int] | None = None,
    ) -> None:
        self.paths, self.decoded, self.groups, self.parts = paths, decoded, groups, parts

    def __len__(self) -> int:
        return len(self.decoded.files)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        page = int(self.decoded.pages[index])
        file = int(self.decoded.files[index])
        group = None if self.groups is None else self.groups[file]
        part = None if self.parts is None else self.parts[file]
        return Source(self.paths[file], None if page == SINGLE_PAGE else page, group, part)


def load_image_folder(
    folders: Sequence[str | os.PathLike],
    *,
    size: int = DEFAULT_SIZE,
    channels: int | str = 3,
    keep_aspect: bool | None = None,
    shares: Sequence[float] | None = SHARES,
    epsilon: float | None = None,
    seed: int = DEFAULT_SEED,
    class_names: Sequence[str] | None = None,
    strict: bool = False,
    cache_dir: str | os.PathLike | None = None,
    threads: int = 1,
    rule: Rule = ONE_RANGE,
    valid_folders: Sequence[str | os.PathLike] = (),
    test_folders: Sequence[str | os.PathLike] = (),
    group: int | str | Path | None = None,
    corrections: Path | Sequence[int] = (),
    pages: str | None = None,
    kept: int | None = None,
    labels_file: Path | None = None,
) -> Dataset:
    """Load the pictures of some folders as a data set whose images stay on disk.

    Parameters
    ----------
    folders : sequence of path-like
        Each has a sub-folder for each class, the same ones, with pictures in them or in their folders:
        PNG, JPEG, TIFF, whose pages are an image each, GIF, BMP, WebP, AVIF, JPEG 2000, or HEIC if
        pillow-heif is installed. Or it has folders ``train``, ``val`` and ``test``, or some of them, with
        classes, which are the split; or sub-folders with the same classes each. See
        `lenet.data.folder_layout`.
    size : int
        Side of the images, which pictures are scaled to.
    channels : {1, 3, "all"}
        Gray, in colour, or all that the files have, up to 16 and the same number in each.
    keep_aspect : bool, optional
        Scale both sides alike and fill up with the colour of the border; else stretch. By default stretch only what
        was drawn out before, see `lenet.data.proportions.shape_of`.
    shares : sequence of three float, or None
        How large the training, validation and test parts are, on any scale; the last may be 0. Of the
        user's own split they say only how many training images validate, if it has no validation part.
        With None the test part has all images.
    epsilon : float, optional
        How far the share of a class in one part may be from that in another; see `refuse_other_shares`.
    seed : int
        Decides which images come into which part.
    class_names : sequence of str, optional
        The classes that there may be, and their order; by default those there are, in natural order (1, 2, 10).
    strict : bool
        Refuse what cannot be read; else it is left out, and named in `Dataset.notes`.
    cache_dir : path-like, optional
        Folder that keeps the decoded images; by default one among the data sets.
    threads : int
        Files that are decoded at a time.
    rule : Rule
        How values of more than 8 bits become bytes: by default by one range for the folder, that of its
        training part.
    valid_folders, test_folders : sequence of path-like
        Those of the validation and test images, if `folders` have training images alone.
    group : int, str or Path, optional
        Which images must stay in one part; see `lenet.data.image_groups.group_option`.
    corrections : Path or sequence of int
        A CSV file of pictures and their right classes, see `lenet.data.corrections.corrected`; or what
        `Dataset.origin` keeps of one.
    pages : {"all", "first", "project"}, optional
        What becomes of several pages of a TIFF file: an image each, the first alone, or the lightest values of all.
        By default each is an image, and those of a file are in one part if each class has enough files; with
        "all" they always are.
    kept : int, optional
        How many channels there must be if all are kept.
    labels_file : Path, optional
        A CSV file with the classes of the pictures, in place of sub-folders of the one folder; see
        `lenet.data.label_table.labelled_files`. If it has groups, they are `group` unless that is given.

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
    trains, valids, tests = (
        [Path(folder) for folder in some] for some in (folders, valid_folders, test_folders)
    )
    if labels_file is None:
        layout = layout_of(trains, valids, tests, class_names, isinstance(group, int), suffixes)
        found = find_files(layout, class_names, rule.by_type)
    else:
        if len(trains) != 1 or valids or tests:
            raise DataError(
                f"--labels {shown(labels_file)}: expected one folder as --image_dir, and no other for a part"
            )
        found, layout, has_column = labelled_files(trains[0], labels_file, class_names)
        group = labels_file if group is None and has_column else group
    refuse_foreign(found.others, strict)
    groups, hint = None, None
    if group is None and pages == ALL:
        groups = [str(name) for name in found.relative]
    if group is not None:
        groups = groups_by(group, found.paths, found.relative, found.below)
    elif shares is not None and found.parts is None:
        hint = group_hint(found.relative, len(found.class_names))
    cache = data_folder(None) / CACHE if cache_dir is None else Path(cache_dir)
    if channels == ALL:
        channels, headers = kept_headers(found.paths, rule, kept)
        rule = replace(rule, by_channel=True)
    else:
        headers = [OTHER if rule.by_type else read_header(path) for path in found.paths]
    is_new, is_deep = (any(getattr(h, name) for h in headers) for name in ("is_new", "is_deep"))
    rules = AS_STORED if is_new or rule.by_channel else BY_TYPE
    shape = shape_of(found.paths, found.labels, found.class_names, keep_aspect)
    form = Form(
        size, int(channels), shape.keep_aspect, rules, is_deep, rule.by_channel, pages or ALL
    )
    decoded = decode_files(found.paths, found.names, form, cache, threads)
    refuse_problems(found, decoded, strict)
    names, labels = found.class_names, found.labels[decoded.files]
    if shares is not None and len(names) < 2:
        raise DataError(
            f"{shown(folders[0])}: the one class {names[0]}, expected a sub-folder for each of two "
            f"classes or more{folder_hint(trains[0], suffixes)}"
        )
    refuse_untrained(found, layout, labels, decoded)
    sources = FileSources(found.paths, decoded, groups, found.parts)
    base = ranged(decoded.images, decoded.numbers, decoded.limits, rule)
    named, inner = [*trains, *valids, *tests], [one.path for one in layout.folders]
    correction = corrected(corrections, labels, names, sources, named, inner, strict)
    rows = np.flatnonzero(correction.labels != NOWHERE)
    images = IndexedImages(base, rows, sources, decoded.digests)
    whole = Split(images, correction.labels[rows])
    nothing = whole.take(slice(0))
    dataset = Dataset(
        FOLDER,
        nothing,
        nothing,
        whole,
        names,
        mirror=names != DIGIT_NAMES,
        normalize="zscore",
        notes=(
            *filter(None, (decoded.note, found_line(found, decoded))),
            *filter(None, (*layout.notes, *found.notes, *correction.notes, hint, shape.note)),
        ),
        problems=tuple(text for _, text in decoded.problems),
        warnings=(
            *correction.warnings,
            *folder_warnings(
                found.paths,
                *(found.labels, names, headers, found.others, decoded.files, base),
            ),
        ),
        origin={
            "image_dir": texts_of(folders),
            "images_digest": content_digest(decoded, labels, found.parts),
            "keep_aspect": shape.keep_aspect,
            **({"by_type": True} if rule.by_type else {}),
            **({"valid_dir": texts_of(valid_folders)} if valid_folders else {}),
            **({"test_dir": texts_of(test_folders)} if test_folders else {}),
            **({"parts": layout.own_parts} if found.parts is not None else {}),
            **({} if group is None else group_origin(group, groups or ())),
            **({KEPT: True} if rule.by_channel else {}),
            **({} if pages is None else {"pages": pages}),
            **({} if labels_file is None else {LABELS_FILE: os.path.abspath(labels_file)}),
            **({"corrections": correction.changes} if correction.changes else {}),
        },
    )
    if shares is None:
        return measured(dataset)
    return split_images(dataset, shares, seed, epsilon)


def split_images(
    dataset: Dataset, shares: Sequence[float], seed: int, epsilon: float | None = None
) -> Dataset:
    """Stratified split of a data set whose images are all in the test part.

    The user's own split, if there is one, stays as it is; what it has no validation part for is drawn from
    its training images.

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
    own, grouped, groups = own_parts_of(whole), has_groups(whole), groups_of(whole)
    what = GROUP if "group" in dataset.origin else FILE

    def drawn(images: np.ndarray, wanted: Sequence[float]) -> list[np.ndarray]:
        """Draw parts from some of the images."""
        labels = whole.labels[images]
        parts = divided(labels, groups[images], grouped, wanted, names, rng, what=what)
        return [images[part] for part in parts]

    nothing = np.arange(0)
    if own is None:
        with_images = [share for share in shares if share]
        parts = [*drawn(np.arange(len(whole.labels)), with_images), nothing][: len(PARTS)]
    else:
        order = rng.permutation(len(own))
        parts = [order[own[order] == part] for part in range(len(PARTS))]
        if not len(parts[VALIDATION]):
            parts[:TEST] = drawn(parts[TRAINING], shares[:TEST])
    if epsilon is not None or (own is None and not grouped):
        refuse_other_shares([whole.labels[part] for part in parts], names, epsilon)
    notes = (*dataset.notes, *(group_notes(whole, parts, what) if grouped else ()))
    warnings = (*dataset.warnings, *pages_apart(whole, parts))
    train, valid, test = map(whole.take, parts)
    origin = {**dataset.origin, "split": list(shares), "split_seed": seed}
    parted = replace(dataset, train=train, valid=valid, test=test, origin=origin)
    return measured(replace(parted, notes=notes, warnings=warnings))


def own_parts_of(split: Split) -> np.ndarray | None:
    """Return the part of each image in the user's own split; None without one."""
    first = next(sources_of(split), None)
    if first is None or first.part is None:
        return None
    return np.array([source.part for source in sources_of(split)])


def group_notes(whole: Split, parts: Sequence[np.ndarray], what: str = GROUP) -> list[str]:
    """Return lines about groups, or files that are such, and their parts."""
    groups = groups_of(whole)
    inside = [set(groups[part].tolist()) for part in parts]
    counts = ", ".join(f"{len(ids)} {name}" for ids, name in zip(inside, PARTS, strict=True))
    n = len(set.union(*inside))
    lines = [f"{n} {what}s, each in one part: {counts}; --folds {n} would leave out one at a time"]
    spread = sorted(i for i in set.union(*inside) if sum(i in some for some in inside) > 1)
    if spread:
        sources = list(sources_of(whole))
        names = [str(sources[int(np.flatnonzero(groups == i)[0])].group) for i in spread]
        lines = [
            f"{n} {what}s: {counts}; in several parts, as the folders have them: "
            f"{listed([shown(name) for name in names], MAX_NAMES)}"
        ]
    return lines


def group_origin(rule: int | str | Path | None, groups: Sequence[str]) -> dict[str, str]:
    """Return what a model's file keeps of the groups: their rule, and a digest."""
    text = os.path.abspath(rule) if isinstance(rule, Path) else str(rule)
    digest = hashlib.blake2b("\0".join(groups).encode(errors="replace"), digest_size=DIGEST_BYTES)
    return {"group": shown(text), "groups_digest": digest.hexdigest()}


def texts_of(folders: Sequence[str | os.PathLike]) -> list[str]:
    """Return the absolute paths of folders as text, which their names need not be."""
    return [
        os.fsencode(os.path.abspath(folder)).decode(errors="backslashreplace") for folder in folders
    ]


def content_digest(
    decoded: DecodedFiles, labels: np.ndarray, parts: Sequence[int] | None = None
) -> str:
    """Return the digest of images, files, classes and parts, wherever they lie."""
    tables = [decoded.digests, decoded.files, decoded.pages, labels]
    if parts is not None:
        tables.append(np.array(parts, np.uint8))
    return hashlib.blake2b(b"".join(map(bytes, tables)), digest_size=DIGEST_BYTES).hexdigest()


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
