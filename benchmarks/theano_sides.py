"""Scripts that run on `lenet.theano_compat` and, beside it, on Theano itself."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import ROOT

OURS = "here"
THEANO = "Theano"
Answer = dict[str, Any] | str


def commands(theano: str | None) -> dict[str, list[str]]:
    """Return how to run a script, by side: of Theano only where an interpreter that has it is given."""
    sides = {OURS: [sys.executable, "-m", "lenet.theano_compat"]}
    return sides if theano is None else {**sides, THEANO: [theano]}


def answer_of(
    command: Sequence[str], script: str, words: Sequence[str], compiledir: Path, seconds: float
) -> Answer:
    """Return what a script prints as JSON in its last line, or why it has none.

    Parameters
    ----------
    command : sequence of str
        The side's.
    script : str
        File of ``benchmarks/in_theano``.
    words : sequence of str
        Its arguments.
    compiledir : Path
        Where the side keeps what it has compiled.
    seconds : float
        Time limit.
    """
    # Theano is told by THEANO_FLAGS where its BLAS is, whoever runs it; both compute with as many threads.
    flags = {name: os.environ.get(name, "") for name in ("THEANO_FLAGS", "PYTENSOR_FLAGS")}
    environment = {
        **os.environ,
        **{name: f"{told},base_compiledir={compiledir}".strip(",") for name, told in flags.items()},
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(os.cpu_count() or 1)),
        "PYTHONWARNINGS": "ignore",
    }
    path = ROOT / "benchmarks" / "in_theano" / script
    try:
        done = subprocess.run(
            [*command, str(path), *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not in {seconds:.0f} s"
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    last = lines[-1] if lines else f"exit status {done.returncode}"
    if done.returncode:
        return last
    answer: dict[str, Any] = json.loads(last)
    return answer
