"""``lenet-graph nan``: the origin of the first NaN or infinity of a training."""

import argparse
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
import pytensor
from pytensor.graph.basic import Apply, Constant, Variable

from lenet.commands.flags import add_flags
from lenet.data.dataset import Dataset, prefetch
from lenet.graph.attribution import Part, attribute
from lenet.graph.functions import compile_step, watching
from lenet.graph.subject import Subject, add_model_flags, build_subject
from lenet.terminal import FAILED, epoch_progress, say
from lenet.text import counted, shape_text, table
from lenet.training.flag_fields import positive_int
from lenet.training.loop import Batch, steps_per_epoch, training_batches

DESCRIPTION = """\
Train exactly as lenet-train does with the same flags, but look at every value: stop at the first
Op whose result holds NaN or infinity, and show the batch and what that Op has read. The same C++
kernels run as in training, some times slower. Exits with status 1 if something was found."""
EPILOG = """\
examples:
  lenet-graph nan --dataset digits --lr 100 --batch_size 20
  lenet-graph nan runs/small --lr 0.5 --nepochs 5"""


@dataclass(frozen=True)
class Range:
    """Range of an array's values, with counts of NaN and infinities.

    Attributes
    ----------
    shape : tuple of int
    lowest, highest : float
        Of the finite elements; NaN if there is none.
    nans, infinities : int
    first : tuple of int
        Index of the first element that is not finite; empty if all are.
    """

    shape: tuple[int, ...]
    lowest: float
    highest: float
    nans: int
    infinities: int
    first: tuple[int, ...]

    @property
    def is_finite(self) -> bool:
        """Whether all elements are finite."""
        return not (self.nans or self.infinities)


@dataclass(frozen=True)
class Finding:
    """First result that is not finite.

    Attributes
    ----------
    what : str
        The Op, or the input, that it comes from.
    where : str
        The layer and the phase of the step.
    ranges : list of (str, Range)
        Those of the Op's inputs and, last, of the result.
    epoch, index : int
        The batch, both counted from 1; 0 as long as they are not known.
    """

    what: str
    where: str
    ranges: list[tuple[str, Range]]
    epoch: int = 0
    index: int = 0


class NotFiniteError(ArithmeticError):
    """Exception that ends a step at a value that is not finite."""


class Watch:
    """Callbacks that inspect the values of a function's inputs and nodes.

    An Op may overwrite its inputs, so that they are inspected as soon as they are computed.

    Attributes
    ----------
    finding : Finding or None
        What stopped the function. Not part of the exception, which PyTensor may create anew.
    parts : dict of Apply to Part
        Layer and phase of the nodes; see `attribute`.
    """

    def __init__(self) -> None:
        self.finding: Finding | None = None
        self.parts: dict[Apply, Part] = {}
        self.ranges: dict[Variable, Range] = {}

    def on_input(self, variable: Variable, value: Any) -> None:
        """Inspect an input, a shared variable or a constant of the function."""
        if isinstance(variable, Constant):  # may be infinite on purpose
            return
        found = self.look(variable, value)
        if not found.is_finite:
            self.stop(Finding(str(variable), "an input of the step", [(str(variable), found)]))

    def on_node(self, node: Apply, thunk: Any, storage_map: dict, compute_map: dict) -> None:
        """Inspect the outputs of a node that has just run."""
        for variable in node.outputs:
            # Memory that is only allocated may hold any values; NanGuardMode uses the same tag.
            if not getattr(variable.tag, "nan_guard_mode_check", True):
                continue
            found = self.look(variable, storage_map[variable][0])
            if found.is_finite:
                continue
            read = [(label(v), self.ranges[v]) for v in node.inputs if v in self.ranges]
            part = self.parts.get(node)
            where = f"{part.layer}, {part.phase}" if part else ""
            result = f"result {variable.name or ''}".rstrip()
            self.stop(Finding(str(node.op), where, [*read, (result, found)]))

    def look(self, variable: Variable, value: Any) -> Range:
        """Record and return the range of a value."""
        found = range_of(np.asarray(value))
        self.ranges[variable] = found
        return found

    def stop(self, finding: Finding) -> NoReturn:
        """Record a finding and end the step."""
        self.finding = finding
        raise NotFiniteError(finding.what)


def range_of(value: np.ndarray) -> Range:
    """Return the range of an array; its limits are NaN if it holds no numbers."""
    if value.dtype.kind not in "fiub":
        return Range(value.shape, np.nan, np.nan, 0, 0, ())
    finite = np.isfinite(value)
    if finite.all():
        low, high = (value.min(), value.max()) if value.size else (np.nan, np.nan)
        return Range(value.shape, float(low), float(high), 0, 0, ())
    nans = int(np.isnan(value).sum())
    first = tuple(map(int, np.unravel_index(np.argmin(finite), value.shape)))
    rest = value[finite]
    low, high = (rest.min(), rest.max()) if rest.size else (np.nan, np.nan)
    return Range(value.shape, float(low), float(high), nans, int((~finite).sum()) - nans, first)


def label(variable: Variable) -> str:
    """Return a variable's name, or the Op that makes it."""
    if variable.name or variable.owner is None:
        return str(variable)
    return f"{str(variable.owner.op).partition('{')[0]} of {label(variable.owner.inputs[0])}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument(
        "--nepochs",
        type=positive_int,
        default=1,
        metavar="N",
        help="passes over the training images, at most (default: %(default)s)",
    )
    add_flags(parser, "--lr", "--mom", "--data_augm", "--ncrops")
    add_model_flags(parser, "--batch_size", "--data_dir")


def run(arguments: argparse.Namespace) -> int:
    """Train until a value is not finite, report it and return the exit status."""
    subject = build_subject(arguments)
    dataset = subject.load_images(arguments.data_dir)
    epochs = counted(subject.settings.nepochs, "epoch")
    rate = f"--lr {subject.settings.lr:g}"
    say(f"LeNet for {subject.dataset} ({subject.origin}), {rate}, {epochs} at most")
    finding = search(subject, dataset)
    if finding is None:
        say("every value was finite")
        return 0
    say(f"\n{report(finding)}")
    return FAILED


def search(subject: Subject, dataset: Dataset) -> Finding | None:
    """Train as `lenet.training.loop` does; return the first value that is not finite."""
    settings, watch = subject.settings.fitted_to(dataset), Watch()
    function, step = compile_step(subject, watching(watch.on_node, watch.on_input))
    watch.parts = attribute(function.maker.fgraph, subject.layer_names)
    schedule = settings.make_schedule()
    for epoch in range(1, settings.nepochs + 1):
        for shared, value in (
            (step.learning_rate, schedule.learning_rate(epoch - 1, settings.lr)),
            (step.momentum, schedule.momentum(epoch - 1, settings.mom)),
        ):
            shared.set_value(np.asarray(value, pytensor.config.floatX))
        batches = prefetch(training_batches(dataset, settings, subject.batches_rng))
        steps = steps_per_epoch(dataset, settings)
        with closing(batches), closing(epoch_progress(batches, epoch, steps)) as bar:
            index = first_not_finite(function, bar)
        if watch.finding is not None:
            return replace(watch.finding, epoch=epoch, index=index)
    return None


def first_not_finite(
    function: Callable[[np.ndarray, np.ndarray], Any], batches: Iterable[Batch]
) -> int:
    """Run a watched function on batches; return the number of the failing one, or 0.

    Batches are counted from 1.
    """
    for index, batch in enumerate(batches, start=1):
        try:
            # NumPy's warnings say less than the finding will.
            with np.errstate(all="ignore"):
                function(*batch)
        except NotFiniteError:
            return index
    return 0


def report(finding: Finding) -> str:
    """Return a finding as text."""
    result = finding.ranges[-1][1]
    kinds = [f"{result.nans:,} NaN"] if result.nans else []
    kinds += [f"{result.infinities:,} infinite"] if result.infinities else []
    count = f"{' and '.join(kinds)} of {int(np.prod(result.shape)):,}"
    element = f", at {list(result.first)}" if result.first else ""
    rows = [("value", "shape", "lowest", "highest", "NaN", "infinite")]
    for name, found in finding.ranges:
        shape = shape_text(found.shape) or "number"
        ends = f"{found.lowest:.4g}", f"{found.highest:.4g}"
        rows.append((name, shape, *ends, f"{found.nans:,}", f"{found.infinities:,}"))
    where = f" ({finding.where})" if finding.where else ""
    return (
        f"{count}, first in epoch {finding.epoch}, batch {finding.index}{element} of\n"
        f"{finding.what}{where}\n\n{table(rows)}"
    )
