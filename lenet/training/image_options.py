"""Options of a training run about one's own images."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lenet.data.dataset import is_array_file
from lenet.data.image_groups import group_option
from lenet.data.page_choice import ALL, PAGES
from lenet.data.range_rule import Rule, rule_of
from lenet.data.registry import SHORT_LIST, dataset_name, question
from lenet.text import shown
from lenet.training.flag_fields import flag, integer, share

OWN_IMAGES = "one's own images"
MAX_IMAGE_SIZE = 1024
EXPECTED = f"expected {SHORT_LIST}; or a file .npz, .h5 or .csv; or folder, with --image_dir"


def channels_option(text: str) -> int | str:
    """Return the value of ``--channels`` from its text."""
    return int(text) if text.isdecimal() else text


def dataset_option(text: str) -> str:
    """Return the value of ``--dataset``: a known name, or the path of a file.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is neither.
    """
    name = dataset_name(text)
    if name is not None:
        return name
    if is_array_file(text):
        return os.path.abspath(text)
    if os.path.isdir(text):
        raise argparse.ArgumentTypeError(
            f"{shown(text)} is a folder; name one of pictures as --image_dir, and that of published files as "
            "--data_dir"
        )
    raise argparse.ArgumentTypeError(f"no data set {text!r}: {question(text) or EXPECTED}")


@dataclass(frozen=True)
class ImageOptions:
    """Folders of one's own images, and how their pictures are read and split.

    Attributes are flags of `lenet-train`, each explained beside it.
    """

    image_dir: Sequence[Path] | None = flag(
        None,
        "learn one's own images: folders with a sub-folder for each class, the same in each, or with train, val and "
        "test above the classes, that hold TIFF (each page is an image), PNG, JPEG, WebP, AVIF, JPEG 2000, BMP or GIF files",
        OWN_IMAGES,
        type=Path,
        nargs="+",
        metavar="DIR",
    )
    valid_dir: Sequence[Path] | None = flag(
        None,
        "folders of validation images, with the classes of --image_dir, which then has training images",
        OWN_IMAGES,
        type=Path,
        nargs="+",
        metavar="DIR",
    )
    test_dir: Sequence[Path] | None = flag(
        None,
        "folders of test images, likewise",
        OWN_IMAGES,
        type=Path,
        nargs="+",
        metavar="DIR",
    )
    labels: Path | None = flag(
        None,
        "take the classes from a CSV file with the columns path and label, of pictures in one folder, --image_dir, where "
        "the paths begin; columns split (train, val or test) and group may be beside them",
        OWN_IMAGES,
        type=Path,
        metavar="FILE.csv",
    )
    image_size: int | None = flag(
        None,
        "side of the square that pictures are scaled to (default: 32; that of the images in a file of --dataset)",
        OWN_IMAGES,
        type=integer(1, MAX_IMAGE_SIZE),
        metavar="PIXELS",
    )
    channels: int | str | None = flag(
        None,
        "1 for gray images, 3 for colours, all to keep the 2 to 16 channels of TIFF files, such as fluorescence, each "
        "with a range of its own: samples of a pixel, or pages by ImageJ's or OME's description (default: 3)",
        OWN_IMAGES,
        type=channels_option,
        choices=(1, 3, ALL),
    )
    pages: str | None = flag(
        None,
        "pages of a TIFF file, or planes of a stack: all are an image each, and in one part, in folds too, like a "
        "group; the first is the image; or project: the lightest value of all of them, pixel by pixel (default: all, "
        "but for classes with too few files, whose pages may come into several parts)",
        OWN_IMAGES,
        choices=PAGES,
    )
    stretch: bool | None = flag(
        None,
        "stretch pictures that are not square (default: frame them with the colour of their border, but for pictures "
        "that were stretched before, at random: what they show is wider where they are)",
        OWN_IMAGES,
        type=bool,
    )
    split: Sequence[float] | None = flag(
        None,
        "shares of training, validation and test images (default: 60 30 10; 80 20 0 is without test images); each part "
        "has the same shares of the classes, and pages of a file or copies of a picture stay together",
        OWN_IMAGES,
        type=float,
        nargs=3,
        metavar="PERCENT",
    )
    group: int | str | Path | None = flag(
        None,
        "keep images of one slide, plate or patient in one part, in folds too: a level of folders below the classes "
        "(1), a regular expression for paths in --image_dir, such as '(?P<group>slide[0-9]+)', or a CSV file with the "
        "columns path and group",
        OWN_IMAGES,
        type=group_option,
        metavar="LEVEL|PATTERN|FILE.csv",
    )
    corrections: Path | None = flag(
        None,
        "correct labels by a CSV file with the columns file and label: a class, or 'leave out'; such as the "
        "suspects that lenet explore --csv writes, with the column label filled in",
        OWN_IMAGES,
        type=Path,
        metavar="FILE.csv",
    )
    epsilon: float | None = flag(
        None,
        "how far the share of a class in one part may be from that in another (default: 0.05, or "
        "what two images are of the smallest part)",
        OWN_IMAGES,
        type=share,
        metavar="SHARE",
    )
    range: Sequence[str] | None = flag(
        None,
        "values of pictures of more than 8 bits that become black and white, one range for all; or "
        "each: by the type of number or picture by picture, as earlier versions did (default: what "
        "tags of the files say, else nearly all values of the training images)",
        OWN_IMAGES,
        nargs="+",
        metavar=("LOW", "HIGH"),
    )
    bits: int | None = flag(
        None,
        "depth of pictures of more than 8 bits, such as 12 of a camera: --range 0 4095",
        OWN_IMAGES,
        type=integer(1, 32),
        metavar="N",
    )
    strict: bool = flag(
        False,
        "refuse folders with pictures that cannot be read (default: name them and leave them out)",
        OWN_IMAGES,
    )
    cache_dir: Path | None = flag(
        None,
        "where decoded images are kept, for the next run; they may be deleted (default: "
        "image_folders in --data_dir)",
        OWN_IMAGES,
        type=Path,
        metavar="DIR",
    )

    @property
    def rule(self) -> Rule:
        """Rule by which deep values become bytes, of --range and --bits."""
        return rule_of(self.range, self.bits)
