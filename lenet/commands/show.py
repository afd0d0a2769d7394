"""Command line `lenet-show`: a trained network as a page that draws and explains."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.commands.base import Parser, parse
from lenet.commands.flags import add_batch_size, add_flags
from lenet.commands.trained_network import add_trained_network, choose_run
from lenet.errors import CommandError, DataError
from lenet.runs.names import MODEL, PAGE
from lenet.terminal import complain, run_command
from lenet.trained import PLACE

if TYPE_CHECKING:
    from lenet.data.dataset import Dataset
    from lenet.runs.saved_model import SavedModel
    from lenet.show.pictures import ShownPictures

PROGRAM = "lenet-show"
NO_PICTURES = "no pictures of the data set on the page"
DIGITS_SIZE = 28  # of scikit-learn's digits, as they are loaded
DESCRIPTION = """\
Write a trained network as a page, one HTML file that needs nothing else: no Python, no server, no network. It
computes in the browser, with the network's own weights, what lenet-predict says, and shows how:

  draw        with mouse, finger or pen; or drop, choose or paste a picture, or hold it before the camera
  watch       the maps of every layer while you draw; point at a unit, and see what it sees, its filter and its sum
  understand  heat maps of what counts for a class, the smallest change that makes it another, and the training
              pictures that are nearest
  look back   how it has learnt: of a run of lenet-train --show, a slider makes it what it was after any of the
              epochs that were kept; of each run, its curves and the pictures that it takes for others

The page has some images of the data set to begin with, if that is at hand, right ones and mistakes, and up to 300 training
images to compare with. Mind that before you give it away."""
EPILOG = f"""\
examples:
  {PROGRAM}
  {PROGRAM} runs/small
  {PROGRAM} mnist-1998
  {PROGRAM} runs/photographs --no_pictures --out photographs.html"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add_trained_network(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.html",
        help=f"file to write; one that is there is replaced (default: {PAGE} in the folder of the run; of a network "
        "that comes with lenet, in the current folder)",
    )
    parser.add_argument(
        "--no_pictures",
        action="store_true",
        help="leave out all images of the data set",
    )
    group = parser.add_argument_group("further options")
    add_flags(group, "--data_dir", "--cache_dir")
    add_batch_size(group)
    add_flags(group, "--backend", "--threads")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if the network cannot be read or shown, or the file not be written, with the reason on standard error; 130
        after Ctrl-C. Wrong arguments raise SystemExit with status 2, as argparse does.
    """
    parser = make_parser()
    arguments = parse(parser, argv)
    if arguments.out is not None and arguments.out.suffix.lower() not in (".html", ".htm"):
        parser.error(f"argument --out: expected a name that ends with .html, got {arguments.out}")
    choose_run(parser, arguments, newest=True, included=True)
    return run_command(PROGRAM, lambda: show(arguments))


def show(arguments: argparse.Namespace) -> int:
    """Write the page of a network as the arguments say and return the exit status.

    Raises
    ------
    BackendError, CheckpointError, CommandError, OSError
        For what the user can put right.
    """
    from lenet.compile.backends import select_backend

    backend = select_backend(arguments.backend, arguments.threads)
    if backend.warning:
        complain(PROGRAM, backend.warning)

    from lenet.commands.run_page import load_shown, write_page
    from lenet.show.pictures import ShownPictures

    model = load_shown(arguments.model_save_path, backend)
    output: Path = arguments.out or place_of_page(model.path)
    if arguments.no_pictures:
        write_page(PROGRAM, model, output, ShownPictures(), None)
        return 0
    dataset = dataset_of(model, arguments)
    pictures = pictures_of(model, dataset, arguments.batch_size)
    write_page(PROGRAM, model, output, pictures, dataset)
    return 0


def place_of_page(path: Path) -> Path:
    """Return where the page of a network goes.

    In the folder of a run it has the name that its report knows; several networks may lie in one folder
    by other names.
    """
    if path.name == MODEL:
        return path.with_name(PAGE)
    beside = Path(path.name) if path.parent == PLACE else path
    return beside.with_suffix(".html")


def dataset_of(model: "SavedModel", arguments: argparse.Namespace) -> "Dataset | None":
    """Return the network's data set; None, which is said, if it is not at hand."""
    from lenet.commands.chosen_dataset import learnt_dataset
    from lenet.commands.evaluate import refuse_other_images
    from lenet.data.download import without_downloads
    from lenet.errors import CheckpointError

    try:
        with without_downloads():
            dataset = learnt_dataset(
                model.attributes,
                data_dir=arguments.data_dir,
                cache_dir=arguments.cache_dir,
                threads=arguments.threads,
            )
        refuse_other_images(dataset, model)
    except (CheckpointError, CommandError, DataError, OSError) as error:
        has_digits = model.sees_digits and model.size == DIGITS_SIZE
        instead = "the examples on the page are scikit-learn's" if has_digits else NO_PICTURES
        complain(PROGRAM, f"{instead}: {error}")
        return None
    return dataset


def pictures_of(model: "SavedModel", dataset: "Dataset | None", batch_size: int) -> "ShownPictures":
    """Return pictures of a data set.

    Without one there are none, or, for a network of digits, examples of scikit-learn's.
    """
    from lenet.input_pipeline import load_digits
    from lenet.show.pictures import ShownPictures, chosen_pictures

    if dataset is not None:
        return chosen_pictures(model, dataset, batch_size)
    if not model.sees_digits or model.size != DIGITS_SIZE:
        return ShownPictures()
    return ShownPictures(chosen_pictures(model, load_digits(), batch_size).examples)
