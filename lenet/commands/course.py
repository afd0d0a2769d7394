"""Command line `lenet-course`: train and compare networks on the same images."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.commands.base import Parser, parse
from lenet.commands.flags import add_flags, run_flags
from lenet.terminal import FAILED, INTERRUPTED, complain, quiet, run_command, say
from lenet.text import shown

if TYPE_CHECKING:
    from lenet.commands.course_runs import CourseRun
    from lenet.compile.backends import Backend
    from lenet.data.dataset import Dataset

PROGRAM = "lenet-course"
COURSE = Path(__file__).with_name("course.toml")
DESCRIPTION = """\
Train several networks on the same images, each as lenet-train does, and compare them: error in
training, validation and test, parameters and seconds as a table, and learning curves. These are a
perceptron, the same with augmented images, LeNet-5, and LeNet-5 with batch normalisation, or those of
a file. The same command again keeps the runs that are done, and goes on with those that are not."""
EPILOG = f"""\
examples:
  {PROGRAM} photographs
  {PROGRAM} --dataset digits --nepochs 5 --out_dir runs/digits-course
  {PROGRAM} photographs --config widths.toml --out_dir runs/widths

a file of runs is TOML: flags of lenet-train for all runs, then the flags of each; its name becomes that
of its folder in --out_dir:

  nepochs = 20
  [runs.small]
  model = "mlp"
  hidden = [100]
  [runs.large]
  model = "mlp"
  hidden = [1000]"""


def own_parser() -> argparse.ArgumentParser:
    """Return the parser of what the runs are not told."""
    parser = Parser(add_help=False)
    parser.add_argument(
        "--config",
        type=Path,
        default=COURSE,
        metavar="FILE.toml",
        help="the runs, see below (default: the four of the course)",
    )
    parser.add_argument(
        "--out_dir",
        type=Path,
        default=Path("runs", "course"),
        metavar="DIR",
        help="folder for the runs, each in a folder of its own, and for what they have reached (default: "
        "%(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="print warnings and errors only")
    return parser


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = Parser(prog=PROGRAM, description=DESCRIPTION, epilog=EPILOG, parents=[own_parser()])
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="DIR",
        help="folders of images, as with --image_dir",
    )
    group = parser.add_argument_group("for all runs, whatever the file says; see lenet-train")
    run_flags()["dataset"].add_to(
        group, default=None, help="images to learn (default: what the file says, else folder)"
    )
    add_flags(group, "--image_dir", "--valid_dir", "--test_dir", "--labels", "--image_size")
    add_flags(group, "--channels", "--pages")
    add_flags(group, "--stretch", contrary="turn --stretch off, where the file turns it on")
    add_flags(group, "--split", "--group", "--epsilon")
    add_flags(group, "--strict", contrary="turn --strict off, where the file turns it on")
    add_flags(group, "--cache_dir", "--data_dir", "--num_examples")
    add_flags(group, "--nepochs", "--batch_size", "--seed", "--backend", "--threads")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Returns
    -------
    int
        0; 1 if a run has failed, with the reason on standard error; 130 after Ctrl-C. Wrong arguments
        raise SystemExit with status 2, as argparse does.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    arguments = parse(make_parser(), argv)
    _, flags = own_parser().parse_known_args(argv)
    typed = (PROGRAM, *argv)
    with quiet(arguments.quiet):
        return run_command(
            PROGRAM, lambda: course(arguments.config, flags, arguments.out_dir, typed)
        )


def course(config: Path, flags: Sequence[str], folder: Path, typed: Sequence[str] = ()) -> int:
    """Train all runs, compare them and return the exit status.

    A run that fails does not keep the others from being trained.

    Parameters
    ----------
    config : Path
        File of the runs.
    flags : sequence of str
        For all of them.
    folder : Path
        For the results.
    typed : sequence of str
        The whole command, for the pages of the runs.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError, OSError
        For what the user can put right.
    """
    from lenet.runs.lock import locked
    from lenet.runs.writer import refuse_other_run

    refuse_other_run(folder)
    with locked(folder):
        return train_runs(config, flags, folder, typed)


def train_runs(config: Path, flags: Sequence[str], folder: Path, typed: Sequence[str]) -> int:
    """Train all runs, compare them and return the exit status; see `course`."""
    from lenet.commands.course_runs import finished_runs, planned_runs

    runs = planned_runs(config, flags, folder)

    from lenet.compile.backends import select_backend

    common = runs[0].options
    backend = select_backend(common.backend, common.threads, common.devices)
    if backend.warning:
        complain(PROGRAM, backend.warning)

    from lenet.commands.chosen_dataset import chosen_dataset
    from lenet.experiments.course import summarise

    dataset = chosen_dataset(common)
    for problem in dataset.problems:
        complain(PROGRAM, f"left out: {problem}")
    for warning in dataset.warnings:
        complain(PROGRAM, warning)
    failed: list[str] = []
    for number, run in enumerate(runs, 1):
        say(f"run {number} of {len(runs)}: {run.name}\n")
        status = train_run(run, dataset, backend, typed)
        say("")
        if status == INTERRUPTED:
            break
        if status:
            failed.append(run.name)
    finished = finished_runs(run for run in runs if run.name not in failed)
    if finished:
        summarise(folder, finished, dataset)
    if status == INTERRUPTED:
        complain(PROGRAM, f"interrupted in run {run.name}; the same command goes on")
        return INTERRUPTED
    if failed:
        complain(PROGRAM, f"{len(failed)} of {len(runs)} runs have failed: {', '.join(failed)}")
        return FAILED
    return 0


def train_run(
    run: "CourseRun", dataset: "Dataset", backend: "Backend", typed: Sequence[str]
) -> int:
    """Train what is missing of a run, and return the exit status of `lenet-train`."""
    from lenet.experiments.one_run import train_on
    from lenet.runs.checkpoint import load
    from lenet.runs.lock import locked
    from lenet.runs.names import LAST
    from lenet.runs.writer import refuse_other_data

    def go_on() -> int:
        if not run.is_done:
            with locked(run.folder):
                options = replace(run.options_to_go_on, typed=typed)
                return train_on(dataset, options, backend, time.perf_counter())
        refuse_other_data(load(run.folder / LAST), dataset.origin)
        say(f"done already: {shown(run.folder)}")
        return 0

    return run_command(f"{PROGRAM}: run {run.name}", go_on)
