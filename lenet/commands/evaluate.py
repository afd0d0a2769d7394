"""Command line `lenet-evaluate`: how often, and where, a trained network is wrong."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet.commands.base import Parser, parse
from lenet.commands.evaluation_text import score_rows, table_rows, text_report
from lenet.commands.flags import add_batch_size, add_flags, add_part, add_tta, run_flags
from lenet.commands.output import add_output_flags, check_output_flags, wants_text, write_results
from lenet.commands.trained_network import FOLDS, add_trained_network, choose_run
from lenet.commands.trust_flags import add_reject, check_trust_flags, with_share
from lenet.errors import CommandError
from lenet.terminal import complain, run_command, say
from lenet.text import counted, csv_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lenet.commands.judged_images import JudgedImages
    from lenet.data.dataset import Dataset, Split
    from lenet.report.judgement import Accepted
    from lenet.runs.ensemble import TrainedModel

PROGRAM = "lenet-evaluate"
SPLITS = {"train": "training", "valid": "validation", "test": "test"}

DESCRIPTION = """\
Measure a network that lenet-train has saved: the share of wrong predictions; for each class its
precision (of the images taken for the class, those that are of it), its recall (of the images of the
class, those that were taken for it) and F1, their harmonic mean; and the confusion matrix, how many
images of each class were taken for each class. Beside it, how far the network's probabilities can be trusted.

Of the run of a cross-validation (--folds), each image is judged by the network that was not trained on it; other
images by all of its networks together."""
EPILOG = """\
examples:
  lenet-evaluate
  lenet-evaluate runs/small --part validation --out confusion.png
  lenet-evaluate runs/digits --dataset mnist --part all --json scores.json
  lenet-evaluate runs/photographs --part all --predictions predictions.csv
  lenet-evaluate runs/photographs new-photographs
  lenet-evaluate runs/photographs --reject 0.02 --html evaluation.html
  lenet-evaluate runs/folds"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add_trained_network(parser, what=FOLDS)
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="DIR",
        help="other images of one's own to classify, as with --image_dir",
    )
    run_flags()["dataset"].add_to(
        parser,
        default=None,
        help="images to classify (default: the data set that the network has learnt)",
    )
    run_flags()["image_dir"].add_to(
        parser,
        default=(),
        help="folders with a sub-folder for each class (default: those that the network has learnt)",
    )
    add_part(
        parser,
        "part of the data set (default: test; all of an --image_dir with other images than the network "
        "has learnt)",
        "all",
    )
    add_tta(parser)
    add_reject(parser, "leave out")
    group = parser.add_argument_group("what is written")
    group.add_argument(
        "--out",
        "--figure",
        dest="figure",
        type=Path,
        metavar="FILE.png",
        help="draw the confusion matrix into a PNG file",
    )
    group.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE.csv",
        help="write a line for each image into a CSV file: its part, file and class, the predicted class and "
        "the probability of each class",
    )
    group.add_argument(
        "--mistakes",
        type=Path,
        metavar="FILE.csv",
        help="write a line for each image that is taken for another class into a CSV file, by cell of the confusion "
        "matrix",
    )
    group.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="write all of it as one HTML file, with the images of each wrong cell of the confusion matrix, the "
        "reliability diagram and the curve of risk and coverage",
    )
    add_output_flags(group)
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
        0; 1 if the model or the data could not be read or the results not be written, with the reason
        on standard error; 130 after Ctrl-C. Wrong arguments raise SystemExit with status 2, as argparse
        does.
    """
    parser = make_parser()
    arguments = parse(parser, with_share(argv))
    check_output_flags(parser, arguments)
    check_trust_flags(parser, arguments)
    choose_run(parser, arguments, "folders", newest=True)
    arguments.image_dir = [*arguments.folders, *arguments.image_dir]
    if arguments.figure is not None and arguments.figure.suffix.lower() != ".png":
        parser.error(f"argument --out: expected a name that ends with .png, got {arguments.figure}")
    return run_command(PROGRAM, lambda: evaluate(arguments))


def evaluate(arguments: argparse.Namespace) -> int:
    """Evaluate a network as the arguments say and return the exit status.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    model, dataset = load_trained(PROGRAM, arguments)

    from lenet.commands.judged_images import judged_images
    from lenet.commands.trust_flags import REJECT, kept_fit
    from lenet.files import write_atomically

    for problem in dataset.problems:
        complain(PROGRAM, f"left out: {problem}")
    for warning in dataset.warnings:
        complain(PROGRAM, warning)
    refuse_other_images(dataset, model)
    accepted = None
    if arguments.reject is not None:
        kept_fit(model, REJECT).threshold_for(arguments.reject)  # before minutes of computing
    judged = judged_images(arguments, model, dataset)
    if arguments.reject is not None:
        accepted = judged.judgement.accepted(arguments.reject)
    name, counts, scores = judged.name, judged.counts, judged.scores
    if wants_text(arguments):
        say(text_report(model, f"{dataset.name}, {name}", judged, accepted))
    rows = table_rows(model.class_names, counts, scores)
    content = {
        "model": str(model.path),
        "dataset": dataset.name,
        "split": name,
        **({"versions": model.n_versions} if arguments.tta else {}),
        **judged.judgement.content,
        **({} if accepted is None else accepted.content),
        "classes": [dict(zip(rows[0][:5], row[:5], strict=True)) for row in rows[1:]],
        "confusion": counts.tolist(),
    }
    write_results(arguments, rows, content)
    results = (judged.splits, judged.probabilities, model.class_names)
    if arguments.predictions is not None:
        from lenet.report.predictions import prediction_rows

        write_atomically(arguments.predictions, csv_lines(prediction_rows(*results)).encode())
    if arguments.mistakes is not None:
        from lenet.report.predictions import mistake_rows

        write_atomically(arguments.mistakes, csv_lines(mistake_rows(*results)).encode())
    if arguments.figure is not None or arguments.html is not None:
        from lenet.report.figures import confusion_matrix

        predictions = judged.probabilities.argmax(axis=1)
        picture = confusion_matrix(judged.judgement.labels, predictions, model.class_names)
        if arguments.figure is not None:
            write_atomically(arguments.figure, picture)
        if arguments.html is not None:
            write_html(arguments.html, dataset, judged, accepted, picture)
    return 0


def write_html(
    path: Path,
    dataset: "Dataset",
    judged: "JudgedImages",
    accepted: "Accepted | None",
    confusion: bytes,
) -> None:
    """Write the page of an evaluation.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    from lenet.report.confused import confused_pairs
    from lenet.report.dataset import heading_name
    from lenet.report.evaluation_page import write_evaluation

    images, labels = judged.joined
    pairs = confused_pairs(
        images,
        labels,
        judged.probabilities,
        judged.class_names,
        SPLITS.get(judged.name, judged.name),
    )
    name = heading_name(dataset.name, dataset.origin.get("image_dir", ()))
    about = f"{judged.model}. {counted(len(labels), 'image')}: {name}, {judged.name}."
    title = f"Evaluation on {name}"
    classes = score_rows(judged.class_names, judged.scores)
    write_evaluation(path, title, about, judged.judgement, confusion, pairs, classes, accepted)


def load_trained(program: str, arguments: argparse.Namespace) -> tuple["TrainedModel", "Dataset"]:
    """Return the network that the arguments name, and the images to evaluate it on.

    Parameters
    ----------
    program : str
        Who warns of the backend.
    arguments : argparse.Namespace
        With model_save_path, backend and threads, and with dataset, image_dir, data_dir and cache_dir.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    from lenet.compile.backends import select_backend

    backend = select_backend(arguments.backend, arguments.threads)
    if backend.warning:
        complain(program, backend.warning)

    from lenet.runs.ensemble import load_model

    model = load_model(arguments.model_save_path, backend.mode)
    return model, learnt_by(model.attributes, arguments)


def learnt_by(attributes: "Mapping[str, Any]", arguments: argparse.Namespace) -> "Dataset":
    """Return the images on which a network of some attributes is evaluated."""
    from lenet.commands.chosen_dataset import learnt_dataset

    return learnt_dataset(
        attributes,
        name=arguments.dataset,
        image_dir=arguments.image_dir or (),
        data_dir=arguments.data_dir,
        cache_dir=arguments.cache_dir,
        threads=arguments.threads,
    )


def refuse_other_images(dataset: "Dataset", model: "TrainedModel") -> None:
    """Raise `CommandError` if a network does not fit a data set's images or classes."""
    theirs, ours = ((d.channels, d.size) for d in (dataset, model))
    if theirs != ours:
        raise CommandError(
            f"data set {dataset.name} has images of {picture_size(*theirs)}, but {model.path} takes "
            f"{picture_size(*ours)}: choose a --dataset like {model.dataset}"
        )
    if tuple(dataset.class_names) != model.class_names:
        raise CommandError(
            f"data set {dataset.name} has the classes {some(dataset.class_names)}, but {model.path} "
            f"knows {some(model.class_names)}: choose a --dataset like {model.dataset}"
        )


def picture_size(channels: int, size: int) -> str:
    """Return the shape of an image in words."""
    return f"{channels} x {size} x {size}"


def some(names: Sequence[str]) -> str:
    """Return the first names of a list."""
    return ", ".join(names[:3]) + (f" ... ({len(names)})" if len(names) > 3 else "")


def choose_splits(dataset: "Dataset", name: str | None) -> tuple[str, dict[str, "Split"]]:
    """Return the name of one part of a data set, or of all, and its splits by name.

    Images that have no parts are one split.

    Raises
    ------
    CommandError
        If the part is empty.
    """
    is_whole = not len(dataset.train.labels)
    if name in (None, "all"):
        name = "all" if is_whole or name else "test"
    elif is_whole:
        raise CommandError(
            f"--part {name}: the network has learnt from other images than those in --image_dir, which "
            "have no parts; choose --part all"
        )
    from lenet.data.dataset import joined_splits

    splits = {part: getattr(dataset, part) for part in SPLITS if name in ("all", part)}
    splits = {part: split for part, split in splits.items() if len(split.labels)}
    if not splits:
        raise CommandError(
            f"no {name} images: the network was trained without any; choose --part validation, or name "
            "a folder of other images"
        )
    if is_whole:
        return name, {"all": joined_splits(*splits.values())}
    return name, {SPLITS[part]: split for part, split in splits.items()}
