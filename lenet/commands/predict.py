"""Command line `lenet-predict`: what a trained network sees in pictures."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.commands.base import Parser, parse
from lenet.commands.film_flags import add_film_flags, check_film_flags, wants_film
from lenet.commands.flags import add_batch_size, add_flags, add_tta, run_flags
from lenet.commands.output import add_output_flags, check_output_flags, wants_text, write_results
from lenet.commands.picture_answers import (
    Picture,
    answers_of_pictures,
    entries,
    predicted_names,
    table_rows,
    write_boxes,
)
from lenet.commands.preparation import INVERTED, keeps_aspect, prepared
from lenet.commands.trained_network import FOLDS, RUNS, add_trained_network, choose_run
from lenet.commands.trust_flags import (
    add_calibrated,
    add_reject,
    check_trust_flags,
    trusted,
    with_share,
)
from lenet.terminal import FAILED, complain, run_command, say
from lenet.text import listed, shown
from lenet.trained import DEFAULT
from lenet.training.flag_fields import positive_int

if TYPE_CHECKING:
    from lenet.data.sight import Sight
    from lenet.runs.ensemble import TrainedModel

PROGRAM = "lenet-predict"
MAX_NAMES = 3

DESCRIPTION = """\
Say what a network that lenet-train has saved sees in pictures: PNG, JPEG, TIFF, GIF, BMP, WebP, AVIF
or JPEG 2000, of any size, in colour or gray. They are scaled to what the network takes. Films and cameras
are seen frame by frame, with --video and --camera.

A network for digits has learnt from MNIST: light on dark, the digit scaled to a box of 20 x 20 pixels
and its centre of mass in the middle of 28 x 28. Pictures of any other size are taken for paper: it is
found before what lies around it, shadows are taken off, and each digit on it is cut out, scaled and
centred in that way. Several are read line by line, from left to right. Pictures of 28 x 28 are one
digit, and centred if it is off the middle. What was done is said on standard error, and so is what does
not look like a digit.

Each answer has its probability, and says "unsure" below 80 %, with the next class if that is half as
probable."""
EPILOG = """\
examples:
  lenet-predict four.png
  lenet-predict --model mnist-1998 four.png
  lenet-predict runs/small scans/ 'more/*.jpg' --csv digits.csv
  lenet-predict runs/cifar pets/*.jpg --top 3
  lenet-predict runs/small pages.tif --pages all --json
  lenet-predict runs/small form.jpg --boxes seen/
  lenet-predict runs/photographs strange.jpg --reject
  lenet-predict runs/folds new/*.jpg
  lenet-predict runs/cifar --video film.mp4 --out seen.mp4 --csv film.csv
  lenet-predict runs/cifar --camera 0

the exit status is 1 if a picture could not be read, or shows no digit where one is expected; the others are classified all the same."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add_trained_network(parser, f"the newest run below {RUNS}/, else {DEFAULT}", what=FOLDS)
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
        choices=tuple(INVERTED),
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
    run_flags()["pages"].add_to(
        group,
        help="of the pages of a TIFF file take all, one by one, the first, or project: the lightest value of all of "
        "them, pixel by pixel (default: as the network has learnt them with --pages, else the first)",
    )
    group.add_argument(
        "--all_pages",
        dest="pages",
        action="store_const",
        const="all",
        help="--pages all, as it was first spelt",
    )
    add_tta(group)
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
    add_reject(group, 'say "none of these" of')
    add_calibrated(group)
    add_output_flags(group)
    group.add_argument(
        "--boxes",
        type=Path,
        metavar="FOLDER",
        help="write each picture of digits into FOLDER, with a box and the answer at each digit",
    )
    add_film_flags(parser)
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
    arguments = parse(parser, with_share(argv))
    check_output_flags(parser, arguments)
    check_trust_flags(parser, arguments)
    if arguments.run is not None or arguments.input_image or wants_film(arguments):
        choose_run(parser, arguments, "pictures", newest=True, included=True)
    arguments.input_image = [*arguments.pictures, *arguments.input_image]
    check_film_flags(parser, arguments)
    if not arguments.input_image and not wants_film(arguments):
        parser.error("expected IMAGE: pictures to classify, or folders of them")
    return run_command(PROGRAM, lambda: predict(arguments))


def predict(arguments: argparse.Namespace) -> int:
    """Classify pictures as the arguments say and return the exit status.

    Raises
    ------
    BackendError, CheckpointError, OSError
        For what the user can put right.
    """
    if wants_film(arguments):
        from lenet.data.films import pyav

        pyav()  # before what takes longer
    from lenet.compile.backends import select_backend

    backend = select_backend(arguments.backend, arguments.threads)
    if backend.warning:
        complain(PROGRAM, backend.warning)

    import numpy as np

    from lenet.data.sight import sight_of
    from lenet.runs.ensemble import load_model

    model = load_model(arguments.model_save_path, backend.mode)
    if arguments.boxes is not None and not model.sees_digits:
        complain(PROGRAM, "--boxes: the network has learnt no digits; leave the flag out")
        return FAILED
    sight = sight_of(model.attributes, arguments.pages)
    if wants_film(arguments):
        from lenet.commands.film_answers import predict_film

        return predict_film(arguments, model, sight)
    pictures, n_failed = read_pictures(arguments, model, sight)
    if not pictures:
        return FAILED
    tell_changes(pictures, model)
    images = np.stack([picture.image for picture in pictures])
    probabilities = model.probabilities(images, arguments.batch_size, arguments.tta)
    probabilities, is_rejected = trusted(arguments, PROGRAM, model, images, probabilities)
    results = (pictures, probabilities, model.class_names)
    if wants_text(arguments):
        told = answers_of_pictures(*results, arguments.top, is_rejected)
        for name, lines in told:
            prefix = "" if len(told) + n_failed == 1 else f"{name}: "
            say("\n".join([prefix + lines[0], *lines[1:]]))
    write_results(
        arguments, table_rows(*results, is_rejected=is_rejected), entries(*results, is_rejected)
    )
    if arguments.boxes is not None:
        best = predicted_names(probabilities, model.class_names, is_rejected)
        write_boxes(arguments.boxes, pictures, best)
    return FAILED if n_failed else 0


def read_pictures(
    arguments: argparse.Namespace, model: "TrainedModel", sight: "Sight"
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
    paths = [entry for entry in found if isinstance(entry, Path)]
    for line in sight.adapt(paths, model.channels, model.size, keeps_aspect(arguments, model)):
        complain(PROGRAM, line)
    if arguments.pages is None and "pages" not in model.attributes:
        from lenet.data.picture_pages import has_several

        several = [shown(path) for path in paths if has_several(path, sight.keep)]
        if several:
            names = listed(several, MAX_NAMES)
            complain(PROGRAM, f"of several pages the first is taken: {names} (see --pages)")
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
    path: Path, arguments: argparse.Namespace, model: "TrainedModel", sight: "Sight"
) -> Iterator[Picture]:
    """Yield what a file shows: the first page, all, or their lightest values.

    That is one picture, or each digit on it.

    Raises
    ------
    ImageError
        If one cannot be read, or shows no digit where there should be one.
    """
    numbers = sight.pages_of(path, model.channels)
    for page in numbers:
        name = shown(path) if len(numbers) == 1 else f"{shown(path)} page {page + 1}"
        keep_aspect = keeps_aspect(arguments, model)
        image = sight.read(path, model.channels, page, model.size, keep_aspect)
        yield from prepared(image, name, (path, page), arguments, model)


def tell_changes(pictures: Sequence[Picture], model: "TrainedModel") -> None:
    """Say on standard error what was done to pictures beside scaling them."""
    as_learnt = f"as the images of {model.dataset} are"
    done = [
        ("inverted to light on dark", " (see --invert)", [p for p in pictures if p.inverted]),
        (
            f"digit cut out, scaled and centred, {as_learnt}",
            " (see --no_centre)",
            [p for p in pictures if p.centred],
        ),
    ]
    done += [
        (f"doubtful, {doubt}", "", [p for p in pictures if p.doubt == doubt])
        for doubt in dict.fromkeys(p.doubt for p in pictures if p.doubt)
    ]
    for text, see, changed in done:
        names = list(dict.fromkeys(picture.name for picture in changed))
        if names:
            complain(PROGRAM, f"{text}: {listed(names, MAX_NAMES)}{see}")
