"""Theano's own tests on lenet.theano_compat: `python -m benchmarks.theano_tests FOLDER`.

FOLDER has Theano's source, such as the unpacked Theano-1.0.5.tar.gz of the Python package index. Its tests, and
nothing else of it, are copied to a folder of their own and run there by pytest, a process for each file, under
`python -m lenet.theano_compat`. What fails runs again without what it asserts of compiled graphs. Prints a table: what
passes, what is skipped, what passes but for the graph, and what fails, apart those tests that internals.toml names because
they look into Theano's machinery, with the message they stop at; the others' names come after the table with --names.
A file whose process breaks off, as one that crashes does, is named with its last line, and the exit status is 1.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.machine import ROOT, describe_machine
from benchmarks.theano_programs.running import last_line
from benchmarks.theano_tests.files import FILES, copy_tests
from benchmarks.theano_tests.graph_checks import without_graph_checks
from benchmarks.theano_tests.results import COLUMNS, Internals, failures_of, joined, row, unexpected
from benchmarks.timing import show_progress, table
from lenet.text import shown

FINISHED = (0, 1)  # pytest's exit statuses where all tests ran: all passed, some failed


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    if not (arguments.folder / "theano" / "tests").is_dir():
        print(
            shown(f"theano_tests: {arguments.folder} has no theano/tests: expected Theano's source")
        )
        return 1
    rows, failures, broken = [], [], []
    internals = Internals.read()
    with TemporaryDirectory(prefix="theano-tests-") as scratch:
        folder, bare = Path(scratch).resolve() / "whole", Path(scratch).resolve() / "bare"
        copy_tests(arguments.folder, folder)
        copy_tests(arguments.folder, bare, change=without_graph_checks)
        for number, name in enumerate(arguments.only):
            show_progress(f"{number + 1} of {len(arguments.only)}: {name}")
            reports, error = run([name], folder, arguments)
            if failed := failures_of(reports):
                again, late_error = run(failed, bare, arguments)
                reports, error = joined(reports, again), error or late_error
            rows.append(row(name, reports, internals))
            failures += unexpected(name, reports, internals)
            broken += [f"{name}: {error}"] if error else []
    print(describe_machine())
    print(table(COLUMNS, rows))
    if arguments.names:
        print("\n".join(shown(f"{test}: {message}") for test, message in failures))
    if broken:
        print(shown(f"theano_tests: broke off in {len(broken)} of {len(rows)} files, with status:"))
        print("\n".join(map(shown, broken)))
    return 1 if broken else 0


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.theano_tests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="Theano's source")
    parser.add_argument(
        "--only",
        nargs="+",
        default=FILES,
        metavar="FILE",
        help="files, such as tests/test_gradient.py (default: those of docs/theano-tests.md)",
    )
    parser.add_argument("--names", action="store_true", help="show which tests fail else, and why")
    parser.add_argument(
        "--python",
        default=sys.executable,
        metavar="PYTHON",
        help="interpreter that has lenet and pytest",
    )
    parser.add_argument(
        "--flags",
        default="linker=py",
        metavar="FLAGS",
        help="THEANO_FLAGS of the tests; an empty text compiles to C, for hours (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=int,
        default=120,
        metavar="S",
        help="seconds after which a test is stopped (default: %(default)s)",
    )
    return parser.parse_args(argv)


def run(
    tests: Sequence[str], folder: Path, arguments: argparse.Namespace
) -> tuple[list[dict[str, str]], str]:
    """Return what became of each test of a file, or of some tests, and how their process broke off if it did."""
    report = folder / "report.jsonl"
    report.unlink(missing_ok=True)
    environment = {
        **os.environ,
        "THEANO_FLAGS": arguments.flags,
        "THEANO_TESTS_FOLDER": str(folder),
        "THEANO_TESTS_REPORT": str(report),
        "THEANO_TESTS_SECONDS": str(arguments.timeout),
    }
    options = ["-q", "-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider"]
    options += ["-p", "benchmarks.theano_tests.plugin", "-o", "python_classes=Test* test_* *_test*"]
    command = [arguments.python, "-m", "lenet.theano_compat", "-m", "pytest", *options]
    done = subprocess.run(
        [*command, *(str(folder / "theano" / test) for test in tests)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    lines = report.read_text().splitlines() if report.exists() else []
    reports = [json.loads(line) for line in lines]
    # Python, too, ends with 1 where it has no pytest or no lenet.
    is_whole = done.returncode in FINISHED and (reports or not done.returncode)
    return reports, "" if is_whole else f"{done.returncode}, {last_line(done.stdout)}"


if __name__ == "__main__":
    sys.exit(main())
