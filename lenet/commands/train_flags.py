"""Flags of `lenet-train`: their parser, presets, and those of a resumed run."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from lenet.augment.transforms import TRANSFORMS, Cutout
from lenet.commands.base import Parser
from lenet.commands.device_flags import HOST_FLAGS, check_devices
from lenet.commands.flags import options_of, run_flags, values_of_file
from lenet.commands.presets import lines_of, read_flags, recipe
from lenet.data.dataset import FOLDER, is_array_file
from lenet.data.registry import dataset_name, question
from lenet.errors import BackendError, CheckpointError, CommandError
from lenet.files import leftovers
from lenet.runs.flag_text import LEFT_OUT
from lenet.runs.names import CONFIG, LOCK, WRITTEN
from lenet.runs.reader import read_config
from lenet.terminal import say
from lenet.text import shown
from lenet.training.choices import FOREIGN
from lenet.training.flag_needs import refuse_without_effect
from lenet.training.image_options import OWN_IMAGES, dataset_option
from lenet.training.options import (
    AUGMENTATION,
    COMPUTATION,
    DEVICES,
    RESULTS,
    RunOptions,
)
from lenet.training.refinement_options import REFINEMENT
from lenet.training.settings import IMAGES, LEARNING, NETWORK
from lenet.training.transfer_options import TRANSFER

PROGRAM = "lenet-train"
PLACES = (
    *(*HOST_FLAGS, "devices", "backend", "threads"),
    *("resume", "out_dir", "model_save_path"),
)

DESCRIPTION = """\
Train LeNet (two convolutions with max-pooling, a third convolution, a fully connected layer and
logistic regression) on small images, with momentum and an L2 penalty. Learning rate and momentum
shrink by 5 % every 10 epochs. The model with the lowest validation error is kept."""
EPILOG = """\
examples:
  lenet-train --dataset cifar10 --data_augm --ncrops 2
  lenet-train digits --nepochs 20 --lwidth 8 16 --out_dir runs/small
  lenet-train mnist --dashboard
  lenet-train fashion_mnist --lr 0.05 --batch_size 100 --threads 4
  lenet-train images.npz --nepochs 20
  lenet-train photographs
  lenet-train source-a source-b --recipe best
  lenet-train --resume runs/small --nepochs 40

lenet-train --help-all explains all flags."""
# The flags of --help; those of --help-all are all.
MAIN_FLAGS = (
    *("dataset", "image_dir", "recipe", "model", "nepochs", "lr", "batch_size", "update"),
    *("data_augm", "batch_norm", "out_dir", "resume", "config"),
)
# Flags of which each is chosen for the others; see `of_own_images`. Cutout goes with any others.
TOGETHER = (
    {"update", "update_options", "lr", "mom", "schedule", "schedule_options", "warmup", "find_lr"},
    {"data_augm", "ncrops", "augment", *(kind.name for kind in TRANSFORMS)} - {Cutout.name},
)
CONTRARY = "turn --{} off, where --config, --recipe or the run of --resume has turned it on"
# Titles of the groups of flags in --help-all, in their order.
GROUPS = (
    *(OWN_IMAGES, NETWORK, TRANSFER, LEARNING, REFINEMENT, IMAGES, AUGMENTATION),
    *(RESULTS, COMPUTATION, DEVICES),
)
DESCRIPTIONS = {
    AUGMENTATION: """\
Training images, and no others, are transformed: each is shown as itself and once in each version, or
by all of these together, drawn anew in every epoch. A range, such as -30 to 30, is any number in it;
a length is in pixels, or below 1 a share of the image's side."""
}


def empty_parser(**keywords: Any) -> Parser:
    """Return a parser with no flags but those that are no flags of a run."""
    parser = Parser(
        prog=PROGRAM,
        usage="%(prog)s [DATASET | DIR ...] [flags]",
        description=DESCRIPTION,
        epilog=EPILOG,
        **keywords,
    )
    parser.add_argument(
        "images",
        nargs="*",
        metavar="DATASET | DIR",
        help="images to learn, as with --dataset, or folders of one's own, as with --image_dir",
    )
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    return parser


def make_parser() -> Parser:
    """Return the parser of the command line."""
    parser = empty_parser(short=short_parser)
    groups: dict[str, Any] = {"": parser}
    for title in GROUPS:
        groups[title] = parser.add_argument_group(title, DESCRIPTIONS.get(title))
    for each in run_flags().values():
        each.add_to(groups[each.group], CONTRARY.format(each.name))
    return parser


def short_parser() -> Parser:
    """Return a parser of the flags that people need, for its help."""
    parser = empty_parser()
    parser.add_argument("--help-all", action="store_true", help="show all flags, by group")
    for name in MAIN_FLAGS:
        run_flags()[name].add_to(parser, contrary=argparse.SUPPRESS)
    return parser


def is_quiet(argv: Sequence[str] | None) -> bool:
    """Return whether a command line asks for warnings and errors only."""
    return empty_parser(add_help=False).parse_known_args(argv)[0].quiet


def parse_options(
    argv: Sequence[str] | None,
    parser: Parser | None = None,
    given: Mapping[str, Any] | None = None,
    origin: str = "",
    place: Callable[[str], str] = lambda name: "",
    run: Path | Literal["as asked"] | None = "as asked",
) -> RunOptions:
    """Return the options of a command line, of its presets and of a resumed run.

    Parameters
    ----------
    argv : sequence of str
        Wins over all else; None for that of the process.
    parser : Parser, optional
        Another than `make_parser`'s, for its name in errors.
    given : mapping, optional
        Flags of a file, over which only those of `argv` and of its `--config` win.
    origin : str
        Where these are from, for errors.
    place : callable
        Returns where in `origin` a flag stands, such as ", line 3".
    run : path-like or None
        The folder of a run to go on with, or none, whatever ``--resume`` says.

    Raises
    ------
    CommandError
        If a preset or the run cannot be read, or options do not go together.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = parser or make_parser()
    typed = typed_flags(argv, parser)
    values = preset_values(typed, parser, given or {}, origin, place)
    if not given:
        values |= of_own_images(typed, parser, values)
    folder: Path | None = (values | typed).get("resume") if run == "as asked" else run
    left = None
    if folder is not None:
        left = killed_at_start(folder)
        before = flags_in(folder / CONFIG) if left is None else flags_left(left)
        values = values_of_file(parser, before, str(folder / CONFIG)) | values
    options = options_with(for_model(values, typed.get("model")) | typed, parser)
    try:
        refuse_without_effect(options, typed)
    except ValueError as error:
        raise CommandError(str(error)) from error
    options = replace(options, resume=folder if left is None else None)
    if folder is not None:
        options = replace(options, out_dir=folder)
    if left is not None:
        whose = "its flags" if before else "the flags of this command alone"
        say(f"beginning anew, with {whose}: {shown(folder)} was left before it had its {CONFIG}\n")
    check_devices(options)
    return options


def parse_places(argv: Sequence[str] | None) -> RunOptions:
    """Return the options that say where a run is trained, and where its files are.

    The others have their defaults: where a run goes on, they may be known to one host only.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    parser = make_parser()
    typed = typed_flags(argv, parser)
    values = preset_values(typed, parser, {}, "") | typed
    return options_with({name: values[name] for name in PLACES if name in values}, parser)


def options_with(values: Mapping[str, Any], parser: Parser) -> RunOptions:
    """Return the options with some values, or end the program by a parser."""
    try:
        return options_of(values)
    except BackendError as error:
        parser.error(str(error))


def typed_flags(argv: Sequence[str], parser: Parser) -> dict[str, Any]:
    """Return the flags of a command line and their values, without presets."""
    missing = object()
    found = vars(parser.parse_args(argv, argparse.Namespace(**dict.fromkeys(run_flags(), missing))))
    typed = {name: found[name] for name in run_flags() if found[name] is not missing}
    return named_images(found["images"], typed, parser)


def named_images(images: Sequence[str], typed: dict[str, Any], parser: Parser) -> dict[str, Any]:
    """Return the typed flags with the images that were named without a flag."""
    if not images:
        return typed
    first, *others = images
    folders = [*map(Path, others), *(typed.get("image_dir") or ())]
    if dataset_name(first) or is_array_file(first):
        first = dataset_option(first)
        if "dataset" in typed or (folders and first != FOLDER):
            parser.error(
                f"expected one data set, {shown(first)} or another, or folders of one's own images"
            )
        return typed | {"dataset": first} | ({"image_dir": folders} if folders else {})
    if question(first) and not os.path.exists(first):
        parser.error(f"no data set and no folder {first!r}: {question(first)}")
    return typed | {"image_dir": [Path(first), *folders]}


def preset_values(
    typed: dict[str, Any],
    parser: Parser,
    given: Mapping[str, Any],
    origin: str,
    place: Callable[[str], str] = lambda name: "",
) -> dict[str, Any]:
    """Return the values of flags in presets."""
    values = values_of_file(parser, given, origin, place)
    if "config" in typed:
        config = f"--config {typed['config']}"
        given = read_flags(typed["config"], config)
        values |= values_of_file(parser, given, config, lines_of(typed["config"]))
    said = values | typed
    if "image_dir" in said and "dataset" not in typed and "resume" not in typed:
        values.setdefault("dataset", FOLDER)
    dataset = (values | typed).get("dataset", run_flags()["dataset"].default)
    trained = of_trained_network(values | typed, dataset, parser)
    chosen = said.get("recipe")
    if chosen is not None:
        found = values_of_file(parser, recipe(chosen, dataset), f"--recipe {chosen}")
        values = found | trained | values
    return trained | values


def of_trained_network(said: Mapping[str, Any], dataset: str, parser: Parser) -> dict[str, Any]:
    """Return the flags of the network of ``--init_from`` that others leave open.

    Parameters
    ----------
    said : mapping
        Flags of the command line and of files. With another model, or a run to go on with, there are none.
    dataset : str
        Name of the data set.
    parser : Parser

    Raises
    ------
    CheckpointError
        If the network cannot be read.
    """
    source = said.get("init_from")
    if source is None:
        return {}
    if said.get("resume") is not None:
        raise CommandError(
            "--init_from does not go with --resume: the run has begun; leave it out, or start anew"
        )
    from lenet.runs.checkpoint import load_model
    from lenet.runs.network_flags import image_flags, network_flags

    try:
        attributes = load_model(source).attributes
    except CheckpointError as error:
        raise CheckpointError(f"--init_from: {error}") from error
    found = network_flags(attributes)
    if said.get("model") not in (None, found["model"]):
        found = {}
    if dataset == FOLDER:
        found |= image_flags(attributes)
    return values_of_file(parser, found, f"--init_from {source}")


def of_own_images(
    typed: Mapping[str, Any], parser: Parser, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the flags of the recipe for one's own images.

    None of them if there is another preset or model.

    Parameters
    ----------
    typed : mapping
        Flags of the command line, beside which others have the defaults of any data set; see `TOGETHER`.
    parser : Parser
    values : mapping
        Of the presets.
    """
    is_plain = not typed.keys() & {"config", "recipe", "resume", "model"}
    if not is_plain or {**values, **typed}.get("dataset") != FOLDER:
        return {}
    found = values_of_file(parser, {"recipe": FOLDER, **recipe(FOLDER, FOLDER)}, "")
    left = {name for group in TOGETHER if group & typed.keys() for name in group}
    if (
        typed.get("update") == "sdlm" or "init_from" in typed
    ):  # which does not go with it, or decides on it
        left.add("batch_norm")
    return {name: value for name, value in found.items() if name not in left}


def for_model(values: Mapping[str, Any], model: str | None) -> dict[str, Any]:
    """Return flags of presets without those that mean nothing to another model.

    Parameters
    ----------
    values : mapping
    model : str, optional
        As typed, which wins over that of the presets.
    """
    if model not in FOREIGN or model == values.get("model", run_flags()["model"].default):
        return dict(values)
    return {name: value for name, value in values.items() if name not in FOREIGN[model]}


def named(options: RunOptions) -> RunOptions:
    """Return options with an output folder, by default one that the time names."""
    if options.out_dir is not None:
        return options
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{Path(options.dataset).stem}"
    return replace(options, out_dir=Path("runs", name))


def flags_in(path: Path) -> dict[str, Any]:
    """Return the flags in the config.json of a run to go on with, presets resolved.

    Raises
    ------
    CommandError
        If there is none, or it is damaged.
    """
    flags, _ = read_config(path)
    # Unlike a repetition, it goes on with the file of its best model.
    return {k: v for k, v in flags.items() if k == "model_save_path" or k not in LEFT_OUT}


def killed_at_start(folder: Path) -> list[Path] | None:
    """Return the leftovers of a process that was killed before a run had any file.

    None if there is a run.
    """
    if not folder.is_dir() or any((folder / name).exists() for name in WRITTEN):
        return None
    left = list(leftovers(folder, [CONFIG]))
    return left if left or (folder / LOCK).exists() else None


def flags_left(left: Sequence[Path]) -> dict[str, Any]:
    """Return the flags in the leftovers of a config.json, if one is whole; else none."""
    for path in left:
        with suppress(CommandError):
            return flags_in(path)
    return {}
