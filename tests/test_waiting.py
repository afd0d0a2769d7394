"""How long OpenMP threads spin, as the runtime itself says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lenet.waiting import bound_spinning

ROOT = Path(__file__).parents[1]
WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}),
        ({"GOMP_SPINCOUNT": "7"}, {"GOMP_SPINCOUNT": "7", "KMP_BLOCKTIME": "1"}),
        ({"KMP_BLOCKTIME": "0"}, {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "0"}),
        ({"OMP_WAIT_POLICY": "active"}, {"OMP_WAIT_POLICY": "active"}),
    ],
)
def test_how_long_threads_spin_is_bounded_unless_the_user_says_it(before, after):
    environment = dict(before)
    bound_spinning(environment)
    assert environment == {"OPENBLAS_THREAD_TIMEOUT": "14", **after}


def test_how_long_threads_of_openblas_spin_is_the_users_to_say():
    environment = {"OPENBLAS_THREAD_TIMEOUT": "26", "OMP_WAIT_POLICY": "passive"}
    bound_spinning(environment)
    assert environment == {"OPENBLAS_THREAD_TIMEOUT": "26", "OMP_WAIT_POLICY": "passive"}


def test_old_programs_get_numpy_after_what_it_reads(tmp_path):
    (tmp_path / "program.py").write_text("import numpy\n")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "lenet.theano_compat", "program.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert modules.index("lenet") < modules.index("numpy")


PROGRAM = """
import numpy as np, pytensor, pytensor.tensor as pt
from lenet.nnet import softmax
x = pt.matrix()
pytensor.function([x], softmax(x), mode="CVM")(np.ones((2, 3)))
"""
THEANO_PROGRAM = """
import numpy as np, theano, theano.tensor as T
x = T.matrix()
theano.function([x], T.nnet.softmax(x), mode="FAST_RUN")(np.ones((2, 3)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs GCC's OpenMP")
@pytest.mark.parametrize("command", ["", "-m lenet.theano_compat"], ids=["script", "theano"])
@pytest.mark.parametrize(
    ("variables", "rounds"),
    [({}, "1000"), ({"OMP_WAIT_POLICY": "passive"}, "0"), ({"GOMP_SPINCOUNT": "7"}, "7")],
    ids=["default", "passive", "own"],
)
def test_the_openmp_runtime_notices(tmp_path, command, variables, rounds):
    script = tmp_path / "program.py"
    script.write_text(THEANO_PROGRAM if command else PROGRAM)
    environment = {name: value for name, value in os.environ.items() if name not in WAITING}
    result = subprocess.run(
        [sys.executable, *shlex.split(command), str(script)],
        cwd=ROOT,
        env={**environment, **variables, "OMP_DISPLAY_ENV": "verbose"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    if "LLVM" in result.stderr:
        pytest.skip("this compiler's OpenMP is that of LLVM")
    assert re.findall(r"GOMP_SPINCOUNT = '(\d+)'", result.stderr) == [rounds]
