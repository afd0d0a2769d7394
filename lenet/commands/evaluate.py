"""Command line `lenet-evaluate`: how often, and where, a trained network is wrong."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lenet.commands.base import Parser, parse
from lenet.commands.flags import add_batch_size, add_flags, add_part, run_flags
from lenet.commands.output import add_output_flags, check_output_flags, wants_text, write_results
from lenet.commands.trained_network import add_trained_network, choose_run
from lenet.errors import CommandError
from lenet.report.class_metrics import (
    ClassScore,
    class_scores,
    confusion_counts,
    error_interval,
    interval_text,
)
from lenet.terminal import complain, run_command, say
from lenet.text import counted, csv_lines, shown

if TYPE_CHECKING:
    import numpy as np

    from lenet.data.dataset import Dataset, Split
    from lenet.runs.saved_model import SavedModel

PROGRAM = "lenet-evaluate"
SPLITS = {"train": "training", "valid": "validation", "test": "test"}
SCORES = ("precision", "recall", "f1")
MAX_HEADING, MAX_COLUMNS = 6, 20  # letters of a class, and classes, in a confusion matrix as text

DESCRIPTION = """\
Measure a network that lenet-train has saved: the share of wrong predictions; for each class its
precision (of the images taken for the class, those that are of it), its recall (of the images of the
class, those that were taken for it) and F1, their harmonic mean; and the confusion matrix, how many
images of each class were taken for each class."""
EPILOG = """\
examples:
  lenet-evaluate
  lenet-evaluate runs/small --part validation --out confusion.png
  lenet-evaluate runs/digits --dataset mnist --part all --json scores.json
  lenet-evaluate runs/photographs --part all --predictions predictions.csv
  lenet-evaluate runs/photographs new-photographs"""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG)
    add_trained_network(parser)
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
    arguments = parse(parser, argv)
    check_output_flags(parser, arguments)
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

    from lenet.data.dataset import joined_splits
    from lenet.files import write_atomically

    for problem in dataset.problems:
        complain(PROGRAM, f"left out: {problem}")
    for warning in dataset.warnings:
        complain(PROGRAM, warning)
    refuse_other_images(dataset, model)
    name, splits = choose_splits(dataset, arguments.split)
    split = joined_splits(*splits.values())
    probabilities = model.probabilities(split.images, arguments.batch_size)
    predictions = probabilities.argmax(axis=1)
    counts = confusion_counts(split.labels, predictions, len(model.class_names))
    scores = class_scores(counts)
    if wants_text(arguments):
        say(text_report(model, f"{dataset.name}, {name}", counts, scores))
    rows = table_rows(model.class_names, counts, scores)
    content = {
        "model": str(model.path),
        "dataset": dataset.name,
        "split": name,
        "images": len(split.labels),
        "error": error_of(counts),
        "error_interval": error_interval(wrong_of(counts), len(split.labels)),
        "classes": [dict(zip(rows[0][:5], row[:5], strict=True)) for row in rows[1:]],
        "confusion": counts.tolist(),
    }
    write_results(arguments, rows, content)
    if arguments.predictions is not None:
        from lenet.report.predictions import prediction_rows

        lines = csv_lines(prediction_rows(splits, probabilities, model.class_names))
        write_atomically(arguments.predictions, lines.encode())
    if arguments.figure is not None:
        from lenet.report.figures import confusion_matrix

        picture = confusion_matrix(split.labels, predictions, model.class_names)
        write_atomically(arguments.figure, picture)
    return 0


def load_trained(program: str, arguments: argparse.Namespace) -> tuple["SavedModel", "Dataset"]:
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

    from lenet.commands.chosen_dataset import learnt_dataset
    from lenet.runs.saved_model import SavedModel

    model = SavedModel.load(arguments.model_save_path, backend.mode)
    dataset = learnt_dataset(
        model.attributes,
        name=arguments.dataset,
        image_dir=arguments.image_dir or (),
        data_dir=arguments.data_dir,
        cache_dir=arguments.cache_dir,
        threads=arguments.threads,
    )
    return model, dataset


def refuse_other_images(dataset: "Dataset", model: "SavedModel") -> None:
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


def wrong_of(counts: "np.ndarray") -> int:
    """Return the number of wrong predictions in a confusion matrix."""
    return int(counts.sum() - counts.trace())


def error_of(counts: "np.ndarray") -> float:
    """Return the share of wrong predictions in a confusion matrix."""
    return wrong_of(counts) / int(counts.sum())


def text_report(
    model: "SavedModel", images: str, counts: "np.ndarray", scores: Sequence[ClassScore]
) -> str:
    """Return all results as text."""
    from lenet.text import percent, table

    n, wrong = int(counts.sum()), wrong_of(counts)
    known = [f"{split} error {percent(error)} %" for split, error in model.errors.items()]
    if model.epoch is not None:
        known.insert(0, f"epoch {model.epoch}")
    rows = [["class", "images", "precision %", "recall %", "F1 %"]]
    for name, score in zip(model.class_names, scores, strict=True):
        shares = (score.precision, score.recall, score.f1)
        rows.append([name, f"{score.images:,}", *map(share_text, shares)])
    means = [mean_of([getattr(score, name) for score in scores]) for name in SCORES]
    rows.append(["mean", f"{n:,}", *map(share_text, means)])
    return f"""\
model   {", ".join([shown(model.path), model.dataset, *known])}
data    {images}: {counted(n, "image")}
error   {percent(error_of(counts))} % ({wrong:,} of {n:,} wrong; 95 % interval {interval_text(wrong / n, n)})

{table(rows)}

{confusion_text(model.class_names, counts)}"""


def confusion_text(class_names: Sequence[str], counts: "np.ndarray") -> str:
    """Return the confusion matrix as text; of many classes, its largest wrong cells."""
    from lenet.text import table

    if len(class_names) <= MAX_COLUMNS:
        rows = [["", *(name[:MAX_HEADING] for name in class_names)]]
        for name, row in zip(class_names, counts, strict=True):
            rows.append([name, *(str(count) if count else "." for count in row)])
        return f"images of each class (row) that were taken for each class (column)\n{table(rows)}"
    wrong = counts.copy()
    for k in range(len(wrong)):
        wrong[k, k] = 0
    order = (-wrong).argsort(axis=None, kind="stable")[:MAX_COLUMNS]
    cells = [divmod(int(cell), len(wrong)) for cell in order]
    rows = [["class", "taken for", "images"]]
    rows += [[class_names[k], class_names[j], str(wrong[k, j])] for k, j in cells if wrong[k, j]]
    if len(rows) == 1:
        return "no image was taken for another class"
    return (
        f"the {len(rows) - 1} commonest mistakes; --csv and --json have the whole confusion matrix, --out draws "
        f"it\n{table(rows)}"
    )


def share_text(share: float) -> str:
    """Return a fraction in percent, and a dash for one of nothing."""
    return "-" if math.isnan(share) else f"{100 * share:.2f}"


def mean_of(shares: Sequence[float]) -> float:
    """Return the mean of the fractions that are defined; there is at least one."""
    defined = [share for share in shares if not math.isnan(share)]
    return sum(defined) / len(defined)


def table_rows(
    class_names: Sequence[str], counts: "np.ndarray", scores: Sequence[ClassScore]
) -> list[list[Any]]:
    """Return a row for each class: its scores and its row of the confusion matrix."""
    rows: list[list[Any]] = [
        ["class", "images", *SCORES, *(f"taken for {name}" for name in class_names)]
    ]
    for name, score, row in zip(class_names, scores, counts.tolist(), strict=True):
        shares = (getattr(score, kind) for kind in SCORES)
        defined = [None if math.isnan(share) else share for share in shares]
        rows.append([name, score.images, *defined, *row])
    return rows
