"""The data set that flags ask for, or that a trained network has learnt."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lenet.data.dataset import FILE, FOLDER, Dataset, data_folder, is_array_file
from lenet.data.folder_layout import VALIDATION
from lenet.data.folds import fold_of
from lenet.data.image_folder import (
    CACHE,
    DEFAULT_SIZE,
    LABELS_FILE,
    SHARES,
    load_image_folder,
    split_images,
)
from lenet.data.image_groups import group_option
from lenet.data.page_choice import ALL
from lenet.data.range_warnings import range_warnings
from lenet.data.splits import PARTS
from lenet.data.uneven import split_warnings
from lenet.data.value_ranges import KEPT, adapted, learnt_rule
from lenet.errors import CheckpointError, CommandError
from lenet.input_pipeline import load_dataset
from lenet.runs import checkpoint
from lenet.runs.names import LAST
from lenet.text import shown
from lenet.training.options import RunOptions

FOLDER_FLAGS = (
    *("image_dir", "image_size", "channels", "stretch", "split", "epsilon", "strict"),
    *("valid_dir", "test_dir", "labels", "group", "corrections", "cache_dir"),
    *("range", "bits", "pages"),
)
FILE_FLAGS = ("image_size", "split", "epsilon")  # that go with a data set in a file, too


def chosen_dataset(options: RunOptions) -> Dataset:
    """Return the data set that the options of `lenet-train` ask for.

    Raises
    ------
    CommandError, DataError
        If they do not go together, or it cannot be loaded.
    """
    if options.fold is not None and not options.fold <= (options.folds or 0):
        raise CommandError(
            f"--fold {options.fold}: expected a number from 1 to that of --folds, which is "
            f"{options.folds or 'missing'}"
        )
    if options.dataset == FOLDER:
        refuse_among_images("--out_dir", options.folder, folders_of(options))
        if options.val_examples is not None:
            raise CommandError(
                f"--val_examples does not go with --dataset {FOLDER}; --split says how many images "
                "validate"
            )
        from lenet.training.build import refuse_image_size

        try:
            # Before minutes of decoding.
            refuse_image_size(options.image_size or DEFAULT_SIZE, options)
        except ValueError as error:
            raise CommandError(f"--image_size: {error}") from error
    return named_dataset(options)


def folders_of(options: RunOptions) -> list[tuple[str, Path]]:
    """Return the folders of one's own images, each with its flag."""
    names = ("image_dir", "valid_dir", "test_dir")
    return [(f"--{name}", path) for name in names for path in getattr(options, name) or ()]


def refuse_among_images(flag: str, place: Path, folders: Sequence[tuple[str, Path]]) -> None:
    """Raise `CommandError` if the output would be one of the next run's classes."""
    for name, folder in folders:
        if place.resolve().is_relative_to(folder.resolve()):
            raise CommandError(
                f"{flag} {place}: lies in {name} {folder}, whose folders are classes; choose another "
                f"{flag}"
            )


def named_dataset(options: RunOptions) -> Dataset:
    """Return a data set by its name, or that of one's own images.

    The flags about one's own images name its folders.

    Raises
    ------
    CommandError, DataError
        If they do not go together, or it cannot be loaded.
    """
    is_file = is_array_file(options.dataset)
    if options.labels is not None and not options.image_dir and not is_file:
        raise CommandError(
            f"--labels {shown(options.labels)}: expected --image_dir DIR, the folder that its paths begin at"
        )
    if options.dataset != FOLDER:
        for name in FOLDER_FLAGS:
            if getattr(options, name) not in (None, False) and not (is_file and name in FILE_FLAGS):
                raise CommandError(
                    f"--{name} goes with the data set {FOLDER}, not with {shown(options.dataset)}"
                )
        if is_file:
            return dataset_of_file(options)
        return load_dataset(options.dataset, options.data_dir)
    if not options.image_dir:
        raise CommandError(
            f"data set {FOLDER}: expected --image_dir DIR, a folder with a sub-folder for each class"
        )
    cache = options.cache_dir or data_folder(options.data_dir) / CACHE
    refuse_among_images("--cache_dir", cache, folders_of(options))
    given: dict[str, Any] = {
        "size": options.image_size,
        "channels": options.channels,
        "shares": options.split,
        "epsilon": options.epsilon,
        "pages": options.pages,
    }
    dataset = load_image_folder(
        options.image_dir,
        **{name: value for name, value in given.items() if value is not None},
        keep_aspect=None if options.stretch is None else not options.stretch,
        seed=options.seed,
        strict=options.strict,
        cache_dir=cache,
        threads=options.threads,
        valid_folders=options.valid_dir or (),
        test_folders=options.test_dir or (),
        group=options.group,
        corrections=options.corrections or (),
        labels_file=options.labels,
        rule=options.rule,
        class_names=begun_with(options.resume),
    )
    if options.split is not None and PARTS[VALIDATION] in dataset.origin.get("parts", ()):
        raise CommandError(
            f"--split {' '.join(f'{share:g}' for share in options.split)}: the folders have a split of their "
            "own, which stays as it is; leave --split out"
        )
    flags = [f"--{name}" for name in ("range", "bits") if getattr(options, name) is not None]
    lines = (*range_warnings(dataset, "".join(flags)), *split_warnings(dataset))
    return replace(dataset, warnings=(*dataset.warnings, *lines))


def dataset_of_file(options: RunOptions) -> Dataset:
    """Return the data set of the file that the options name.

    Raises
    ------
    CommandError, DataError
        If it cannot be loaded, or has a split of its own beside that of the options.
    """
    from lenet.data.array_dataset import load_array_file

    dataset = load_array_file(
        options.dataset,
        size=options.image_size,
        shares=options.split or SHARES,
        epsilon=options.epsilon,
        seed=options.seed,
    )
    from lenet.training.build import refuse_image_size

    try:
        refuse_image_size(dataset.size, options)
    except ValueError as error:
        raise CommandError(
            f"{shown(dataset.name)}: {error}; --image_size {DEFAULT_SIZE} scales them"
        ) from error
    if options.split is not None and "split" not in dataset.origin:
        raise CommandError(
            f"--split {' '.join(f'{share:g}' for share in options.split)}: {shown(dataset.name)} has parts of its "
            "own, which stay as they are; leave --split out"
        )
    return dataset


def begun_with(run: Path | None) -> Sequence[str] | None:
    """Return the classes of a run that is gone on with; None without one."""
    for file in (run / LAST, *sorted(run.glob(f"*/{LAST}"))) if run else ():
        if file.exists():
            names = checkpoint.load(file).attributes.get("class_names")
            return None if names is None else tuple(map(str, names))
    return None


def learnt_dataset(
    attributes: Mapping[str, Any],
    *,
    name: str = "",
    image_dir: Sequence[Path] = (),
    data_dir: Path | None = None,
    cache_dir: Path | None = None,
    threads: int = 1,
) -> Dataset:
    """Return images for a trained network.

    They are those that it has learnt from, in their parts, or others.

    Parameters
    ----------
    attributes : mapping
        Of the network's file.
    name : str
        Of another data set.
    image_dir : sequence of Path
        Other folders; unless they have the very images that the network has learnt from, all are in the
        test part.
    data_dir, cache_dir : Path, optional
    threads : int

    Raises
    ------
    CheckpointError, CommandError, DataError
        If the file does not say which, if they do not go together, or cannot be loaded.
    """
    file = "" if image_dir or name else attributes.get(FILE, "")
    name = name or file or (FOLDER if image_dir else attributes["dataset"])
    if is_array_file(name):
        return learnt_file(attributes, name, has_named=not file)
    if name != FOLDER:
        if image_dir:
            raise CommandError(f"--image_dir goes with the data set {FOLDER}, not with {name}")
        dataset = load_dataset(name, data_dir)
        return in_fold(dataset, attributes) if name == attributes["dataset"] else dataset
    folders = image_dir or attributes.get("image_dir")
    others = {} if image_dir else attributes
    if not folders:
        raise CommandError(
            f"data set {FOLDER}: expected --image_dir DIR, a folder with a sub-folder for each class"
        )

    rule = learnt_rule(attributes)

    def load(group: int | str | Path | None = None, corrections: Sequence[int] = ()) -> Dataset:
        """Load the images as the network takes them, with groups and corrections."""
        return load_image_folder(
            folders,
            size=attributes["size"],
            channels=ALL if attributes.get(KEPT) else attributes["channels"],
            kept=attributes["channels"],
            pages=attributes.get("pages"),
            keep_aspect=attributes.get("keep_aspect", True),
            shares=None,
            class_names=attributes["class_names"],
            cache_dir=cache_dir or data_folder(data_dir) / CACHE,
            threads=threads,
            rule=rule,
            valid_folders=others.get("valid_dir", ()),
            test_folders=others.get("test_dir", ()),
            labels_file=Path(others[LABELS_FILE]) if LABELS_FILE in others else None,
            group=group,
            corrections=corrections,
        )

    dataset = load()
    if dataset.origin["images_digest"] != attributes.get("images_digest"):
        for folder in dataset.origin["image_dir"]:
            if folder in attributes.get("image_dir", ()):
                # All of them would test, those that it was trained on among them.
                raise CheckpointError(
                    f"{folder}: its images have changed since the network learnt from them, and its test "
                    "images cannot be found again; bring them back, or name another folder as --image_dir"
                )
        return adapted(dataset, rule)
    group, corrections = attributes.get("group"), attributes.get("corrections", ())
    if group is not None or len(corrections):
        dataset = load(None if group is None else group_option(group), corrections)
        if dataset.origin.get("groups_digest") != attributes.get("groups_digest"):
            raise CheckpointError(
                f"--group {group}: the groups have changed since the network learnt, and its "
                "test images cannot be found again; bring them back, or name another folder as --image_dir"
            )
    shares, seed = saved(attributes, "split", "split_seed")
    # As they were when they were made, however far apart.
    return in_fold(split_images(dataset, shares, seed, epsilon=1.0), attributes)


def learnt_file(attributes: Mapping[str, Any], name: str, has_named: bool) -> Dataset:
    """Return the images of a file for a trained network.

    They are in their parts if it has learnt from them.

    Parameters
    ----------
    attributes : mapping
        Of the network's file.
    name : str
        The file.
    has_named : bool
        Whether the user has named it; it may then hold other images.

    Raises
    ------
    CheckpointError, DataError
        If its images are not those that they were, or it cannot be loaded.
    """
    from lenet.data.array_dataset import load_array_file, split_training, split_whole

    dataset = load_array_file(name, size=attributes["size"], shares=None)
    if dataset.origin["images_digest"] != attributes.get("images_digest"):
        if os.path.abspath(name) == attributes.get(FILE):
            raise CheckpointError(
                f"{shown(name)}: its images have changed since the network learnt from them, and its test images "
                "cannot be found again; bring them back, or name another file as --dataset"
            )
        return dataset
    if "split" in attributes:
        shares, seed = saved(attributes, "split", "split_seed")
        if len(dataset.train.labels):
            dataset = split_training(dataset, shares, seed)
        else:
            dataset = split_whole(dataset, shares, seed, epsilon=1.0)
    return in_fold(dataset, attributes)


def in_fold(dataset: Dataset, attributes: Mapping[str, Any]) -> Dataset:
    """Return a data set in the parts of a fold, if a network has learnt one."""
    if "fold" not in attributes:
        return dataset
    # As it was when it was made, however far apart the classes' shares.
    folds, fold, seed = saved(attributes, "folds", "fold", "fold_seed")
    return fold_of(dataset, folds, fold, seed, epsilon=1.0)


def saved(attributes: Mapping[str, Any], *names: str) -> list[Any]:
    """Return some attributes of a network's file.

    Raises
    ------
    CheckpointError
        If one is missing.
    """
    for name in names:
        if name not in attributes:
            raise CheckpointError(
                f"the network's file lacks the attribute {name}; save the model with lenet-train"
            )
    return [attributes[name] for name in names]
