"""Every C kernel under AddressSanitizer and UndefinedBehaviorSanitizer.

    python -m tests.nnet.sanitize [--jobs N] [--seconds N] [--seed S] [PART ...]

compiles graphs of small and awkward sizes with the sanitizers of GCC, runs them, and compares them with
what they are in Python; then draws random cases (`tests.nnet.fuzz`) for some seconds. Each group of graphs has
a process of its own, in a folder of its own, and ends within a time limit. It prints a line for each graph,
the first report of each group that fails, which names the line of the C++ code, and a summary; its exit
status is 1 if anything has failed, or if a kernel has not been run. PARTs choose the graphs with one of them
in their names. It is no part of the test suite: run it when a kernel has been changed.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import NamedTuple

import numpy as np
import pytensor

from lenet.nnet.ops.base import CFileOp
from tests.nnet.modes import MODES
from tests.nnet.rewrites.graphs import assert_agree
from tests.nnet.sanitized_graphs import GROUPS

SANITIZERS = (
    "-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=undefined "
    # Six times as fast to compile as -O3 -g, and as strict: what is checked is decided before
    # optimisation, and of what is known for debugging, lines are enough.
    "-O1 -g1"
)
LIBRARIES = ("libasan.so", "libubsan.so")
TOLERANCES = {"float32": 1e-4, "float64": 1e-9, "uint8": 0, "uint16": 0}
RANDOM = "random cases"
LIMIT = 1800  # seconds for a group; on one core that nobody shares, the longest takes a few minutes
LINES_OF_REPORT = 40
INSIDE = "LENET_INSIDE_SANITIZERS"


class Outcome(NamedTuple):
    """What became of a group: how many graphs passed, the Ops that ran, and what went wrong if anything."""

    group: str
    passed: int
    ops: frozenset[str]
    failure: str


def kernels() -> frozenset[str]:
    """Return the names of all Ops whose C code is in files."""
    classes, found = [CFileOp], set()
    while classes:
        classes += (op := classes.pop()).__subclasses__()
        if "c_function" in vars(op):
            found.add(op.__name__)
    return frozenset(found)


def run(group: str, wanted: Sequence[str]) -> None:
    """Compile and run a group's wanted graphs, without names all, in this process."""
    for name, variants in GROUPS[group]():
        if wanted and not any(part in f"{group}: {name}" for part in wanted):
            continue
        print(f"begin {group}: {name}", flush=True)
        start = time.monotonic()
        functions = [
            pytensor.function(variants[0].inputs, variants[0].outputs, mode=MODES[mode])
            for mode in ("c", "python")
        ]
        for graph in variants:
            found, expected = (function(*graph.values) for function in functions)
            assert_agree(found, expected, TOLERANCES)
        ops = {type(node.op).__name__ for node in functions[0].maker.fgraph.apply_nodes}
        print(f"ops {' '.join(ops & kernels())}")
        print(f"ok {group}: {name} ({time.monotonic() - start:.0f} s)", flush=True)


def run_random_cases(seconds: float, seed: int) -> None:
    """Draw and run random cases in this process."""
    from tests.nnet.fuzz.cases import Runner

    warnings.simplefilter("ignore")
    runner, rng = Runner(), np.random.default_rng(seed)
    print(f"begin {RANDOM} with seed {seed}", flush=True)
    for case, message in runner.draw_until(
        time.monotonic() + seconds, rng, {}, lambda choices: None
    ):
        raise AssertionError(f"{message}: {case}")
    ops = {
        type(node.op).__name__
        for _, compiled in runner.programs.values()
        for node in compiled.by_backend.maker.fgraph.apply_nodes
    }
    print(f"ops {' '.join(ops & kernels())}")
    print(f"ok {RANDOM}: {runner.counts.total()} with seed {seed}", flush=True)


def path_of(library: str) -> str:
    """Return where the compiler has a library."""
    command = [pytensor.config.cxx, f"-print-file-name={library}"]
    path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    if not Path(path).is_absolute():
        raise SystemExit(f"{command[0]} has no {library}: install GCC with its sanitizers")
    return path


def environment(folder: str) -> dict[str, str]:
    """Return that of a process whose modules are sanitized and compiled in a folder of their own."""
    libraries = [path_of(library) for library in LIBRARIES]
    flags = f"base_compiledir={folder},floatX=float64,gcc__cxxflags={SANITIZERS}"
    return os.environ | {
        INSIDE: "yes",
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0",  # Python itself leaks
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTENSOR_FLAGS": flags,
    }


def first_report(lines: list[str]) -> list[str]:
    """Return the lines from the first report on, or the last lines where there is none."""
    for number, line in enumerate(lines):
        if "runtime error:" in line or "ERROR: AddressSanitizer" in line:
            return lines[number : number + LINES_OF_REPORT]
    return lines[-LINES_OF_REPORT:]


def run_group(group: str, arguments: argparse.Namespace, folder: str) -> Outcome:
    """Run a group in a process that begins with the sanitizers."""
    own = Path(folder, group.replace(" ", "-"))
    own.mkdir()
    command = [sys.executable, "-m", "tests.nnet.sanitize", "--group", group, *arguments.parts]
    command += ["--seconds", str(arguments.seconds), "--seed", str(arguments.seed)]
    passed, ops, late, current = 0, set(), [], group
    with (
        (own / "report").open("w+") as report,
        subprocess.Popen(
            command, env=environment(str(own)), stdout=subprocess.PIPE, stderr=report, text=True
        ) as child,
    ):

        def stop() -> None:
            late.append(True)
            child.kill()

        timer = Timer(arguments.limit, stop)
        timer.start()
        for line in child.stdout:
            if line.startswith("begin "):
                current = line.removeprefix("begin ").strip()
            elif line.startswith("ops "):
                ops.update(line.split()[1:])
            else:
                passed += line.startswith("ok ")
                print(line, end="", flush=True)
        status = child.wait()
        timer.cancel()
        report.seek(0)
        lines = report.read().splitlines()
    failure = ""
    if status:
        failure = "\n".join(first_report(lines)) or f"ended with status {status}"
        if late:
            failure = f"not done after {arguments.limit:g} seconds (--limit)"
        print(f"FAILED {current}: {failure}", flush=True)
    return Outcome(group, passed, frozenset(ops), failure)


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.nnet.sanitize", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="of the names of the graphs to run"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="groups at a time")
    parser.add_argument(
        "--seconds", type=float, default=120, help="of random cases (default: 120; 0: none)"
    )
    parser.add_argument("--seed", type=int, help="of the random cases (default: a fresh one)")
    parser.add_argument(
        "--limit", type=float, default=LIMIT, help=f"seconds for a group (default: {LIMIT})"
    )
    parser.add_argument("--group", help=argparse.SUPPRESS)  # of a child
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run graphs, all or those with one of the arguments in their names; return the exit status."""
    arguments = parse(argv)
    if INSIDE in os.environ:
        del os.environ["LD_PRELOAD"]  # the compiler needs none
        if arguments.group == RANDOM:
            run_random_cases(arguments.seconds, arguments.seed)
        else:
            run(arguments.group, arguments.parts)
        return 0
    if arguments.seed is None:
        arguments.seed = secrets.randbelow(2**31)
    groups = [
        group
        for group, graphs in GROUPS.items()
        if not arguments.parts
        or any(part in f"{group}: {name}" for part in arguments.parts for name, _ in graphs())
    ]
    if arguments.seconds and (not arguments.parts or RANDOM in arguments.parts):
        groups.insert(0, RANDOM)  # the one whose duration is known
    if not groups:
        print(f"no graph has {' or '.join(map(repr, arguments.parts))} in its name")
        return 1
    start = time.monotonic()
    with (
        TemporaryDirectory(prefix="sanitize-") as folder,
        ThreadPoolExecutor(arguments.jobs) as pool,
    ):
        futures = [pool.submit(run_group, group, arguments, folder) for group in groups]
        outcomes = [future.result() for future in futures]
    failed = [outcome.group for outcome in outcomes if outcome.failure]
    ran = frozenset().union(*(outcome.ops for outcome in outcomes))
    left_out = [] if arguments.parts or failed else sorted(kernels() - ran)
    if left_out:
        print(f"no graph has run {', '.join(left_out)}")
    print(
        f"{len(outcomes) - len(failed)} of {len(outcomes)} groups passed: "
        f"{sum(outcome.passed for outcome in outcomes)} graphs, {len(ran)} of {len(kernels())} Ops, "
        f"{time.monotonic() - start:.0f} seconds"
    )
    print(f"failed: {', '.join(failed)}" if failed else "" if left_out else "clean")
    return int(bool(failed or left_out))


if __name__ == "__main__":
    raise SystemExit(main())
