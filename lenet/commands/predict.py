"""Command line `lenet-predict`: what a trained network sees in pictures."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lenet.commands.base import Parser, parse
from lenet.commands.flags import add_batch_size, add_flags
from lenet.commands.output import add_output_flags, check_output_flags, wants_text, write_results
from lenet.commands.trained_network import add_trained_network, choose_run
from lenet.terminal import FAILED, complain, run_command, say
from lenet.text import listed, shown
from lenet.training.flag_fields import positive_int

if TYPE_CHECKING:
    import numpy as np

    from lenet.data.sight import Sight
    from lenet.runs.saved_model import SavedModel

PROGRAM = "lenet-predict"
MAX_NAMES = 3
UNSURE = 0.8  # below this probability an answer is marked

DESCRIPTION = """\
Say what a network that lenet-train has saved sees in pictures: PNG, JPEG, TIFF, GIF, BMP, WebP, AVIF
or JPEG 2000, of any size, in colour or gray. They are scaled to what the network takes.

A network for digits has learnt from MNIST: light on dark, the digit scaled to a box of 20 x 20 pixels
and its centre of mass in the middle of 28 x 28. Pictures that are dark on light are inverted, and those
of any other size are cut out, scaled and centred in the same way; what was done is said on standard
error.

Each answer has its probability, and says "unsure" below 80 %."""
EPILOG = """\
examples:
  lenet-predict four.png
  lenet-predict runs/small scans/ 'more/*.jpg' --csv digits.csv
  lenet-predict runs/cifar pets/*.jpg --top 3
  lenet-predict runs/small pages.tif --all_pages --json

the exit status is 1 if a picture could not be read; the others are classified all the same."""


class Picture(NamedTuple):
    """A picture as the network takes it, and what was done to make it so.

    Attributes
    ----------
    name : str
    image : ndarray of uint8, shape (channels, size, size)
    inverted, centred : bool
    """

    name: str
    image: "np.ndarray"
    inverted: bool
    centred: bool


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add_trained_network(parser)
    parser.add_argument(
        "pictures",
        nargs="*",
        type=Path,
        metavar="IMAGE",
        help="pictures: files, folders (all pictures in them and in their folders) or patterns as "
        "'scans/**/*.png'",
    )
    parser.add_argument(
        "--input_image",
        type=Path,
        nargs="+",
        default=[],
        metavar="IMAGE",
        help="IMAGE, as it was first spelt",
    )
    group = parser.add_argument_group("how pictures are prepared")
    group.add_argument(
        "--invert",
        choices=("auto", "yes", "no"),
        default="auto",
        help="make dark light and light dark: always, never, or for digits whose border is nearer to "
        "the lightest than to the darkest tone of the picture (default: %(default)s)",
    )
    group.add_argument(
        "--no_centre",
        action="store_true",
        help="scale pictures of digits as a whole, do not cut out and centre the digit",
    )
    group.add_argument(
        "--stretch",
        action="store_true",
        default=None,
        help="stretch pictures that are not square (default: as the network has learnt them, most often "
        "framed with the colour of their border)",
    )
    group.add_argument(
        "--no_stretch",
        dest="stretch",
        action="store_false",
        default=argparse.SUPPRESS,
        help="frame them, even if the network has learnt them stretched",
    )
    group.add_argument(
        "--all_pages",
        action="store_true",
        help="take all pages of TIFF files (default: the first)",
    )
    group.add_argument(
        "--strict",
        action="store_true",
        help="refuse all pictures if one cannot be read (default: name it and leave it out)",
    )
    group = parser.add_argument_group("what is printed")
    group.add_argument(
        "--top",
        type=positive_int,
        default=1,
        metavar="K",
        help="the K most probable classes (default: %(default)s)",
    )
    add_output_flags(group)
    further = parser.add_argument_group("further options")
    add_batch_size(further)
    add_flags(further, "--backend", "--threads")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if the model or a picture could not be read, with the reason on standard error; 130 after
        Ctrl-C. Wrong arguments raise SystemExit with status 2, as argparse does.
    """
    parser = make_parser()
    arguments = parse(parser, argv)
    check_output_flags(parser, arguments)
    choose_run(parser, arguments, "pictures", newest=True)
    arguments.input_image = [*arguments.pictures, *arguments.input_image]
    if not arguments.input_image:
        parser.error("expected IMAGE: pictures to classify, or folders of them")
    return run_command(PROGRAM, lambda: predict(arguments))


def predict(arguments: argparse.Namespace) -> int:
    """Classify pictures as the arguments say and return the exit status.

    Raises
    ------
    BackendError, CheckpointError, OSError
        For what the user can put right.
    """
    from lenet.compile.backends import select_backend

    backend = select_backend(arguments.backend, arguments.threads)
    if backend.warning:
        complain(PROGRAM, backend.warning)

    import numpy as np

    from lenet.runs.saved_model import SavedModel

    model = SavedModel.load(arguments.model_save_path, backend.mode)
    pictures, n_failed = read_pictures(arguments, model, sight_of(model))
    if not pictures:
        return FAILED
    tell_changes(pictures, model)
    images = np.stack([picture.image for picture in pictures])
    probabilities = model.probabilities(images, arguments.batch_size)
    if wants_text(arguments):
        for picture, found in zip(pictures, probabilities, strict=True):
            line = answer(found, model.class_names, arguments.top)
            say(line if len(pictures) + n_failed == 1 else f"{picture.name}: {line}")
    rows = table_rows(pictures, probabilities, model.class_names)
    header, *values = rows
    content = [dict(zip(header[:3], row[:3], strict=True)) for row in values]
    for entry, picture, row in zip(content, pictures, values, strict=True):
        entry |= {"inverted": picture.inverted, "centred": picture.centred}
        entry["probabilities"] = dict(zip(model.class_names, row[3:], strict=True))
    write_results(arguments, rows, content)
    return FAILED if n_failed else 0


def sight_of(model: "SavedModel") -> "Sight":
    """Return how a network sees the values of pictures."""
    from lenet.data.sight import Sight
    from lenet.data.value_ranges import learnt_rule

    return Sight(learnt_rule(model.attributes))


def read_pictures(
    arguments: argparse.Namespace, model: "SavedModel", sight: "Sight"
) -> tuple[list[Picture], int]:
    """Return the readable pictures, and the number of others, each complained about.

    Raises
    ------
    DataError, ImageError
        For the first that cannot be read, if --strict is among the arguments.
    """
    from lenet.data.picture_search import (
        find_images,
        kinds_left_out,
        other_files,
        refuse_foreign,
    )
    from lenet.errors import ImageError

    found: list[Path | ImageError] = []
    for argument in arguments.input_image:
        try:
            found += find_images(argument)
        except ImageError as error:
            found.append(error)  # which is said in its turn
        if others := other_files(argument):
            refuse_foreign(others, arguments.strict)
            complain(PROGRAM, f"{shown(argument)}: {kinds_left_out(others)}")
    for line in sight.adapt([entry for entry in found if isinstance(entry, Path)]):
        complain(PROGRAM, line)
    pictures: list[Picture] = []
    n_failed = 0
    for entry in found:
        try:
            if isinstance(entry, ImageError):
                raise entry
            # One by one: the pages before a damaged one count.
            for picture in pages(entry, arguments, model, sight):
                pictures.append(picture)  # noqa: PERF402
        except ImageError as error:
            if arguments.strict:
                raise ImageError(f"{error}; --strict refuses all pictures then") from error
            complain(PROGRAM, error)
            n_failed += 1
    return pictures, n_failed


def pages(
    path: Path, arguments: argparse.Namespace, model: "SavedModel", sight: "Sight"
) -> Iterator[Picture]:
    """Yield the first page of a file, or all if the arguments ask for them.

    Raises
    ------
    ImageError
        If one cannot be read, or shows no digit where there should be one.
    """
    from lenet.data.image_files import fit_to, picture_pages
    from lenet.data.mnist_style import centre_digit, is_dark_on_light
    from lenet.errors import ImageError

    are_digits = model.sees_digits
    keep_aspect = model.keep_aspect if arguments.stretch is None else not arguments.stretch
    numbers = picture_pages(path) if arguments.all_pages else [0]
    for page in numbers:
        name = shown(path) if len(numbers) == 1 else f"{shown(path)} page {page + 1}"
        image = sight.read(path, model.channels, page, model.size, keep_aspect)
        inverted = arguments.invert == "yes" or (
            arguments.invert == "auto" and are_digits and is_dark_on_light(image)
        )
        if inverted:
            image = 255 - image
        is_ready = image.shape[1:] == (model.size, model.size)
        centred = are_digits and not arguments.no_centre and not is_ready
        try:
            fitted = (
                centre_digit(image, model.size)
                if centred
                else fit_to(image, model.size, keep_aspect)
            )
        except ImageError as error:
            raise ImageError(f"{name}: {error}") from error
        yield Picture(name, fitted, inverted, centred)


def tell_changes(pictures: Sequence[Picture], model: "SavedModel") -> None:
    """Say on standard error what was done to pictures beside scaling them."""
    as_learnt = f"as the images of {model.dataset} are"
    inverted = [picture.name for picture in pictures if picture.inverted]
    if inverted:
        complain(
            PROGRAM, f"inverted to light on dark: {listed(inverted, MAX_NAMES)} (see --invert)"
        )
    centred = [picture.name for picture in pictures if picture.centred]
    if centred:
        complain(
            PROGRAM,
            f"digit cut out, scaled and centred, {as_learnt}: {listed(centred, MAX_NAMES)} (see --no_centre)",
        )


def answer(probabilities: "np.ndarray", class_names: Sequence[str], top: int) -> str:
    """Return the most probable classes of a picture in words.

    They are marked if none is probable.
    """
    from lenet.data.dataset import DIGIT_NAMES

    best = (-probabilities).argsort(kind="stable")[:top]
    shares = [(class_names[k], f"{100 * probabilities[k]:.1f} %") for k in best]
    mark = ", unsure" if probabilities[best[0]] < UNSURE else ""
    if tuple(class_names) != DIGIT_NAMES:
        return ", ".join(f"{name} {share}" for name, share in shares) + mark
    numbers = ", ".join(f"{name} ({share})" for name, share in shares)
    return f"Predicted Number: {numbers}{mark}"


def table_rows(
    pictures: Sequence[Picture], probabilities: "np.ndarray", class_names: Sequence[str]
) -> list[list[object]]:
    """Return a row of names, and a row of class probabilities for each picture."""
    rows: list[list[object]] = [["file", "prediction", "probability", *class_names]]
    for picture, found in zip(pictures, probabilities, strict=True):
        shares = [round(float(share), 6) for share in found]
        rows.append([picture.name, class_names[int(found.argmax())], max(shares), *shares])
    return rows
