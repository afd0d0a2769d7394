"""The search for files that do harm finds faults that are planted, and repeats what it has found."""

import json
import os
import pickle
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fuzz_files import children
from tests.fuzz_files.children import Children, WrongResult, places

ROOT = Path(__file__).parent.parent
NEEDED = ("pidfd_open", "memfd_create")
pytestmark = pytest.mark.skipif(
    not all(hasattr(os, name) for name in NEEDED), reason="it watches processes as Linux shows them"
)
MEGABYTE = 1 << 20


class Called:
    def __reduce__(self):
        return os.system, ("true",)


def fail(*lines):
    for line in lines:
        print(line, file=sys.stderr)
    return 1


def compute():
    while True:
        pass


def ask_for_a_lot():
    from lenet.terminal import run_command

    return run_command("lenet-train", lambda: bytearray(1 << 44))


def crash():
    import faulthandler

    faulthandler._sigsegv()


def fill(megabytes, seconds=0.0):
    held = bytearray(megabytes * MEGABYTE)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(seconds)
    return 0


def connect():
    import socket

    with socket.socket() as client:
        client.connect(("192.0.2.1", 80))


def differ():
    raise WrongResult("other images")


# Each with a part of what is to be said of it; nothing for those that hold.
PLANTED = {
    "takes": (lambda where: 0, ""),
    "refuses": (lambda where: fail("lenet-train: one line"), ""),
    "exits": (lambda where: sys.exit(fail("lenet-train: one line")), ""),
    "writes a result": (lambda where: (where.results / "table.csv").write_text("") and 0, ""),
    "traceback": (lambda where: [][0], "traceback"),
    "hidden traceback": (lambda where: fail("Traceback (most recent call last):") * 0, "traceback"),
    "sleeps": (lambda where: time.sleep(1000), "hangs"),
    "computes": (lambda where: compute(), "hangs"),
    "memory for a moment": (lambda where: fill(300), "more than 2 GB"),
    "memory for long": (lambda where: fill(300, seconds=1000), "more than 2 GB"),
    "asks for memory": (lambda where: ask_for_a_lot(), "asks for more memory"),
    "signal": (lambda where: crash(), "crash by SIGSEGV"),
    "second line": (lambda where: fail("lenet-train: one", "another"), "2 lines"),
    "no line": (lambda where: 1, "0 lines"),
    "executes": (lambda where: os.system("true"), "executes"),
    "executes a pickle": (lambda where: pickle.loads(pickle.dumps(Called())), "executes"),
    "starts": (lambda where: subprocess.run(["true"], check=True), "executes"),
    "writes elsewhere": (lambda where: Path("/tmp/canary").write_text("x"), "executes or touches"),
    "removes elsewhere": (lambda where: os.remove("/tmp/canary"), "executes or touches"),
    "reads elsewhere": (lambda where: Path("/var/secret").read_text(), "executes or touches"),
    "calls elsewhere": (lambda where: connect(), "executes or touches"),
    "escape": (lambda where: fail("lenet-train: \x1b[31m"), "a control character"),
    "escape on output": (lambda where: print("\x9b31m") or 0, "a control character"),
    "leaves": (lambda where: (where.results / "canary").write_text("") * 0, "left something"),
    "leaves a part": (
        lambda where: (where.temporary / "part").write_text("") * 0,
        "left something",
    ),
    "changes": (lambda where: (where.inputs / "file").write_text("x") * 0, "an input has changed"),
    "removes": (lambda where: (where.inputs / "file").unlink() or 0, "an input has changed"),
    "wrong": (lambda where: differ(), "wrong result"),
}


def tell_faults():
    """Print what is found of each planted reader; called in a process that has no threads."""
    # Children need not.
    import lenet.compile.backends
    import lenet.input_pipeline
    import lenet.runs.checkpoint  # noqa: F401

    own = int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    children.IDLE_SECONDS, children.CPU_SECONDS = 0.5, 1
    children.MAX_BYTES = own + 150 * MEGABYTE
    found = {}
    with places() as where:
        for name, (read, _) in PLANTED.items():
            where.renew()
            (where.inputs / "file").write_text("abc")
            found[name] = Children(read, where, leaves=("table.csv",)).run().fault
    print(json.dumps(found))


def run(*words, code=None):
    command = ["-c", code] if code else ["-m", "tests.fuzz_files", *map(str, words)]
    # Without the guard of tests/no_network, which would hear of a connection before the audit hook does.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def faults():
    done = run(code="from tests.test_fuzz_files import tell_faults; tell_faults()")
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name, faults):
    expected = PLANTED[name][1]
    assert faults[name].startswith(expected)
    assert bool(faults[name]) == bool(expected)


def tell_repeated_cases(root):
    """Print whether files are the same when they are made again; in a process that kinds may change."""
    from tests.fuzz_files.kinds import KINDS

    # Not "picture": libtiff leaves a byte or two between its tables to chance.
    for name in ("idx", "cifar-archive", "image-folder", "run", "download"):
        kind = KINDS[name]()
        kind.prepare(root)
        made = []
        for again in range(2):
            folders = [root / f"{name}-{again}-{seed}" for seed in range(60)]
            for seed, folder in enumerate(folders):
                folder.mkdir()
                kind.intact(folder)
                kind.harm(random.Random(seed), folder, [])
            made.append([children.snapshot(folder) for folder in folders])
        print(name, made[0] == made[1], made[0][0] != made[0][1])


def test_each_case_is_made_again_by_its_seed(tmp_path):
    code = f"from tests.test_fuzz_files import *; tell_repeated_cases(Path({str(tmp_path)!r}))"
    done = run(code=code)
    assert not done.returncode, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == 5
    assert all(answers == ["True", "True"] for _, *answers in lines)


def test_no_reader_fails_in_a_few_cases_of_each_kind():
    from tests.fuzz_files.kinds import KINDS

    done = run("--seed", 1, "--cases", 10)
    assert not done.returncode, done.stdout + done.stderr
    first, *counts, last = done.stdout.splitlines()
    assert first == "python -m tests.fuzz_files --seed 1"
    assert [line.split() for line in counts] == [[name, "10", "cases"] for name in KINDS]
    assert last.startswith(f"{10 * len(KINDS)} cases of {len(KINDS)} kinds")
