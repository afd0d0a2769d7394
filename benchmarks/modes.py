"""Each of PyTensor's modes, and PyTorch: `python -m benchmarks.modes`.

The training step of `benchmarks.train_step` and the prediction of `benchmarks.inference`, compiled by
`pytensor.function` for C ("CVM"), for Numba (the default) and for JAX, beside lenet's own mode,
layers of pytensor-ml in the default mode, as they are and by `lenet.pytensor_ml`, and PyTorch's fastest. All must return
the same, to 1e-4 of its size. Then they take turns.

A ratio says how many times as long as "CVM" a mode takes. At the end, what it takes to compile the
training step in a process of its own: with empty caches, and again.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.comparison import OURS, Result, parse_arguments, run
from benchmarks.machine import ROOT
from benchmarks.network import IMAGES, Problem
from benchmarks.timing import show_progress, table

WHATS = {"train_steps_in_modes": "training step", "predictions_in_modes": "prediction"}
MODES = ("CVM", "NUMBA", "JAX")


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(
        argv, __doc__, ("torch", "pytensor_ml"), IMAGES, list(IMAGES), (32, 128, 500)
    )
    cases = [(Problem(images, n),) for images in arguments.shapes for n in arguments.batches]
    for what, name in WHATS.items():
        print(f"{name}\n{mode_table(run(arguments, what, cases))}\n")
    print(compile_table(Problem(arguments.shapes[0], arguments.batches[0])))
    return 0


def mode_table(results: list[Result]) -> str:
    """Return one line for each problem and mode, and PyTorch's fastest."""
    rows = []
    for result in results:
        in_c = next(timing for timing in result.timings if timing.mode == "CVM")
        shown = [timing for timing in result.timings if timing.side == OURS]
        for timing in [*shown, *map(result.best, result.peers())]:
            figures = [f"{1e3 * timing.seconds:.2f}", f"{timing.ratio_to(in_c):.2f}"]
            rows.append([*result.labels(timing), *figures])
    return table(["images", "batch", "threads", "side", "mode", "ms", "ratio"], rows)


def compile_table(problem: Problem) -> str:
    """Return the seconds in which each mode compiles the training step, cold and warm."""
    rows = []
    for mode in MODES:
        with tempfile.TemporaryDirectory() as folder:
            given = os.environ.get("PYTENSOR_FLAGS", "")
            flags = f"{given},base_compiledir={folder}".strip(",")
            seconds = []
            for state in ("cold", "warm"):
                show_progress(f"{mode}: compiled {state}")
                seconds.append(compile_seconds(mode, problem, {"PYTENSOR_FLAGS": flags}))
        rows.append([mode, *(f"{s:.1f}" for s in seconds)])
    show_progress("")
    return table(["compiled", "cold s", "warm s"], rows)


def compile_seconds(mode: str, problem: Problem, variables: dict[str, str]) -> float:
    """Return the seconds in which a new process compiles the training step and runs it once."""
    code = (
        "from benchmarks import modes; from benchmarks.network import Problem; "
        f"print(modes.first_step({mode!r}, {problem!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(ROOT),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def first_step(mode: str, problem: Problem) -> float:
    """Return the seconds in which this process compiles the training step and runs it once."""
    from benchmarks.peers import lenet_side

    start = time.perf_counter()
    run_step, _ = lenet_side.train_steps_in_modes(os.cpu_count() or 1, problem, (mode,))[mode]
    run_step()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
