"""Command line `lenet-explore`: look at the images of a data set.

It is for the time before a network learns them, and after.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.commands.base import Parser, parse
from lenet.commands.flags import add_batch_size, add_flags, run_flags
from lenet.commands.output import add_output_flags, check_output_flags, wants_text, write_results
from lenet.commands.trained_network import FOLDS, add_trained_network, choose_run, is_run
from lenet.data.dataset import is_array_file
from lenet.data.registry import SHORT_LIST, dataset_name, question
from lenet.terminal import complain, run_command, say
from lenet.text import shown
from lenet.training.image_options import EXPECTED, dataset_option

if TYPE_CHECKING:
    import numpy as np

    from lenet.data.dataset import Dataset
    from lenet.data.indexed_images import Images

PROGRAM = "lenet-explore"
FOLDER = "folder"
OF_THE_NETWORK = (
    *("image_size", "channels", "pages", "stretch", "split", "epsilon", "range", "bits"),
    *("valid_dir", "test_dir", "labels", "group", "corrections", "strict"),
)

DESCRIPTION = """\
Look at a data set: images by class and part, values of the pixels, sizes of the files, exact and near
duplicates, and images that may be mislabelled, because their nearest neighbours are of another class or
because a trained network is sure that they are, or, of the run of a cross-validation, one that was not trained on
them. All of it is printed, and written as one HTML page
with the images that it is about."""
EPILOG = f"""\
examples:
  {PROGRAM} mnist
  {PROGRAM} my_photos --image_size 64 --out photos.html
  {PROGRAM} --image_dir site-a site-b
  {PROGRAM} runs/cifar10 --csv suspects.csv
  {PROGRAM} runs/folds --csv suspects.csv"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument(
        "dataset",
        nargs="?",
        metavar="DATASET",
        help=f"a data set by name: {SHORT_LIST}; a file .npz, .h5 or .csv; {FOLDER}, for the folders of --image_dir; or "
        "such a folder itself (default: that of --image_dir, or what RUN has learnt)",
    )
    add_trained_network(parser, "no network is asked", what=FOLDS)
    group = parser.add_argument_group("one's own images")
    add_flags(group, "--image_dir", "--valid_dir", "--test_dir", "--labels", "--image_size")
    add_flags(group, "--channels", "--pages")
    add_flags(group, "--stretch", "--split", "--group", "--corrections", "--epsilon")
    add_flags(group, "--range", "--bits", "--strict")
    add_flags(group, "--cache_dir")
    group = parser.add_argument_group("what is written")
    group.add_argument(
        "--out",
        type=Path,
        metavar="FILE.html",
        help="the page; one that is there is replaced (default: explore-DATASET.html in the current "
        "folder)",
    )
    add_output_flags(group)
    group = parser.add_argument_group("further options")
    add_flags(group, "--data_dir")
    run_flags()["seed"].add_to(
        group, help="decides which images are in which part (default: %(default)s)"
    )
    add_batch_size(group)
    add_flags(group, "--backend", "--threads")
    return parser


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked arguments, among them a name of a data set and a page."""
    parser = make_parser()
    arguments = parse(parser, argv)
    check_output_flags(parser, arguments)
    first: str | None = arguments.dataset
    is_name = first is not None and dataset_name(first)
    if first is not None and not is_name and arguments.run is None and is_run(Path(first)):
        arguments.dataset, arguments.run = None, Path(first)
    choose_run(parser, arguments)
    if arguments.dataset is None:
        if arguments.image_dir is not None:
            arguments.dataset = FOLDER
        elif arguments.model_save_path is None:
            parser.error("expected a DATASET, a folder of images or the RUN of a trained network")
    called: str | None = arguments.dataset
    if called is not None and (dataset_name(called) or is_array_file(called)):
        arguments.dataset = dataset_option(called)
    elif called is not None:
        if not os.path.isdir(called):
            parser.error(f"no data set and no folder {called!r}: {question(called) or EXPECTED}")
        if arguments.image_dir is not None:
            parser.error(
                f"argument --image_dir: {called} is a folder, too; expected the name {FOLDER} before it"
            )
        arguments.dataset, arguments.image_dir = FOLDER, [Path(called)]
    if arguments.out is not None and arguments.out.suffix.lower() != ".html":
        parser.error(f"argument --out: expected a name that ends with .html, got {arguments.out}")
    if arguments.model_save_path is not None:
        for name in OF_THE_NETWORK:
            if getattr(arguments, name) not in (None, False):
                parser.error(f"argument --{name}: not with a trained network, which decides on it")
    return arguments


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if the images or the network cannot be read or the results not be written, with the reason
        on standard error; 130 after Ctrl-C. Wrong arguments raise SystemExit with status 2, as argparse
        does.
    """
    arguments = parse_arguments(argv)
    return run_command(PROGRAM, lambda: explore(arguments))


def explore(arguments: argparse.Namespace) -> int:
    """Explore a data set as the arguments say and return the exit status.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    from lenet.explore.findings import explore_album
    from lenet.explore.index import DatasetIndex
    from lenet.explore.page import write_exploration
    from lenet.explore.report import csv_rows, json_content, text_report

    dataset, probabilities, out_of_fold = images_and_network(arguments)
    for problem in dataset.problems:
        complain(PROGRAM, f"left out: {problem}")
    for warning in dataset.warnings:
        complain(PROGRAM, warning)
    findings = explore_album(
        DatasetIndex(dataset), arguments.model_save_path, probabilities, out_of_fold
    )
    if wants_text(arguments):
        say(text_report(findings))
    write_results(arguments, csv_rows(findings), json_content(findings))
    page = arguments.out or Path(f"explore-{dataset.name}.html")
    write_exploration(page, findings)
    if wants_text(arguments):
        say(f"\nall of it as a page: {shown(page)}")
    return 0


def images_and_network(
    arguments: argparse.Namespace,
) -> tuple["Dataset", Callable[["Images"], "np.ndarray"] | None, "np.ndarray | None"]:
    """Return the data set, and what a trained network says of images, if there is one.

    Of the images of a cross-validation, which then are one part, it is what their folds' networks say.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError
        If they cannot be loaded or do not go together.
    """
    if arguments.model_save_path is None:
        from lenet.commands.chosen_dataset import named_dataset
        from lenet.commands.flags import options_of

        return named_dataset(options_of(vars(arguments))), None, None

    from lenet.commands.evaluate import load_trained, refuse_other_images
    from lenet.commands.judged_images import folds_of, is_learnt
    from lenet.runs.ensemble import Ensemble

    model, dataset = load_trained(PROGRAM, arguments)
    refuse_other_images(dataset, model)
    if isinstance(model, Ensemble) and is_learnt(model, dataset):
        found = folds_of(arguments, model, dataset)
        return found.whole(dataset), None, found.probabilities
    return dataset, lambda images: model.probabilities(images, arguments.batch_size), None
