"""The runs of a course: what a file says of them, and how far they have come."""

import json
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lenet import limits
from lenet.commands.chosen_dataset import FOLDER_FLAGS
from lenet.commands.presets import lines_of
from lenet.commands.train_flags import make_parser, parse_options
from lenet.data.dataset import FOLDER
from lenet.errors import CommandError
from lenet.files import read_regular_text
from lenet.runs.flag_text import LEFT_OUT, WHERE_FLAGS
from lenet.runs.names import CONFIG, COURSE, COURSE_CURVES, COURSE_PAGE, REPORT
from lenet.runs.reader import Run, UnreadableRunError, read_config
from lenet.runs.writer import refuse_other_run
from lenet.text import as_typed
from lenet.training.options import RunOptions

PROGRAM = "lenet-course"
NOT_FOR_RUNS = (*(flag for flag in LEFT_OUT if flag != "recipe"), "folds", "fold")
# Networks are compared on the same images, and trained one after the other in the same process.
FOR_ALL = ("dataset", "data_dir", *FOLDER_FLAGS, "seed", "backend", "threads", "devices")
WITHOUT_EFFECT = (*WHERE_FLAGS, "cache_dir", "threads")
# Chosen once the images are known, unless they are given.
CHOSEN_BY_IMAGES = ("batch_size", "normalize")


@dataclass(frozen=True)
class CourseRun:
    """A run as it is asked for.

    Attributes
    ----------
    name : str
    folder : Path
        Of its files.
    options : RunOptions
    """

    name: str
    folder: Path
    options: RunOptions

    @property
    def is_begun(self) -> bool:
        """Whether its folder holds a run."""
        return (self.folder / CONFIG).exists()

    @property
    def is_done(self) -> bool:
        """Whether all of its epochs are done, and its page is written."""
        try:
            epochs = Run.load(self.folder).epochs
        except UnreadableRunError:
            return False
        return epochs >= self.options.nepochs and (self.folder / REPORT).exists()

    @property
    def options_to_go_on(self) -> RunOptions:
        """The options; with `resume` if the run has begun."""
        return replace(self.options, resume=self.folder if self.is_begun else None)

    def refuse_others(self) -> None:
        """Raise `CommandError` if its folder holds a run with other flags."""
        if not self.is_begun:
            refuse_other_run(self.folder)
            return
        there, _ = read_config(self.folder / CONFIG)
        # As they are written.
        asked = json.loads(json.dumps(self.options.flags(), default=os.path.abspath))
        for name in there.keys() & asked.keys() - set(WITHOUT_EFFECT):
            is_open = name in CHOSEN_BY_IMAGES and not asked[name]
            if there[name] != asked[name] and not is_open:
                raise CommandError(
                    f"{self.folder} holds a run with --{name} {as_typed(there[name]) or 'unset'}, not "
                    f"{as_typed(asked[name]) or 'unset'}: choose another --out_dir, or remove it"
                )


def planned_runs(config: Path, flags: Sequence[str], folder: Path) -> list[CourseRun]:
    """Return the runs of a file, checked.

    Parameters
    ----------
    config : Path
    flags : sequence of str
        Of the command line, which win over those of the file.
    folder : Path
        For their folders.

    Raises
    ------
    CommandError
        If the file is no list of runs or cannot be read, a run is not possible, they do not go together
        or there are others in their place.
    SystemExit
        If a flag is unknown or has a wrong value.
    """
    refuse_other_run(folder)
    common, tables = read_runs(config)
    places = {name: place_of(config, name, table) for name, table in tables.items()}
    runs = [
        planned_run(
            name, folder / name, {**common, **table}, flags, f"{config}, run {name}", places[name]
        )
        for name, table in tables.items()
    ]
    for run in runs[1:]:
        for flag in FOR_ALL:
            if getattr(run.options, flag) != getattr(runs[0].options, flag):
                raise CommandError(
                    f"{config}, run {run.name}{places[run.name](flag)}: not the --{flag} of run "
                    f"{runs[0].name}; give all runs the same, above the first of them"
                )
    for run in runs:
        run.refuse_others()
    return runs


def place_of(config: Path, name: str, table: Mapping[str, Any]) -> Callable[[str], str]:
    """Return a function that names the line of a flag of a run, as ", line 3"."""
    of_run, of_all = lines_of(config, "runs", name), lines_of(config)
    return lambda flag: (of_run if flag in table else of_all)(flag)


def planned_run(
    name: str,
    folder: Path,
    table: Mapping[str, Any],
    flags: Sequence[str],
    origin: str,
    place: Callable[[str], str],
) -> CourseRun:
    """Return a run; see `planned_runs`.

    Parameters
    ----------
    name : str
    folder : Path
    table : mapping of str to value
        Flags of the file.
    flags : sequence of str
        Of the command line.
    origin : str
        Where it is from, for errors.
    place : callable
        Returns where in `origin` a flag stands.
    """
    for flag in NOT_FOR_RUNS:
        if flag in table:
            raise CommandError(
                f"{origin}{place(flag)}: {flag} is not for the runs of a course; leave it out"
            )
    parser = make_parser()
    parser.prog = PROGRAM
    given = {"dataset": FOLDER, **table}
    try:
        options = parse_options([f"--out_dir={folder}", *flags], parser, given, origin, place)
        return CourseRun(name, folder, options)
    except CommandError as error:
        said = str(error)
        raise CommandError(said if said.startswith(origin) else f"{origin}: {said}") from error


def read_runs(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the flags of all runs in a file, and those of each by its name.

    Raises
    ------
    CommandError
        If the file cannot be read, or is no list of runs with names for folders.
    """
    try:
        common = tomllib.loads(read_regular_text(path, limits.CONFIG_BYTES))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}; expected a TOML file of runs") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path}: {error}; expected a TOML file of runs") from error
    runs = common.pop("runs", None)
    if not (
        isinstance(runs, dict) and runs and all(isinstance(run, dict) for run in runs.values())
    ):
        raise CommandError(
            f'{path}: no runs; expected a table of flags for each, such as "[runs.small]"'
        )
    seen: set[str] = set()
    line_of = lines_of(path, "runs")
    for name in runs:
        is_plain = name.isprintable() and name == Path(name).name and not name.startswith(".")
        if not (name and is_plain):
            raise CommandError(
                f"{path}{line_of(name)}: a run called {name!r}, which cannot be that of its folder"
            )
        if name in (COURSE, COURSE_CURVES, COURSE_PAGE):
            raise CommandError(
                f"{path}{line_of(name)}: a run called {name}, as a file of the course is"
            )
        if name.casefold() in seen:
            raise CommandError(
                f"{path}{line_of(name)}: two runs called {name}, but for capitals; their folders could be one"
            )
        seen.add(name.casefold())
    return common, runs


def finished_runs(runs: Iterable[CourseRun]) -> dict[str, Run]:
    """Return those that have come to an end or at least to a model, by their names."""
    finished = {}
    for run in runs:
        try:
            finished[run.name] = Run.load(run.folder)
        except UnreadableRunError:
            continue  # not begun, or without an epoch
    return finished
