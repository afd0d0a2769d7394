"""Data sets in one file: arrays of images and labels as npz, HDF5 or CSV."""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from lenet import limits
from lenet.data.array_images import MAX_CHANNELS, Levels, squares, with_channels_first
from lenet.data.array_keys import CLASS_NAMES, TEST, TRAINING, VALIDATION, WHOLE, parts_named
from lenet.data.class_names import natural_key
from lenet.data.csv_images import read_csv_images
from lenet.data.dataset import AS_MNIST, DIGIT_NAMES, FILE, Dataset, Split
from lenet.data.duplicates import DIGEST_BYTES
from lenet.data.folds import groups_of
from lenet.data.image_files import fit_to
from lenet.data.image_folder import SHARES, split_images
from lenet.data.mnist_style import is_dark_on_light, is_placed
from lenet.data.npz_files import open_npz
from lenet.data.splits import check_shares, stratified
from lenet.errors import DataError
from lenet.hdf5 import HDF5Error, PlainFile, open_plain
from lenet.seeds import DEFAULT_SEED, SPLITS, generator
from lenet.text import counted, shown

NUMBERS = tuple(f"{kind}{size}" for kind in "iuf" for size in (1, 2, 4, 8))
MAX_NAME = 255  # letters of a class, as of a folder's name
EXAMPLES, MOST = (
    200,
    0.9,
)  # images that are looked at, and how many of them must be placed as in MNIST


class Arrays(Protocol):
    """Named arrays of an open file."""

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""

    def array(self, name: str) -> np.ndarray:
        """Read an array."""


class Content(NamedTuple):
    """Content of a file.

    Attributes
    ----------
    parts : mapping of str to (ndarray, ndarray)
        Images and labels of training, validation and test, or of `WHOLE`.
    class_names : sequence of str, or None
    note : str
        How it was read; empty most often.
    """

    parts: Mapping[str, tuple[np.ndarray, np.ndarray]]
    class_names: Sequence[str] | None
    note: str = ""


def load_array_file(
    path: str | os.PathLike,
    *,
    size: int | None = None,
    shares: Sequence[float] | None = SHARES,
    epsilon: float | None = None,
    seed: int = DEFAULT_SEED,
) -> Dataset:
    """Load the data set of a file ``.npz``, ``.h5`` or ``.csv``.

    Parameters
    ----------
    path : path-like
        Arrays are named x_train, y_train, x_test, y_test, x_val and y_val, or train_images, train_labels and so on, or
        X and y, or images and labels, if there are no parts; class_names may be beside them. A CSV file has a row for
        each image; see `lenet.data.csv_images.read_csv_images`. Images are of any shape that `LenetClassifier` takes,
        bytes or fractions.
    size : int, optional
        Side that images are scaled to; by default their own.
    shares : sequence of three float, or None
        How large the training, validation and test parts are of images without parts, and what validates of training
        images that have no validation part. With None, all images without parts test, and nothing is taken out of
        training images.
    epsilon, seed
        See `lenet.data.image_folder.load_image_folder`.

    Raises
    ------
    DataError
        If the file cannot be read, or holds anything else.
    """
    path = Path(path)
    if shares is not None:
        check_shares(shares)
    content = read_file(path)
    labels, names = numbered({part: pair[1] for part, pair in content.parts.items()}, content, path)
    images = as_bytes({part: pair[0] for part, pair in content.parts.items()}, path, size)
    splits = {}
    for part, found in labels.items():
        if len(found) != len(images[part]):
            raise DataError(f"{path}: {len(found)} labels for {len(images[part])} {of(part)}images")
        splits[part] = Split(images[part], found)
    first = splits.get(TRAINING, splits.get(WHOLE))
    assert first is not None
    nothing = first.take(slice(0))
    origin: dict[str, Any] = {FILE: os.path.abspath(path), "images_digest": digest_of(splits)}
    if names == DIGIT_NAMES:
        origin[AS_MNIST] = is_like_mnist(np.asarray(first.images))
    train, valid, test = (splits.get(part, nothing) for part in (TRAINING, VALIDATION, TEST))
    dataset = Dataset(
        path.name,
        train,
        valid,
        test,
        names,
        mirror=names != DIGIT_NAMES,
        notes=(content.note,) if content.note else (),
        origin=origin,
    )
    if WHOLE in splits:
        dataset = replace(dataset, test=splits[WHOLE])
        return dataset if shares is None else split_whole(dataset, shares, seed, epsilon)
    if VALIDATION in splits or shares is None:
        return dataset
    return split_training(dataset, shares, seed)


def split_whole(
    dataset: Dataset, shares: Sequence[float], seed: int, epsilon: float | None
) -> Dataset:
    """Stratified split of the images of a file that has no parts."""
    note = (
        f"no parts in {shown(dataset.name)}: divided by --split {' '.join(f'{share:g}' for share in shares)}, with the "
        "same shares of the classes"
    )
    parted = split_images(dataset, shares, seed, epsilon)
    return replace(parted, notes=(*parted.notes, note))


def split_training(dataset: Dataset, shares: Sequence[float], seed: int) -> Dataset:
    """Stratified draw of validation images from the training images of a file."""
    train = dataset.train
    rng = generator(seed, SPLITS)
    parts = stratified(train.labels, groups_of(train), shares[:2], dataset.class_names, rng)
    note = (
        f"no validation part in {shown(dataset.name)}: {counted(len(parts[1]), 'image')} of its "
        f"{len(train.labels):,} training images validate"
    )
    return replace(
        dataset,
        train=train.take(parts[0]),
        valid=train.take(parts[1]),
        notes=(*dataset.notes, note),
        origin={**dataset.origin, "split": list(shares), "split_seed": seed},
    )


def read_file(path: Path) -> Content:
    """Read what a file holds, by the end of its name."""
    if path.suffix.lower() == ".csv":
        images, labels, note = read_csv_images(path)
        return Content({WHOLE: (images, labels)}, None, note)
    with open_npz(path) if path.suffix.lower() == ".npz" else open_h5(path) as arrays:
        parts = parts_named([name for name in arrays.names if name != CLASS_NAMES], str(path))
        return Content(
            {
                part: (arrays.array(names.images), arrays.array(names.labels))
                for part, names in parts.items()
            },
            texts_of(arrays.array(CLASS_NAMES), path) if CLASS_NAMES in arrays.names else None,
        )


@contextmanager
def open_h5(path: Path) -> Iterator[Arrays]:
    """Open an HDF5 file of arrays.

    Raises
    ------
    DataError
        On opening or in the block, if it cannot be read or holds more than plain arrays.
    """
    try:
        with open_plain(path, limits.ARRAY_BYTES) as content:
            yield H5Arrays(content)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except HDF5Error as error:
        raise DataError(f"{path}: {error}") from error


class H5Arrays:
    """Arrays of an open HDF5 file by name."""

    def __init__(self, content: PlainFile) -> None:
        self.content, self.members = content, content.members()

    @property
    def names(self) -> list[str]:
        """Names of the arrays."""
        return list(self.members)

    def array(self, name: str) -> np.ndarray:
        """Read an array of numbers or texts."""
        import h5py

        found = self.members[name]
        if not isinstance(found, h5py.Dataset):
            raise HDF5Error(f"{name!r} is a group; expected an array")
        if h5py.check_string_dtype(found.dtype):
            return np.array(self.content.texts(found))
        if found.dtype == bool:
            return self.content.numbers(found, "b1")
        return self.content.numbers(found, *NUMBERS)


def texts_of(names: np.ndarray, path: Path) -> list[str]:
    """Return class names as they can be shown and saved."""
    if names.ndim != 1 or names.dtype.kind not in "US":
        raise DataError(
            f"{path}: {CLASS_NAMES} of shape {names.shape} and type {names.dtype}, expected a list of texts"
        )
    try:
        texts = [name.decode() if isinstance(name, bytes) else name for name in names.tolist()]
        for text in texts:
            text.encode()
    except UnicodeError as error:
        raise DataError(f"{path}: {CLASS_NAMES} holds what is no text in UTF-8") from error
    if len(set(texts)) < len(texts):
        raise DataError(f"{path}: {CLASS_NAMES} has a name twice")
    return [shown(text) for text in texts]


def numbered(
    labels: Mapping[str, np.ndarray], content: Content, path: Path
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Return labels as numbers of classes, int32, and the names of the classes.

    With class names, labels are their places, from 0, or the names themselves. Without, each label is a class, in
    natural order.

    Raises
    ------
    DataError
        If they are none, or of too many classes.
    """
    flat = {part: flat_labels(found, part, path) for part, found in labels.items()}
    if len({found.dtype.kind == "U" for found in flat.values()}) > 1:
        raise DataError(f"{path}: labels that are texts in one part, and numbers in another")
    there = np.unique(np.concatenate(list(flat.values())))
    if len(there) > limits.CLASSES:
        raise DataError(f"{path}: {len(there):,} classes, expected {limits.CLASSES:,} at most")
    names = content.class_names
    if names is not None and there.dtype.kind != "U":
        if there[0] < 0 or there[-1] >= len(names):
            raise DataError(
                f"{path}: labels from {there[0]} to {there[-1]}, but {len(names)} {CLASS_NAMES}; expected numbers "
                "from 0"
            )
        return {part: found.astype(np.int32) for part, found in flat.items()}, tuple(names)
    for value in there.tolist():
        if len(str(value)) > MAX_NAME:
            raise DataError(
                f"{path}: a label of {len(str(value)):,} letters, expected {MAX_NAME} at most"
            )
    texts = [shown(value) for value in there.tolist()]
    order = list(names) if names is not None else sorted(texts, key=natural_key)
    if there.dtype.kind != "U":
        order = texts  # by number, negative ones too
    for text in texts:
        if text not in order:
            raise DataError(f"{path}: label {text!r} is none of its {CLASS_NAMES}")
    if len(order) < 2:
        raise DataError(f"{path}: the one class {order[0]}, expected two or more")
    place = np.array([order.index(text) for text in texts], np.int32)
    return {part: place[np.searchsorted(there, found)] for part, found in flat.items()}, tuple(
        order
    )


def flat_labels(labels: np.ndarray, part: str, path: Path) -> np.ndarray:
    """Return labels along one axis: integers, or texts.

    Raises
    ------
    DataError
        If they are several for an image, or anything else.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        raise DataError(
            f"{path}: {of(part)}labels of shape {labels.shape}, expected one for each image; of one-hot rows, save the "
            "place of the 1: labels.argmax(axis=1)"
        )
    if labels.ndim != 1:
        raise DataError(
            f"{path}: {of(part)}labels of shape {labels.shape}, expected one for each image"
        )
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8")
    if labels.dtype.kind == "U":
        if (labels == "").any():
            raise DataError(f"{path}: {of(part)}image {int(np.argmax(labels == ''))} has no label")
        return labels
    if labels.dtype.kind == "f" and (
        np.isfinite(labels).all() and (labels == np.rint(labels)).all()
    ):
        labels = labels.astype(np.int64)
    if labels.dtype.kind not in "iub":
        raise DataError(
            f"{path}: {of(part)}labels of type {labels.dtype}, expected integers or names of classes"
        )
    return labels.astype(np.int64)


def as_bytes(
    images: Mapping[str, np.ndarray], path: Path, size: int | None
) -> dict[str, np.ndarray]:
    """Return images of all parts as bytes, by the range of the training images.

    Raises
    ------
    DataError
        If they are no images, or differ in shape.
    """
    found: dict[str, np.ndarray] = {}
    levels: Levels | None = None
    for part in sorted(images, key=lambda part: part not in (TRAINING, WHOLE)):
        values = images[part]
        place = f"{path}: {of(part)}images of shape {values.shape}"
        if values.dtype.kind not in "biuf":
            raise DataError(f"{place} and type {values.dtype}, expected numbers")
        if not len(values) or min(values.shape) < 1:
            raise DataError(f"{place}, expected some")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise DataError(f"{place} have values that are infinite or no numbers")
        try:
            values = with_channels_first(values, None)
        except ValueError as error:
            raise DataError(f"{path}: {error}") from error
        if values.shape[1] > MAX_CHANNELS or max(values.shape[2:]) > limits.MODEL_IMAGE_SIDE:
            raise DataError(
                f"{place}, expected 1 to {MAX_CHANNELS} channels and {limits.MODEL_IMAGE_SIDE:,} pixels a side at most"
            )
        levels = levels or Levels.of(values)
        done = squares(levels.bytes_of(values))
        if size is not None and done.shape[2] != size:
            done = np.stack([fit_to(image, size) for image in done])
        others = {each.shape[1:] for each in found.values()} - {done.shape[1:]}
        if others:
            raise DataError(
                f"{place}, those of training are others; expected the same in each part"
            )
        found[part] = done
    return found


def of(part: str) -> str:
    """Return the name of a part before what it has; nothing for images without parts."""
    return "" if part == WHOLE else f"{part} "


def is_like_mnist(images: np.ndarray) -> bool:
    """Return whether gray images have digits as MNIST has them, light and centred."""
    if images.shape[1] != 1:
        return False
    some = images[:: max(1, len(images) // EXAMPLES)][:EXAMPLES]
    alike = sum(is_placed(image) and not is_dark_on_light(image) for image in some)
    return bool(alike >= MOST * len(some))


def digest_of(splits: Mapping[str, Split]) -> str:
    """Return the digest of images, labels and parts."""
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part, split in splits.items():
        digest.update(f"{part} {split.images.shape}".encode())
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(split.labels.tobytes())
    return digest.hexdigest()
