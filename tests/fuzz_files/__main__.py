"""Command line: ``python -m tests.fuzz_files [--seconds N] [--seed S] [--kind KIND]``.

Prints a line for each failure that repeats it, and the number of cases of each kind; the exit status is
1 if there is any failure.
"""

import argparse
import importlib
import json
import os
import random
import re
import resource
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

from tests.fuzz_files.children import MAX_ADDRESSES, Children, Outcome, Places, places
from tests.fuzz_files.kinds import KINDS
from tests.fuzz_files.kinds.base import Kind

PROGRAM = "python -m tests.fuzz_files"
MAX_OF_A_FAULT = 5  # lines about failures that look alike
DETAIL = 200
HEAVY = (
    "lenet.runs.saved_model",
    "lenet.runs.writer",
    "lenet.commands.course_runs",
    "lenet.theano_compat",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=60, help="for all kinds (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, help="of all cases (default: a new one)")
    parser.add_argument(
        "--kind", action="append", choices=list(KINDS), help="only this one; may come again"
    )
    parser.add_argument("--cases", type=int, help="of each kind, in place of --seconds")
    parser.add_argument("--repeat", metavar="KIND:SEED", help="run one case and tell all about it")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="copy the files of the repeated case"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="kinds at a time")
    arguments = parser.parse_args(argv)
    if arguments.repeat:
        kind, _, seed = arguments.repeat.partition(":")
        return repeat(KINDS[kind](), int(seed), arguments.keep)
    seed = random.SystemRandom().randrange(1 << 32) if arguments.seed is None else arguments.seed
    kinds = [KINDS[name] for name in dict.fromkeys(arguments.kind or KINDS)]
    print(f"{PROGRAM} --seed {seed}", flush=True)
    return search(kinds, seed, arguments.seconds, arguments.cases, arguments.jobs)


def search(
    kinds: Sequence[type[Kind]], seed: int, seconds: float, cases: int | None, jobs: int
) -> int:
    """Try all kinds, some at a time, print what has been found and return the exit status."""
    began = time.monotonic()
    each = seconds * min(jobs, len(kinds)) / len(kinds)
    counts: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    waiting = sorted(kinds, key=lambda kind: kind.is_heavy)
    running: dict[int, tuple[str, int]] = {}
    broken: dict[str, int] = {}
    while waiting or running:
        if waiting and len(running) < jobs:
            kind = waiting.pop(0)
            if kind.is_heavy:
                for module in HEAVY:  # once, for all that are forked from here
                    importlib.import_module(module)
            running.update([started(kind, seed, each, cases)])
            continue
        child, status = os.wait()
        if child not in running:
            continue
        name, results = running.pop(child)
        with os.fdopen(results) as file:
            text = file.read()
        if status or not text:
            broken[name] = os.waitstatus_to_exitcode(status)
            continue
        counts[name], failures[name] = json.loads(text)
    for kind in kinds:
        if kind.name in counts:
            failed = f", {failures[kind.name]} failed" if failures[kind.name] else ""
            print(f"{kind.name:16} {counts[kind.name]:8,} cases{failed}")
    print(
        f"{counts.total():,} cases of {len(counts)} kinds in {time.monotonic() - began:.0f} s, "
        f"{failures.total():,} failed"
    )
    for name, code in broken.items():
        print(f"{name}: the search itself has failed ({code}), see above")
    return 1 if failures.total() or broken else 0


def started(
    kind: type[Kind], seed: int, seconds: float, cases: int | None
) -> tuple[int, tuple[str, int]]:
    """Try a kind in a process of its own; return its number, its name and where it tells its counts."""
    sys.stdout.flush()
    receive, send = os.pipe()
    child = os.fork()
    if child:
        os.close(send)
        return child, (kind.name, receive)
    status = 1
    try:
        # For whoever makes the files; each child sets its own.
        resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESSES, resource.RLIM_INFINITY))
        counts = try_kind(kind(), seed, seconds, cases)
        os.write(send, json.dumps(counts).encode())
        status = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def try_kind(kind: Kind, seed: int, seconds: float, cases: int | None) -> tuple[int, int]:
    """Try a kind for some time or some cases; return how many there were, and how many have failed."""
    seeds = random.Random(f"{seed} {kind.name}")
    told: Counter[tuple[str, str]] = Counter()
    count = 0
    with places() as where:
        children = prepared(kind, where)
        end = time.monotonic() + seconds
        while count < cases if cases is not None else time.monotonic() < end:
            case = seeds.randrange(1 << 48)
            story, outcome = run_case(kind, children, case)
            count += 1
            if outcome.fault:
                alike = re.sub(r"[\d'\"]+|/\S+", "", outcome.detail)[:40]
                told[outcome.fault, alike] += 1
                if told[outcome.fault, alike] <= MAX_OF_A_FAULT:
                    print(failure(kind.name, case, story, outcome), flush=True)
    return count, told.total()


def prepared(kind: Kind, where: Places) -> Children:
    """Return what runs the reader of a kind, after it has read files that are as they should be.

    Raises
    ------
    AssertionError
        If it has not taken them.
    """
    kind.prepare(where.shared)
    where.renew()
    kind.intact(where.inputs)
    with (
        chdir(where.results),
        open(os.devnull, "w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        kind.read(where)  # imports what would else be imported by each child
    where.renew()
    kind.intact(where.inputs)
    children = Children(kind.read, where, kind.leaves, kind.says, kind.starts)
    outcome = children.run()
    if outcome.fault or not outcome.accepted:
        raise AssertionError(f"{kind.name}: refuses what is as it should be: {outcome}")
    return children


def run_case(kind: Kind, children: Children, seed: int) -> tuple[list[str], Outcome]:
    """Make the files of a case and let them be read."""
    rng, story = random.Random(seed), []
    children.where.renew()
    kind.intact(children.where.inputs)
    kind.harm(rng, children.where.inputs, story)
    return story, children.run()


def failure(name: str, seed: int, story: Sequence[str], outcome: Outcome) -> str:
    """Return a line about a failure."""
    detail = ascii(outcome.detail)[1:-1][:DETAIL]
    what = "; ".join(story)[:DETAIL]
    return f"{PROGRAM} --repeat {name}:{seed}  {outcome.fault}: {detail} ({ascii(what)[1:-1]})"


def repeat(kind: Kind, seed: int, keep: Path | None) -> int:
    """Run a case again, print all about it and return the exit status."""
    with places() as where:
        story, outcome = run_case(kind, prepared(kind, where), seed)
        if keep is not None:
            shutil.copytree(where.inputs, keep, symlinks=True)
    print(f"{kind.name}:{seed}: {'; '.join(story)!a}")
    print(f"output: {outcome.output!a}")
    print(f"errors: {outcome.errors!a}")
    print(failure(kind.name, seed, story, outcome) if outcome.fault else "held")
    return 1 if outcome.fault else 0


if __name__ == "__main__":
    sys.exit(main())
