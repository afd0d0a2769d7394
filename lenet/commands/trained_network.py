"""Trained network that a command is about: a run, a file, or an included one."""

import argparse
import glob
import os
from contextlib import suppress
from pathlib import Path

from lenet.runs.names import CONFIG, MODEL
from lenet.terminal import complain
from lenet.text import shown, slip
from lenet.trained import DEFAULT, NAMES, is_included, network_path

RUNS = Path("runs")  # where lenet-train puts a run that is given no folder
INCLUDED = " and ".join(NAMES)
RUN = (
    f"the trained network: the folder of a run, its model.h5, or one that comes with lenet, {INCLUDED} (a file or "
    "folder of that name comes first)"
)
FOLDS = f"{RUN}; or the folder of a run with --folds, whose networks answer together"


def add_trained_network(
    group: argparse._ActionsContainer,
    without: str | None = None,
    has_model_flag: bool = True,
    what: str = RUN,
) -> None:
    """Add the argument that names the trained network; `choose_run` must follow.

    Parameters
    ----------
    group : parser or a group of its arguments
    without : str, optional
        What is done without one, where that is possible; else the newest run is taken.
    has_model_flag : bool
        Whether the network may also be named by ``--model``, which means the architecture where networks are made.
    what : str
        What it may be.
    """
    default = without or f"the newest run below {RUNS}/"
    group.add_argument(
        "run", nargs="?", type=Path, metavar="RUN", help=f"{what} (default: {default})"
    )
    spelt = ("--model", "--model_save_path") if has_model_flag else ("--model_save_path",)
    group.add_argument(
        *spelt, dest="model_save_path", type=Path, metavar="RUN", help="RUN, after a flag"
    )


def choose_run(
    parser: argparse.ArgumentParser,
    arguments: argparse.Namespace,
    others: str | None = None,
    newest: bool = False,
    included: bool = False,
) -> None:
    """Make `model_save_path` the trained network that the arguments name, if any.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Ends the program, with status 2, if two are named or none can be found.
    arguments : argparse.Namespace
    others : str, optional
        Which arguments come after the run, pictures or folders: they begin with what stands in the place
        of a run and is none.
    newest : bool
        Whether the newest run is taken if none is named.
    included : bool
        Whether, without any run, the network for digits that comes with lenet is taken.
    """
    first: Path | None = arguments.run
    if first is not None and others is not None and not is_run(first):
        if not (os.path.lexists(first) or first.suffix or glob.has_magic(str(first))):
            parser.error(
                f"{first}: neither a run nor any other file or folder; check the name{slip(str(first), NAMES)}"
            )
        put_before(parser, arguments, others, first)
        first = None
    if None not in (first, arguments.model_save_path):
        parser.error(
            f"two trained networks, {first} and --model {arguments.model_save_path}; expected one"
        )
    chosen = first or arguments.model_save_path
    if chosen is None and newest:
        chosen = newest_run()
        if chosen is not None:
            complain(parser.prog, f"the newest run is taken: {shown(chosen)}")
        elif included:
            chosen = network_path(DEFAULT)
            complain(
                parser.prog,
                f"no --model: the digits network that comes with lenet ({DEFAULT}); --model RUN for yours",
            )
        else:
            parser.error(
                f"no trained network below {RUNS}/; expected RUN, the folder of a run of lenet-train, or one that comes "
                f"with lenet: {INCLUDED}"
            )
    arguments.model_save_path = None if chosen is None else network_path(chosen)


def put_before(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace, others: str, first: Path
) -> None:
    """Put what is no run before the arguments that come after it."""
    rest = getattr(arguments, others)
    if rest is not None and not isinstance(rest, list):
        parser.error(f"{first}: no run of lenet-train, with {MODEL}; check the name")
    setattr(arguments, others, first if rest is None else [first, *rest])


def is_run(path: Path) -> bool:
    """Return whether a path names a run, its model, maybe gone, or an included one."""
    return (
        is_included(path)
        or path.suffix == ".h5"
        or (path / MODEL).exists()
        or (path / CONFIG).exists()
    )


def newest_run() -> Path | None:
    """Return the folder below `RUNS` whose model was written last; None without any."""
    written = {}
    for model in RUNS.rglob(MODEL):
        with suppress(OSError):  # removed meanwhile
            written[model.parent] = model.stat().st_mtime_ns
    return max(written, key=written.__getitem__, default=None)
