"""``lenet-graph doctor``: diagnosis of this machine, with remedies.

It works without a compiler, and where a package is missing or broken.
"""

import argparse
from pathlib import Path

from lenet.graph import machine_checks as checks
from lenet.terminal import say
from lenet.text import shown

DESCRIPTION = """\
Look at everything that lenet needs: Python, packages, PyTensor's settings, the C++ compiler, BLAS and
threads, the folder for compiled modules, data sets, JAX, Graphviz. Says what is wrong and how to mend
it. Exits with status 0 if all is well, and 1 otherwise; what is optional or can be downloaded is only
noted."""
EPILOG = """\
examples:
  lenet-graph doctor
  lenet-graph doctor --data_dir /data"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument(
        "--data_dir",
        type=Path,
        metavar="DIR",
        help="folder of the data sets (default: as lenet-train's)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run all checks, print what they find and return the exit status."""
    wrong = 0
    for subject, check in (
        ("python", checks.check_python),
        ("packages", checks.check_packages),
        ("pytensor", checks.check_pytensor),
        ("compiler", checks.check_compiler),
        ("modules", checks.check_compile_directory),
        ("c code", checks.check_c_code),
        ("blas", checks.check_blas),
        ("threads", checks.check_threads),
        ("data", lambda: checks.check_data(arguments.data_dir)),
        ("jax", checks.check_jax),
        ("graphviz", checks.check_graphviz),
    ):
        for finding in checks.findings_of(check):
            wrong += finding.status == checks.WRONG
            say(f"{finding.status:5}  {subject:9} {shown(finding.text)}")
            if finding.remedy:
                say(f"{'':17}-> {shown(finding.remedy)}")
            subject = ""
    say(f"\n{'all is well' if not wrong else f'{wrong} to mend'}")
    return 1 if wrong else 0
