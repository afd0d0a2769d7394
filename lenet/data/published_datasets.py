"""Published data sets: the places of their files, and how they are read."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lenet import limits
from lenet.data.dataset import Dataset, Split, data_folder
from lenet.data.download import Published, download
from lenet.errors import DataError
from lenet.files import read_regular
from lenet.text import shown

PACKED = (".gz", ".bz2")


class Parts(NamedTuple):
    """Images and labels as the files of a data set have them.

    Attributes
    ----------
    train, test : (ndarray of uint8, ndarray of int32)
        Images, of shape (n, channels, size, size), and labels, of shape (n,).
    valid : (ndarray of uint8, ndarray of int32), optional
        Without it, the last of the training images validate.
    origin : Path, optional
        File of the training images, for messages.
    class_names : tuple of str
        Empty if the files do not say.
    """

    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    valid: tuple[np.ndarray, np.ndarray] | None = None
    origin: Path | None = None
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishedDataset:
    """A published data set.

    Attributes
    ----------
    name : str
        As ``--dataset`` has it.
    title : str
        As its authors call it.
    read : callable
        Takes a `Place` and returns `Parts`.
    files : mapping of str to Published
        The published files, each with its checksum.
    mirrors : tuple of str
        Addresses below which the files are, tried in turn.
    folders : tuple of str
        Where the files are looked for, below the data folder; downloads go to the first. The empty text is the data
        folder itself.
    class_names : tuple of str
    channels, size : int
        Of its images.
    mirror : bool
        Whether a left-right mirror image still is of its class.
    licence, source : str
        Terms of use as the authors state them, and their page.
    validation : int
        One in so many of the training images validates, the last ones, if the files have no such part.
    options : mapping
        For `read`.
    """

    name: str
    title: str
    read: Callable[["Place"], Parts]
    files: Mapping[str, Published]
    mirrors: tuple[str, ...]
    folders: tuple[str, ...]
    class_names: tuple[str, ...]
    channels: int
    size: int
    mirror: bool
    licence: str
    source: str
    validation: int = 6
    options: Mapping[str, Any] = field(default_factory=dict)


class Place:
    """Place of the files of a published data set.

    Parameters
    ----------
    entry : PublishedDataset
    folder : Path
        The data folder.
    """

    def __init__(self, entry: PublishedDataset, folder: Path) -> None:
        self.entry, self.folder = entry, folder
        self.folders = [folder / name for name in entry.folders]
        if any(is_called(folder, name) for name in entry.folders if name):
            self.folders.append(folder)

    @property
    def target(self) -> Path:
        """Folder for downloads."""
        return self.folders[0]

    def find(self, name: str) -> Path | None:
        """Return the published file of a name, packed or not, if it is there."""
        plain = name
        for suffix in PACKED:
            plain = plain.removesuffix(suffix)
        candidates = (folder / each for folder in self.folders for each in (name, plain))
        return next((path for path in candidates if path.exists() and not path.is_dir()), None)

    def find_folder(self, name: str) -> Path | None:
        """Return a folder of a name, if it is there."""
        candidates = (folder / name for folder in self.folders)
        return next((path for path in candidates if path.is_dir()), None)

    def get(self, *names: str) -> list[Path]:
        """Return published files, those that are missing once they are downloaded.

        Raises
        ------
        DataError
            If one can be neither found nor downloaded.
        """
        found = {name: self.find(name) for name in names}
        missing = [name for name, path in found.items() if path is None]
        while missing:
            places = " and in ".join(dict.fromkeys(map(str, (self.folder, self.target))))
            remedy = (
                f"missing in {places}: {', '.join(missing)}; put "
                f"{'this published file' if len(missing) == 1 else 'these published files'}"
                f"{', compressed or not,' if missing[0].endswith(PACKED) else ''} into {self.target}"
            )
            name = missing.pop(0)
            urls = [mirror + name for mirror in self.entry.mirrors]
            found[name] = download(self.target, name, urls, self.entry.files[name], remedy)
        return [path for path in found.values() if path is not None]

    def present(self) -> list[Path]:
        """Return the published files that are there."""
        return [path for path in map(self.find, self.entry.files) if path is not None]


def is_called(folder: Path, name: str) -> bool:
    """Return whether a folder has a name of several parts, in capitals or not."""
    parts = [part.lower() for part in Path(name).parts]
    return [part.lower() for part in folder.absolute().parts[-len(parts) :]] == parts


def load_published(
    entry: PublishedDataset, data_dir: Any, others: Sequence[PublishedDataset] = ()
) -> Dataset:
    """Load a published data set from its files; what is missing is downloaded.

    Parameters
    ----------
    entry : PublishedDataset
    data_dir : path-like, optional
        The data folder.
    others : sequence of PublishedDataset
        Whose files, by the same names, are refused.

    Raises
    ------
    DataError
        If the data can be neither found nor downloaded, or are not what they should be.
    """
    place = Place(entry, data_folder(data_dir))
    refuse_files_of_others(place, others)
    parts = entry.read(place)
    train = Split(*parts.train)
    if parts.valid is not None:
        valid = Split(*parts.valid)
    else:
        if len(train.labels) < 2:
            raise DataError(
                f"{parts.origin}: {len(train.labels)} images are too few to train and validate"
            )
        cut = len(train.labels) - max(1, len(train.labels) // entry.validation)
        train, valid = train.take(slice(cut)), train.take(slice(cut, None))
    names = parts.class_names or entry.class_names
    return Dataset(entry.name, train, valid, Split(*parts.test), names, mirror=entry.mirror)


def refuse_files_of_others(place: Place, others: Sequence[PublishedDataset]) -> None:
    """Raise `DataError` if a file is the published one of another data set.

    MNIST, Fashion-MNIST and KMNIST call their files alike.
    """
    for name, own in place.entry.files.items():
        alike = {
            other.files[name]: other
            for other in others
            if name in other.files and other.files[name] != own
        }
        path = place.find(name) if alike else None
        if path is None or path.stat().st_size not in {each.n_bytes for each in alike}:
            continue
        digest = hashlib.md5(
            read_regular(path, limits.PACKED_BYTES), usedforsecurity=False
        ).hexdigest()
        for published, other in alike.items():
            if published.digest == digest:
                raise DataError(
                    f"{shown(path)}: a file of {other.title}, not of {place.entry.title}; choose --dataset "
                    f"{other.name}, or put the files of {place.entry.name} into {shown(place.target)}"
                )
