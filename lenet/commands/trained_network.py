"""The trained network that a command is about: its arguments, and the newest run."""

import argparse
import glob
import os
from contextlib import suppress
from pathlib import Path

from lenet.runs.names import CONFIG, MODEL
from lenet.terminal import complain
from lenet.text import shown

RUNS = Path("runs")  # where lenet-train puts a run that is given no folder
RUN = "the trained network: the folder of a run, or its model.h5"
FOLDS = f"{RUN}; or the folder of a run with --folds, whose networks answer together"


def add_trained_network(
    group: argparse._ActionsContainer, without: str | None = None, what: str = RUN
) -> None:
    """Add the argument that names the trained network; `choose_run` must follow.

    Parameters
    ----------
    group : parser or a group of its arguments
    without : str, optional
        What is done without one, where that is possible; else the newest run is taken.
    what : str
        What it may be.
    """
    default = without or f"the newest run below {RUNS}/"
    group.add_argument(
        "run", nargs="?", type=Path, metavar="RUN", help=f"{what} (default: {default})"
    )
    group.add_argument(
        "--model_save_path", type=Path, metavar="RUN", help="RUN, as it was first spelt"
    )


def choose_run(
    parser: argparse.ArgumentParser,
    arguments: argparse.Namespace,
    others: str | None = None,
    newest: bool = False,
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
    """
    first: Path | None = arguments.run
    if first is not None and others is not None and not is_run(first):
        if not (os.path.lexists(first) or first.suffix or glob.has_magic(str(first))):
            parser.error(f"{first}: neither a run nor any other file or folder; check the name")
        put_before(parser, arguments, others, first)
        first = None
    if None not in (first, arguments.model_save_path):
        parser.error(f"two trained networks, {first} and --model_save_path; expected one")
    chosen = first or arguments.model_save_path
    if chosen is None and newest:
        chosen = newest_run()
        if chosen is None:
            parser.error(
                f"no trained network below {RUNS}/; expected RUN, the folder of a run of lenet-train"
            )
        complain(parser.prog, f"the newest run is taken: {shown(chosen)}")
    arguments.model_save_path = chosen


def put_before(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace, others: str, first: Path
) -> None:
    """Put what is no run before the arguments that come after it."""
    rest = getattr(arguments, others)
    if rest is not None and not isinstance(rest, list):
        parser.error(f"{first}: no run of lenet-train, with {MODEL}; check the name")
    setattr(arguments, others, first if rest is None else [first, *rest])


def is_run(path: Path) -> bool:
    """Return whether a path names a run or its model, which may have gone since."""
    return path.suffix == ".h5" or (path / MODEL).exists() or (path / CONFIG).exists()


def newest_run() -> Path | None:
    """Return the folder below `RUNS` whose model was written last; None without any."""
    written = {}
    for model in RUNS.rglob(MODEL):
        with suppress(OSError):  # removed meanwhile
            written[model.parent] = model.stat().st_mtime_ns
    return max(written, key=written.__getitem__, default=None)
