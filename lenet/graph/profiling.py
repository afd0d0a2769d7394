"""``lenet-graph profile``: the time of each layer and Op of a training step."""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytensor
from pytensor.compile.debug.profiling import ProfileStats

from lenet.commands.flags import add_batch_size
from lenet.errors import CommandError
from lenet.graph.attribution import INPUT, LOSS, PHASES, UPDATES, Part, attribute
from lenet.graph.functions import compile_step
from lenet.graph.pictures import save_figure
from lenet.graph.subject import Subject, add_model_flags, build_subject
from lenet.report.style import one_line
from lenet.terminal import progress, say
from lenet.text import counted, shown, table
from lenet.training.flag_fields import positive_int

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DESCRIPTION = """\
Measure a training step on images of noise: how long each layer takes to compute its output, its
gradients and its new weights, and which Ops take the time. Every Op of the compiled step is
counted with the layer whose weights it reads, or whose new weights depend on it; the loss has the
cost, the errors and the gradient of the cost. Runs the C++ kernels, as PyTensor's profiler can
see into no other backend."""
EPILOG = """\
examples:
  lenet-graph profile --batch_size 100
  lenet-graph profile --dataset digits --lwidth 8 16 --steps 200 --threads 1 --out before.png"""
WARM_UP_STEPS = 3
MAX_OPS = 12
COLOURS = {"forward": "#4c8bf5", "gradient": "#f2994a", "update": "#27ae60"}


@dataclass(frozen=True)
class Profile:
    """Times of one training step, in seconds.

    Attributes
    ----------
    parts : dict of Part to float
        Only parts that take time.
    ops : dict of str to (float, int)
        Time and number of nodes, by the name of the Op's class.
    step : float
        Time of the whole step, PyTensor's overhead included.
    layers : list of str
        The rows of a table, from input to updates.
    """

    parts: dict[Part, float]
    ops: dict[str, tuple[float, int]]
    step: float
    layers: list[str]

    @property
    def of_ops(self) -> float:
        """Time of all Ops together."""
        return sum(self.parts.values())

    def of_layer(self, layer: str) -> float:
        """Time of a layer in all phases."""
        return sum(self.parts.get(Part(layer, phase), 0.0) for phase in PHASES)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument(
        "--steps",
        type=positive_int,
        default=50,
        metavar="N",
        help=f"steps to measure, after {WARM_UP_STEPS} to warm up (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("lenet-profile.png"),
        metavar="FILE",
        help="picture to write, .png or .svg (default: %(default)s)",
    )
    add_batch_size(parser)
    add_model_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print and draw the profile, and return the exit status."""
    if arguments.out.suffix.lower() not in (".png", ".svg"):
        raise CommandError(f"--out {arguments.out}: expected a name that ends with .png or .svg")
    subject = build_subject(arguments)
    if not pytensor.config.cxx:
        raise CommandError(
            "to profile the C++ kernels needs a C++ compiler; lenet-graph doctor says more"
        )
    rng = np.random.default_rng(arguments.seed)
    batch = subject.random_batch(arguments.batch_size, rng)
    profile = measure(subject, batch, arguments.steps)
    title = (
        f"LeNet for {shown(subject.dataset)}: a training step with "
        f"{counted(arguments.batch_size, 'image')}, {counted(arguments.threads, 'thread')}"
    )
    say(f"{title}\n\n{layers_table(profile)}\n\n{ops_table(profile)}\n")
    say(
        f"{1e3 * profile.step:.3f} ms a step, of which {1e3 * profile.of_ops:.3f} ms are in Ops; "
        f"{arguments.batch_size / profile.step:,.0f} images/s"
    )
    save_figure(profile_figure(profile, title), arguments.out)
    say(shown(arguments.out))
    return 0


def measure(subject: Subject, batch: tuple[np.ndarray, np.ndarray], steps: int) -> Profile:
    """Measure the time of a training step and of each of its Ops.

    Parameters
    ----------
    subject : Subject
    batch : (images, labels)
        Trained on in each step.
    steps : int
        Number of steps to average over.
    """
    stats = ProfileStats(atexit_print=False)
    function, _ = compile_step(subject, subject.backend.mode, profile=stats)
    for _ in range(WARM_UP_STEPS):
        function(*batch)
    stats.reset()
    start = time.perf_counter()
    for _ in progress(range(steps), "profile", "step"):
        function(*batch)
    seconds = (time.perf_counter() - start) / steps

    layers = subject.layer_names
    part_of = attribute(function.maker.fgraph, layers)
    parts: dict[Part, float] = defaultdict(float)
    ops: dict[str, tuple[float, int]] = {}
    for (_, node), total in stats.apply_time.items():
        parts[part_of[node]] += total / steps
        op = type(node.op).__name__
        time_before, nodes_before = ops.get(op, (0.0, 0))
        ops[op] = time_before + total / steps, nodes_before + 1
    return Profile(dict(parts), ops, seconds, [INPUT, *layers, LOSS, UPDATES])


def layers_table(profile: Profile) -> str:
    """Return the table of times by layer and phase, in milliseconds."""
    rows: list[tuple[str, ...]] = [("layer, ms", *PHASES, "total", "%")]
    for layer in profile.layers:
        times = [profile.parts.get(Part(layer, phase)) for phase in PHASES]
        cells = ["" if seconds is None else f"{1e3 * seconds:.3f}" for seconds in times]
        rows.append((layer, *cells, *total_and_share(profile.of_layer(layer), profile)))
    sums = [sum(t for part, t in profile.parts.items() if part.phase == phase) for phase in PHASES]
    cells = [f"{1e3 * seconds:.3f}" for seconds in sums]
    return table([*rows, ("total", *cells, *total_and_share(profile.of_ops, profile))])


def total_and_share(seconds: float, profile: Profile) -> tuple[str, str]:
    """Return a time in milliseconds, and as percentage of all Ops."""
    return f"{1e3 * seconds:.3f}", f"{100 * seconds / profile.of_ops:.1f}"


def slowest_ops(profile: Profile) -> list[tuple[str, float, int]]:
    """Return the slowest Ops, each with its time and number of nodes."""
    ranked = sorted(profile.ops.items(), key=lambda item: -item[1][0])
    return [(name, seconds, nodes) for name, (seconds, nodes) in ranked[:MAX_OPS]]


def ops_table(profile: Profile) -> str:
    """Return the table of the slowest Ops."""
    rows = [("Op, ms", "nodes", "total", "%")]
    rows += [
        (name, str(nodes), *total_and_share(seconds, profile))
        for name, seconds, nodes in slowest_ops(profile)
    ]
    return table(rows)


def profile_figure(profile: Profile, title: str) -> "Figure":
    """Draw the times by layer and phase, and by Op, as bars."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5, 4.2), layout="constrained")
    by_layer, by_op = figure.subplots(1, 2)
    left = np.zeros(len(profile.layers))
    for phase in PHASES:
        times = [1e3 * profile.parts.get(Part(layer, phase), 0.0) for layer in profile.layers]
        by_layer.barh(range(len(left)), times, left=left, label=phase, color=COLOURS[phase])
        left += times
    by_layer.set_yticks(range(len(left)), [one_line(layer) for layer in profile.layers])
    annotate(by_layer, left, profile)
    by_layer.legend(frameon=False, loc="lower right")
    by_layer.set_title("by layer", loc="left")

    ops = slowest_ops(profile)
    times = [1e3 * seconds for _, seconds, _ in ops]
    by_op.barh([f"{name} ({nodes})" for name, _, nodes in ops], times, color="#7a869a")
    annotate(by_op, times, profile)
    by_op.set_title("by Op (number of nodes)", loc="left")
    figure.suptitle(one_line(title, 100), fontsize=12, fontweight="bold", x=0.01, ha="left")
    return figure


def annotate(axes: Any, times: Iterable[float], profile: Profile) -> None:
    """Write the share of each bar beside it, and style the axes."""
    for row, milliseconds in enumerate(times):
        percent = milliseconds / profile.of_ops / 10
        share = f" {percent:.0f} %" if percent >= 1 else " < 1 %"
        axes.text(milliseconds, row, share, va="center", fontsize=8.5, color="0.25")
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlim(left=0)
    axes.set_xlabel("ms a step")
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
