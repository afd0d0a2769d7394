"""Index of the picture files of a data set: classes, names, parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from lenet.data.cache import DecodedFiles
from lenet.data.class_names import common_spellings, natural_key, several
from lenet.data.folder_layout import TRAINING, ClassFolders, Layout, class_folders
from lenet.data.folder_walk import files_below
from lenet.data.picture_search import EARLIER, kinds_left_out, readable_suffixes
from lenet.data.splits import PARTS
from lenet.errors import DataError
from lenet.text import listed, shown

MAX_NAMES = 5


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
    folders : list of ClassFolders
        Where each file is from.
    parts : list of int, or None
        That of each file in the user's own split.
    notes : list of str
        What the user should know of their classes, in lines.
    """

    class_names: tuple[str, ...]
    paths: list[Path]
    names: list[str]
    labels: np.ndarray
    others: list[Path]
    folders: list[ClassFolders]
    parts: list[int] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def relative(self) -> list[PurePosixPath]:
        """The files from the folder that the user has named."""
        both = zip(self.paths, self.folders, strict=True)
        return [PurePosixPath(path.relative_to(one.root)) for path, one in both]

    @property
    def below(self) -> list[PurePosixPath]:
        """The files from the folder of their class."""
        return [PurePosixPath(*Path(name).parts[2:]) for name in self.names]


def find_files(
    layout: Layout,
    class_names: Sequence[str] | None,
    as_earlier: bool = False,
) -> ImageFiles:
    """Find the picture files in the sub-folders of some folders.

    Parameters
    ----------
    layout : Layout
    class_names : sequence of str, optional
        The classes that there may be, and their order; by default all sub-folders, in natural order.
    as_earlier : bool
        Whether to find what earlier versions did: fewer kinds of pictures, in no linked folders of a class,
        and classes in the order of their characters.

    Raises
    ------
    DataError
        If a folder cannot be read or lacks a class, or a class has no pictures.
    """
    suffixes = EARLIER if as_earlier else readable_suffixes()
    folders = [one.path for one in layout.folders]
    classes = [class_folders(one.path, one.part) for one in layout.folders]
    spelling = common_spellings(classes, class_names)
    alike = [names for one in classes for names in several(one).values()]
    classes = [{spelling[name]: path for name, path in one.items()} for one in classes]
    trains = [one.part in (None, TRAINING) for one in layout.folders]
    training = [each for each in zip(folders, classes, trains, strict=True) if each[-1]]
    wanted = {name for _, found, _ in training for name in found}
    absent: dict[int, list[str]] = {}
    for one, found, is_training in zip(layout.folders, classes, trains, strict=True):
        for name in sorted(wanted - found.keys() if class_names is None else ()):
            if not is_training:
                absent.setdefault(one.part or 0, []).append(name)
                continue
            has = next(f for f, c, _ in training if name in c)
            is_file = " (there is a file of that name)" if (one.path / name).is_file() else ""
            raise DataError(
                f"{shown(one.path)}: no sub-folder {name}{is_file}, which {shown(has)} has; expected "
                "the same classes in each folder"
            )
        for name in sorted(found.keys() - set(class_names or wanted)):
            if class_names is None:
                raise DataError(
                    f"{shown(found[name])}: no class of the training images "
                    f"({listed(sorted(wanted), MAX_NAMES)}); leave the sub-folder out, or add pictures of it "
                    f"to {shown(training[0][0])}"
                )
            raise DataError(
                f"{shown(found[name])}: none of the classes {listed(class_names, MAX_NAMES)}; leave the "
                "sub-folder out"
            )
    names = sorted(wanted, key=None if as_earlier else natural_key)
    names = names if class_names is None else list(class_names)
    paths: list[Path] = []
    unique: list[str] = []
    labels: list[int] = []
    others: list[Path] = []
    numbers: list[int] = []
    for label, name in enumerate(names):
        for number, found in enumerate(classes):
            if name not in found:
                continue
            for path in files_below(found[name], follow=not as_earlier):
                if path.suffix.lower() not in suffixes:
                    others.append(path)
                    continue
                paths.append(path)
                unique.append(f"{number}/{path.relative_to(folders[number])}")
                labels.append(label)
                numbers.append(number)
        if name in wanted and (not labels or labels[-1] != label):
            within = [folder[name] for folder in classes if name in folder]
            there = [path for path in others if any(map(path.is_relative_to, within))]
            not_read = f"; {kinds_left_out(there)}" if there else ""
            places = listed([shown(found[name]) for found in classes if name in found], MAX_NAMES)
            raise DataError(
                f"class {name}: no pictures in {places}; expected files that end with "
                f"{', '.join(sorted(suffixes))}{not_read}"
            )
    at = [layout.folders[number] for number in numbers]
    parts = [one.part or 0 for one in at] if layout.own_parts else None
    notes = [
        f"no {listed(sorted(set(missing)), MAX_NAMES)} among the {PARTS[part]} images"
        for part, missing in absent.items()
    ]
    notes += [
        f"classes {listed(some, MAX_NAMES)} differ in capitals or in the encoding of accents alone; if they are "
        "one class, put their pictures into one folder"
        for some in alike
    ]
    notes += [
        f"{shown(one)} and {shown(other)} are read as one class"
        for one, other in spelling.items()
        if one != other
    ]
    return ImageFiles(
        tuple(names),
        paths,
        unique,
        np.array(labels, np.int32),
        others,
        at,
        parts,
        notes,
    )


def refuse_untrained(
    found: ImageFiles, layout: Layout, labels: np.ndarray, decoded: DecodedFiles
) -> None:
    """Raise `DataError` if a part of the own split, or a class to train, is empty."""
    if found.parts is None:
        return
    parts = np.array(found.parts)[decoded.files]
    names = {PARTS[part]: part for part in range(len(PARTS))}
    for name in layout.own_parts:
        if not (parts == names[name]).any():
            places = [shown(one.path) for one in layout.folders if one.part == names[name]]
            raise DataError(
                f"{listed(places, MAX_NAMES)}: no {name} images that can be read; add some, or leave the "
                "folder out"
            )
    counts = np.bincount(labels[parts == TRAINING], minlength=len(found.class_names))
    for label in np.unique(labels):
        if not counts[label]:
            raise DataError(
                f"class {found.class_names[label]}: no training images that can be read; add some, or "
                "leave the class out"
            )
