"""Layout of folders of pictures: classes, sources, or parts of a given split."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lenet.data.folder_walk import entries_of, folder_names, has_pictures, is_picture
from lenet.data.picture_search import readable_suffixes
from lenet.data.splits import PARTS
from lenet.errors import DataError
from lenet.text import listed, shown

TRAINING, VALIDATION, TEST = range(len(PARTS))
PART_NAMES = {
    **dict.fromkeys(("train", "training"), TRAINING),
    **dict.fromkeys(("val", "valid", "validation", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing"), TEST),
}
# Words of names that are likely of parts too, but are none of those.
PART_WORDS = {*PART_NAMES, "eval", "evaluation", "holdout"}
# What becomes of a split without one of its parts.
WITHOUT = {
    VALIDATION: "some of the training images validate then",
    TEST: "the error is that of the validation images then",
}
MAX_NAMES = 5


@dataclass(frozen=True)
class ClassFolders:
    """Folder whose sub-folders are the classes.

    Attributes
    ----------
    path : Path
    root : Path
        The folder that was named, which it is or lies in.
    part : int or None
        The part of the user's own split that it is, a number in `PARTS`.
    """

    path: Path
    root: Path
    part: int | None = None


@dataclass(frozen=True)
class Layout:
    """Folders of a data set, and how they were read.

    Attributes
    ----------
    folders : list of ClassFolders
    notes : list of str
        What the user should know, in lines.
    """

    folders: list[ClassFolders]
    notes: list[str]

    @property
    def own_parts(self) -> list[str]:
        """Names of the parts of the user's own split; none if there is no such split."""
        found = {folder.part for folder in self.folders}
        return [name for part, name in enumerate(PARTS) if part in found]


def layout_of(
    folders: Sequence[Path],
    valid: Sequence[Path] = (),
    test: Sequence[Path] = (),
    class_names: Sequence[str] | None = None,
    has_levels: bool = False,
    suffixes: frozenset[str] | None = None,
) -> Layout:
    """Find the layout of folders of pictures, from the names of their sub-folders.

    Parameters
    ----------
    folders : sequence of Path
    valid, test : sequence of Path
        Folders of validation and test images; the others are then of training images.
    class_names : sequence of str, optional
        Classes that are known. A folder with no other sub-folders than these has nothing but classes.
    has_levels : bool
        Whether folders below those of the classes are groups, and so no classes themselves.
    suffixes : frozenset of str, optional
        Ends of the names of pictures.

    Raises
    ------
    DataError
        If a folder cannot be read, some have parts and others have none, or parts are in doubt.
    """
    suffixes = readable_suffixes() if suffixes is None else suffixes
    for folder in folders if class_names is None else ():
        refuse_half_split(folder)
    notes: list[str] = []
    found: list[ClassFolders] = []
    own = [own_parts(folder, class_names) for folder in folders]
    if any(own):
        first = next(folder for folder, parts in zip(folders, own, strict=True) if parts)
        if valid or test:
            flag = "--valid_dir" if valid else "--test_dir"
            raise DataError(
                f"{shown(first)}: has folders for parts of its own, which do not go with {flag}; name its "
                "training folder as --image_dir"
            )
        for folder, parts in zip(folders, own, strict=True):
            if not parts:
                raise DataError(
                    f"{shown(folder)}: no folders for training and test, which {shown(first)} has; name "
                    "the folders of each part as --image_dir, --valid_dir and --test_dir"
                )
            found += [ClassFolders(path, folder, part) for path, part in parts]
    else:
        part = TRAINING if valid or test else None
        named = ((folders, part), (valid, VALIDATION), (test, TEST))
        found = [ClassFolders(path, path, part) for paths, part in named for path in paths]
    layout = Layout([], notes)
    notes += [line for folder in folders for line in doubtful_parts(folder, class_names)]
    for one in found:
        sources = sources_in(one.path, class_names, has_levels, suffixes, notes)
        if class_names is None and one.path == one.root:
            refuse_parts_as_sources(one.path, sources)
        layout.folders.extend(ClassFolders(path, one.root, one.part) for path in sources)
    refuse_overlap([one.path for one in found])
    layout.folders.sort(key=lambda one: one.part or 0)
    if layout.own_parts:
        notes.insert(0, split_note(layout))
    return layout


def own_parts(folder: Path, class_names: Sequence[str] | None) -> list[tuple[Path, int]]:
    """Return the folders of a given split, each with its part; none without one.

    There must be one of training images, another part, and no other folder.
    """
    names = folder_names(folder)
    if is_known(names, class_names) or not all(name.lower() in PART_NAMES for name in names):
        return []
    found = [(folder / name, PART_NAMES[name.lower()]) for name in names]
    parts = {part for _, part in found}
    return found if TRAINING in parts and len(parts) > 1 else []


def refuse_half_split(folder: Path) -> None:
    """Raise `DataError` for parts of a split with another folder, or none to train.

    Folders that are named like parts may be classes if there are no folders in any of them.
    """
    found: dict[int, str] = {}
    others = []
    for name in folder_names(folder):
        part = PART_NAMES.get(name.lower())
        if part is None:
            others.append(name)
        else:
            found[part] = name
    if not any(folder_names(folder / name) for name in found.values()):
        return
    if len(found) > 1 and TRAINING in found and others:
        raise DataError(
            f"{shown(folder / others[0])}: no part of the split into "
            f"{listed([shown(found[part]) for part in sorted(found)], MAX_NAMES)} beside it; leave it out or move it"
        )
    if len(found) > 1 and TRAINING not in found and not others:
        raise DataError(
            f"{shown(folder)}: {listed([shown(found[part]) for part in sorted(found)], MAX_NAMES)}, but no training "
            "folder; add one named train, or name the folders by --image_dir, --valid_dir and --test_dir"
        )


def doubtful_parts(folder: Path, class_names: Sequence[str] | None) -> list[str]:
    """Return a line about classes that are named like parts of a split."""
    names = folder_names(folder)
    alike = [shown(name) for name in names if name.lower() in PART_NAMES]
    if len(alike) < 2 or is_known(names, class_names) or own_parts(folder, class_names):
        return []
    return [
        f"{shown(folder)}: {listed(alike, MAX_NAMES)} are read as classes, as not all of its folders are parts of "
        "a split with one for training; if they are parts, name them as --image_dir, --valid_dir and --test_dir"
    ]


def sources_in(
    folder: Path,
    class_names: Sequence[str] | None,
    has_levels: bool,
    suffixes: frozenset[str],
    notes: list[str],
) -> list[Path]:
    """Return the folders whose sub-folders are the classes: it, or its sub-folders.

    They are its sub-folders if there are two or more, without pictures, but each with sub-folders of the
    same names, all with pictures. What is doubtful is said in a line that is added to `notes`.

    Raises
    ------
    DataError
        If those sub-folders are named like parts of a split.
    """
    names = folder_names(folder)
    if len(names) < 2 or is_known(names, class_names):
        return [folder]
    inner: list[set[str]] = []
    for name in names:
        if any(is_picture(entry, suffixes) for entry in entries_of(folder / name)):
            return [folder]
        below = folder_names(folder / name)
        if len(below) < 2:
            return [folder]
        inner.append(set(below))
    common = set.intersection(*inner)
    if len(common) < 2 or (class_names is not None and not common <= set(class_names)):
        return [folder]
    if class_names is None and not has_levels and all(n.lower() in PART_NAMES for n in common):
        parts = listed([shown(name) for name in sorted(common)], MAX_NAMES)
        raise DataError(
            f"{shown(folder)}: its folders have {parts} each, parts of a split below the classes; expected the "
            "classes in each part, as train/CLASS and test/CLASS"
        )
    sources = [folder / name for name in names]
    some = listed([shown(source) for source in sources], MAX_NAMES)
    classes = listed([shown(name) for name in sorted(common)], MAX_NAMES)
    each = listed([shown(name) for name in names], MAX_NAMES)
    if has_levels or any(below != common for below in inner):
        notes.append(
            f"{shown(folder)}: {each} are read as classes, but all have sub-folders {classes}; if these "
            f"are the classes, name the others as --image_dir {some}"
        )
        return [folder]
    if not all(has_pictures(source / name, suffixes) for source in sources for name in common):
        return [folder]
    notes.append(
        f"{shown(folder)}: read like --image_dir {some}, as each has the sub-folders {classes}; if {each} "
        "are classes, --group 1 reads them so, and what is below them as groups"
    )
    return sources


def refuse_parts_as_sources(folder: Path, sources: Sequence[Path]) -> None:
    """Raise `DataError` if sources found in a folder are named like parts of a split."""
    names = [source.name for source in sources if source != folder]
    alike = [shown(name) for name in names if not PART_WORDS.isdisjoint(words_of(name))]
    if alike:
        raise DataError(
            f"{shown(folder)}: with {listed(alike, MAX_NAMES)}, looks like a split of its own; name the folders by "
            "--image_dir, --valid_dir and --test_dir, or, if they are sources of one data set, all of them as "
            "--image_dir"
        )


def words_of(name: str) -> list[str]:
    """Return the words of a name, in small letters."""
    return re.findall(r"[^\W\d_]+", name.lower())


def folder_hint(folder: Path, suffixes: frozenset[str]) -> str:
    """Return a question to end a message with, if its one folder has the classes."""
    names = folder_names(folder)
    inner = folder / names[0]
    below = folder_names(inner) if len(names) == 1 else []
    if len(below) < 2 or not all(has_pictures(inner / name, suffixes) for name in below):
        return ""
    return f"; did you mean {shown(inner)}?"


def split_note(layout: Layout) -> str:
    """Return a line that says which folders are which part."""
    said = []
    for part, name in enumerate(PARTS):
        paths = [shown(one.path) for one in layout.folders if one.part == part]
        if paths:
            said.append(f"{name} {listed(paths, MAX_NAMES)}")
        elif part == VALIDATION:
            said.append(f"{name} taken out of the training images")
        else:
            said.append(f"no {name} images")
    return f"split as in its folders: {'; '.join(said)}"


def is_known(names: Sequence[str], class_names: Sequence[str] | None) -> bool:
    """Return whether names of folders are all those of known classes."""
    return class_names is not None and {shown(name) for name in names} <= set(class_names)


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


def class_folders(folder: Path, part: int | None = None) -> dict[str, Path]:
    """Return the class folders of a folder by their displayed names.

    Hidden folders are none.

    Parameters
    ----------
    folder : Path
    part : int, optional
        The part of the user's own split that it is, for messages.

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
        hint = ""
        if part in WITHOUT:
            hint = f", or no folder {shown(folder.name)}: {WITHOUT[part]}"
            hint += "; lenet predict says what pictures of unknown classes are" if entries else ""
        raise DataError(
            f"{shown(folder)}: {what}; expected a sub-folder with pictures for each class{hint}"
        )
    return found
