"""Compile times of the kernels for known sizes: `python -m benchmarks.compile_times`.

Convolutions of a grid, from usual ones to senseless ones, are rewritten as programs are, and the modules that
PyTensor would compile for them are given to its compiler: those of which the most instructions are expected,
and some at random. Prints the rows that took longest: processor time and resident memory of the compiler, and
the size of the generated text. Then the wide layers that a person may ask for, as plain commands in an empty
compile folder. Memory is at least that of this program, from which the compiler is started.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Apply
from pytensor.graph.fg import FunctionGraph
from tqdm import tqdm

from benchmarks.machine import describe_machine, train_command
from lenet.compile.backends import c_mode
from lenet.nnet import conv2d, pool_2d, relu
from lenet.nnet.kernels import library
from lenet.nnet.ops.base import CFileOp

GRID = {
    "channels": (1, 3, 16, 31, 64, 128, 256, 512),
    "maps": (1, 6, 16, 31, 64, 128, 256, 512),
    "kernel": (
        (1, 1),
        (3, 3),
        (5, 5),
        (7, 7),
        (11, 11),
        (14, 14),
        (16, 16),
        (28, 28),
        (1, 16),
        (28, 9),
    ),
    "image": (8, 16, 28, 32, 64, 224),
    "pad": (0, 2),
    "stride": (1, 2, 3, 8),
    "dilation": (1, 2, 5),
    "groups": (1, 2, 16),
    "pool": (0, 1, 2, 3, 4),
    "dtype": ("float32", "float64"),
}
# Flags of lenet-train, and what they ask for.
COMMANDS = (
    "--lwidth 100000 2",
    "--lwidth 2 100000",
    "--lwidth 512 512",
    "--lwidth 1000 1000 1000",
    "--model mlp --hidden 100000",
    "--model mlp --hidden 1000000",
)


@dataclass(frozen=True)
class Case:
    """A convolution and its gradients, pooled and rectified unless `pool` is 0.

    `channels` are those of all groups. The batch is no part of a kernel.
    """

    channels: int
    maps: int
    kernel: tuple[int, int]
    image: int
    pad: int = 0
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    pool: int = 0
    dtype: str = "float32"

    @property
    def is_possible(self) -> bool:
        """Whether the filters fit the image, and the groups the channels."""
        reach = (max(self.kernel) - 1) * self.dilation + 1
        convolved = (self.image + 2 * self.pad - reach) // self.stride + 1
        fits = convolved >= max(self.pool, 1)
        return fits and not self.channels % self.groups and not self.maps % self.groups

    def nodes(self) -> list[Apply]:
        """Return the convolutions and gradients of the graph that would be compiled."""
        filters = (self.maps, self.channels // self.groups, *self.kernel)
        image = pt.tensor4(dtype=self.dtype, shape=(None, self.channels, self.image, self.image))
        weights = pt.tensor4(dtype=self.dtype, shape=filters)
        bias = pt.vector(dtype=self.dtype, shape=(self.maps,))
        result = conv2d(
            image,
            weights,
            border_mode=self.pad,
            subsample=(self.stride, self.stride),
            filter_dilation=(self.dilation, self.dilation),
            num_groups=self.groups,
        )
        if self.pool > 1:
            result = pool_2d(result, (self.pool, self.pool), ignore_border=True)
        if self.pool:
            result = relu(result + bias.dimshuffle("x", 0, "x", "x"))
        known = [image, weights, *([bias] if self.pool else [])]
        reaching = result.type()
        gradients = pytensor.grad(None, known, known_grads={result: reaching})
        graph = FunctionGraph([*known, reaching], [result, *gradients], clone=True)
        c_mode().excluding("inplace").optimizer.rewrite(graph)
        return [node for node in graph.apply_nodes if isinstance(node.op, CFileOp)]


# Those of which much is written out, each near the bound of the rewrite that accepts it.
WORST = (
    Case(1376, 2, (5, 5), 12, pool=2),
    Case(688, 2, (5, 5), 12, pool=2, dtype="float64"),
    Case(128, 512, (3, 3), 12, pool=2),
    Case(64, 512, (3, 3), 12, pool=2, dtype="float64"),
    Case(16, 200, (16, 16), 28, pool=2),
    Case(64, 64, (16, 16), 32),
    Case(64, 64, (16, 16), 32, dtype="float64"),
    Case(3, 16, (16, 16), 224, stride=3, dilation=2),
    Case(64, 64, (9, 28), 32),
    Case(1, 64, (1, 256), 300),
    Case(3, 5, (16, 16), 224, stride=8, dilation=8),
    Case(1, 64, (16, 16), 224, dilation=8, pool=3),
)


@dataclass(frozen=True)
class Compilation:
    """What a compiler took for one module: infinite seconds, if it was ended or failed."""

    seconds: float
    mebibytes: float
    kilobytes_of_text: float
    name: str
    failure: str = ""


def grid() -> Iterator[Case]:
    """Return all possible cases of the grid."""
    cases = (Case(**dict(zip(GRID, values, strict=True))) for values in product(*GRID.values()))
    return (case for case in cases if case.is_possible)


def name_of(node: Apply) -> str:
    """Return the Op with its sizes, and its type."""
    return f"{node.op} {node.outputs[0].type.dtype}"


def compile_node(node: Apply, limit: int, flags: Iterable[str] = ()) -> Compilation:
    """Compile the kernel of a node, within `limit` seconds of the processor."""
    kernel = node.op.kernel(node)
    text, command = kernel.text, [*library.command(kernel), *flags, "-w"]
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile("w+") as errors:
        source = Path(scratch, "mod.cpp")
        source.write_text(text)
        # A shell sets the limit: Python code between fork and exec is none for processes with threads.
        limited = ["sh", "-c", 'ulimit -t "$0" && exec "$@"', str(limit)]
        compiler = subprocess.Popen(
            [*limited, *command, str(source), "-o", str(source.with_suffix(".so"))],
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        _, status, usage = os.wait4(compiler.pid, 0)
        compiler.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        lines = errors.read().splitlines()
    failure = next((line for line in lines if "error" in line), "") if status else ""
    seconds = usage.ru_utime + usage.ru_stime
    return Compilation(
        float("inf") if status else seconds,
        usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024),
        len(text) / 1000,
        name_of(node),
        failure.strip()[-200:],
    )


def run_command(flags: str, limit: int) -> str:
    """Train with flags in an empty compile folder; return seconds and how it ended."""
    with tempfile.TemporaryDirectory() as scratch:
        given = os.environ.get("PYTENSOR_FLAGS", "")
        variables = {"PYTENSOR_FLAGS": f"{given},base_compiledir={scratch}/compiled".strip(",")}
        begun = time.monotonic()
        process = train_command(
            ["--dataset", "digits", "--nepochs", "1", "--out_dir", scratch, *flags.split()],
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        timer = threading.Timer(limit, process.kill)
        timer.start()
        output, _ = process.communicate()
        timer.cancel()
        seconds = time.monotonic() - begun
    lines = [line for line in output.splitlines() if line.strip()]
    first = next((line.strip() for line in lines if "first step" in line), "")
    last = lines[-1].strip()[-150:] if lines else ""
    ended = f"status {process.returncode}, {len(lines)} lines"
    return f"{seconds:6.0f} s, {ended}: {first or last}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--random", type=int, default=100, metavar="N", help="cases of the grid")
    parser.add_argument("--rows", type=int, default=15, metavar="N", help="rows that are printed")
    parser.add_argument(
        "--limit", type=int, default=120, metavar="SECONDS", help="for each compiler and command"
    )
    parser.add_argument(
        "--flags", default="", help="of the compiler, as --flags=-mno-avx512f", metavar="FLAGS"
    )
    parser.add_argument("--no_commands", action="store_true", help="compile the grid only")
    arguments = parser.parse_args(argv)
    cases = [*WORST, *random.Random(5).sample(list(grid()), arguments.random)]
    nodes = {name_of(node): node for case in cases for node in case.nodes()}
    rows = []
    for node in tqdm(nodes.values(), leave=False):
        rows.append(compile_node(node, arguments.limit, arguments.flags.split()))
        if rows[-1].seconds > 5:  # said at once: the whole takes minutes
            tqdm.write(f"{rows[-1].seconds:.1f} s  {rows[-1].name}", file=sys.stderr)
    print(f"{describe_machine()}; {pytensor.config.cxx} {arguments.flags}")
    print(f"{len(rows)} modules, {sum(row.seconds > 5 for row in rows)} of them above 5 s")
    print(f"{'seconds':>7}  {'MiB':>5}  {'kB':>4}  kernel")
    for row in sorted(rows, key=lambda row: -row.seconds)[: arguments.rows]:
        print(
            f"{row.seconds:7.1f}  {row.mebibytes:5.0f}  {row.kilobytes_of_text:4.0f}  {row.name}  {row.failure}"
        )
    for flags in COMMANDS if not arguments.no_commands else ():
        print(f"{flags}: {run_command(flags, arguments.limit)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
