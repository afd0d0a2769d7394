"""Random cases of every Op and rewrite: kernels against Python, definitions and PyTorch.

    python -m tests.nnet.fuzz [--seconds N] [--seed S] [--family NAME] [--case JSON] [--backend NUMBA]

runs for so many seconds: with each compiler that is installed and with each width of vectors, two or
more of them side by side. A failure is made as small as it gets, and is a line that repeats it.
"""

import argparse
import json
import os
import platform
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lenet.text import shown

COMPILERS = ("g++", "clang++")
BACKENDS = ("C", "NUMBA", "JAX")
VECTORS = {"native": "", "avx2": "-mno-avx512f", "plain": "-mno-avx"}
STRIDES = ("no stride", "stride 1", "stride 2", "stride 3", "stride 4 and more")


class Setting(NamedTuple):
    """A compiler and the vectors that it may use."""

    compiler: str
    vectors: str


def settings() -> list[Setting]:
    """Return what this machine can do; on others than x86-64, vectors are what they are."""
    vectors = VECTORS if platform.machine() == "x86_64" else ("native",)
    return [Setting(c, v) for v in vectors for c in COMPILERS if shutil.which(c)]


def environment(setting: Setting, folder: Path) -> dict[str, str]:
    """Return that of a process which compiles with a setting, into a folder of its own."""
    flags = [
        f"base_compiledir={folder / '-'.join(setting)}",
        f"cxx={shutil.which(setting.compiler)}",
        f"gcc__cxxflags={VECTORS[setting.vectors]}",
        "on_opt_error=raise",
    ]
    # Threads that wait must not keep others from their work.
    quiet = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return os.environ | quiet | {"PYTENSOR_FLAGS": ",".join(flags)}


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.nnet.fuzz", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: 60)")
    parser.add_argument(
        "--seed", type=int, help="of all choices (default: a fresh one, which is printed)"
    )
    parser.add_argument("--family", help="run only one family of graphs")
    parser.add_argument("--case", type=json.loads, help="repeat a case, as a failure prints it")
    parser.add_argument("--compiler", choices=COMPILERS, help="use only this one")
    parser.add_argument("--vectors", choices=VECTORS, help="use only these")
    parser.add_argument(
        "--backend", choices=BACKENDS, default="C", help="what calls the kernels (default: C)"
    )
    parser.add_argument(
        "--compiledir", type=Path, help="keep compiled modules here (default: nowhere)"
    )
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)  # of a child
    return parser.parse_args(argv)


def run_child(
    setting: Setting, number: int, seconds: float, arguments: argparse.Namespace, folder: Path
) -> dict:
    """Run cases with a setting in a process of its own and return what it reports."""
    report = folder / f"{number}.json"
    command = [sys.executable, "-m", "tests.nnet.fuzz", "--report", str(report)]
    command += ["--seconds", str(seconds), "--seed", str(arguments.seed + number)]
    command += ["--compiler", setting.compiler, "--vectors", setting.vectors]
    command += ["--backend", arguments.backend]
    if arguments.family is not None:
        command += ["--family", arguments.family]
    if arguments.case is not None:
        command += ["--case", json.dumps(arguments.case)]
    compiled = arguments.compiledir or folder
    child = subprocess.run(command, env=environment(setting, compiled), check=False)
    result = json.loads(report.read_text()) if report.exists() else {}
    if child.returncode or not result:
        case = Path(f"{report}.case")
        tell(
            setting,
            f"ended with status {child.returncode}",
            case.read_text() if case.exists() else "{}",
            arguments.backend,
        )
        result = {"failures": 1, "counts": [], "refused": 0} | result
        result["failures"] = max(result["failures"], 1)
    return result


def tell(setting: Setting, what: str, case: str, backend: str) -> None:
    """Print a failure in a line that repeats it."""
    print(
        f"FAILED {what}: python -m tests.nnet.fuzz --backend {backend} --compiler {setting.compiler} "
        f"--vectors {setting.vectors} --case '{case}'",
        flush=True,
    )


def child(arguments: argparse.Namespace) -> int:
    """Run cases in this process, print failures and write the report."""
    import numpy as np

    from tests.nnet.fuzz.cases import Runner, shrunk
    from tests.nnet.fuzz.checking import reason

    warnings.simplefilter("ignore")
    if arguments.backend == "JAX":
        import jax
        import pytensor.link.jax.dispatch  # noqa: F401, sets it by floatX as it is then

        jax.config.update("jax_enable_x64", True)
    # A function that cannot be compiled for its sizes goes on without, which here is a failure.
    warnings.filterwarnings("error", message=".* keeps the kernels for any size")
    setting = Setting(arguments.compiler, arguments.vectors)
    rng, runner, failures = np.random.default_rng(arguments.seed), Runner(arguments.backend), 0
    given = {"family": arguments.family} if arguments.family else {}

    def difference(case: dict) -> str:
        try:
            runner.run(case, np.random.default_rng(0))
        except Exception as error:
            return reason(error)
        return ""

    def fails_alike(case: dict, message: str) -> bool:
        return difference(case).split()[:2] == message.split()[:2]

    def failing() -> Iterator[tuple[dict, str]]:
        if arguments.case is None:
            end = time.monotonic() + arguments.seconds
            with open(f"{arguments.report}.case", "w") as file:

                def note(choices: dict) -> None:
                    file.seek(0)
                    file.truncate()
                    file.write(json.dumps(choices))
                    file.flush()

                yield from runner.draw_until(end, rng, given, note)
        elif message := difference(arguments.case):
            yield arguments.case, message

    for case, message in failing():
        failures += 1
        # What does not compile takes too long to be made smaller.
        if arguments.case is None and not message.startswith("CompileError"):
            case = shrunk(case, partial(fails_alike, message=message))
        tell(setting, difference(case) or message, json.dumps(case), arguments.backend)
    report = {
        "failures": failures,
        "refused": runner.refused,
        "programs": len(runner.programs),
        "counts": [[*key, count] for key, count in runner.counts.items()],
    }
    arguments.report.write_text(json.dumps(report))
    return 0


def unknown_families(arguments: argparse.Namespace) -> str:
    """Return what is wrong with the families that are asked for, or nothing."""
    if arguments.family is None and arguments.case is None:
        return ""
    from tests.nnet.fuzz.cases import FAMILIES

    case = arguments.case if isinstance(arguments.case, dict) else {}
    asked = [case, *case.get("together", ())]
    names = [arguments.family, *(each["family"] for each in asked if "family" in each)]
    wrong = [name for name in names if name is not None and name not in FAMILIES]
    known = ", ".join(FAMILIES)
    return shown(f"fuzz: no family {wrong[0]!r}: expected one of {known}") if wrong else ""


def table(counts: Counter) -> str:
    """Return the counts as a table in Markdown, a row for each Op."""
    sides = ("below 16", "16 to 63", "64 to 127", "128 to 300")
    lines = [f"| | {' | '.join((*sides, *STRIDES[1:], 'all'))} |", "| --- |" + " ---: |" * 9]
    for label in sorted({key[0] for key in counts}):
        rows = [(side, stride, n) for (of, side, stride), n in counts.items() if of == label]
        cells = [
            *(sum(n for side, _, n in rows if side == i) for i in range(len(sides))),
            *(sum(n for _, stride, n in rows if stride == i) for i in range(1, len(STRIDES))),
            sum(n for _, _, n in rows),
        ]
        lines.append(f"| {label} | {' | '.join(f'{n:,}' for n in cells)} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 1 if anything has failed."""
    arguments = parse(argv)
    if arguments.report is not None:
        return child(arguments)
    if unknown := unknown_families(arguments):
        print(unknown)
        return 1
    if arguments.seed is None:
        arguments.seed = secrets.randbelow(2**31)
    chosen = [
        s
        for s in settings()
        if arguments.compiler in (None, s.compiler) and arguments.vectors in (None, s.vectors)
    ]
    if not chosen:
        print("no such C++ compiler was found; nothing was tried")
        return 1
    jobs = min(os.cpu_count() or 1, len(chosen))
    seconds = arguments.seconds * jobs / len(chosen)
    print(f"seed {arguments.seed}, {', '.join(' '.join(s) for s in chosen)}", flush=True)
    counts: Counter = Counter()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder, ThreadPoolExecutor(jobs) as pool:
        futures = [
            pool.submit(run_child, setting, number, seconds, arguments, Path(folder))
            for number, setting in enumerate(chosen)
        ]
        reports = [future.result() for future in futures]
    for report in reports:
        for *key, count in report["counts"]:
            counts[tuple(key)] += count
    failures = sum(report["failures"] for report in reports)
    refused = sum(report["refused"] for report in reports)
    if len(counts) > 1:
        print(table(counts))
    print(
        f"{counts.total():,} cases of {sum(r.get('programs', 0) for r in reports):,} graphs agreed, "
        f"{refused:,} were refused alike, {failures} failed"
    )
    return int(failures > 0)


if __name__ == "__main__":
    raise SystemExit(main())
