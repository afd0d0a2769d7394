import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lenet.compile import backends
from lenet.compile.backends import select_backend
from lenet.errors import BackendError

ROOT = Path(__file__).parents[2]


def run_python(code, **environment):
    """Run code in a process of its own: a backend changes PyTensor's settings."""
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result


SHOW = """
    from lenet.compile.backends import select_backend
    backend = select_backend("c", 2)
    import os, pytensor
    print(pytensor.config.floatX, os.environ["OMP_NUM_THREADS"], backend.description.split()[0])
    print(backend.warning)
"""


def compiler_flags(more=""):
    return ",".join(filter(None, [os.environ.get("PYTENSOR_FLAGS", ""), more]))


def test_numbers_are_float32_and_nothing_is_said_of_blas():
    result = run_python(SHOW, PYTENSOR_FLAGS=compiler_flags())
    assert result.stdout.splitlines()[0] == "float32 2 C++"
    assert result.stderr == ""


def test_what_the_user_has_put_into_the_flags_counts():
    result = run_python(SHOW, PYTENSOR_FLAGS=compiler_flags("floatX=float64"))
    assert result.stdout.startswith("float64")


def test_without_a_compiler_another_backend_takes_over():
    result = run_python(SHOW, PYTENSOR_FLAGS=compiler_flags("cxx="))
    first, warning = result.stdout.splitlines()
    assert first == "float32 2 Numba"
    assert warning.startswith("no C++ compiler was found: Numba does the work, slower")


def test_the_c_backend_runs_pytensors_virtual_machine():
    code = """
        from lenet.compile.backends import select_backend
        mode = select_backend("c", 2).mode
        import pytensor
        x = pytensor.tensor.vector()
        function = pytensor.function([x], 2 * x, mode=mode, profile=True)
        print(function([1, 2]), type(function.vm).__name__, function.vm.allow_gc)
        print(function.profile.fct_callcount)
    """
    result = run_python(code, PYTENSOR_FLAGS=compiler_flags())
    assert result.stdout.splitlines()[:2] == ["[2. 4.] CVM False", "1"]


def test_a_wrong_setting_of_pytensor_is_named():
    code = """
        from lenet.errors import BackendError
        from lenet.compile.backends import select_backend
        try:
            select_backend("c", 1)
        except BackendError as error:
            print(error)
    """
    result = run_python(code, PYTENSOR_FLAGS=compiler_flags("floatX=float12"))
    assert result.stdout.startswith("PYTENSOR_FLAGS or .pytensorrc: Invalid value ('float12')")


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"PYTENSOR_FLAGS": "base_compiledir=/dev/null/below"}, "/dev/null/below"),
        ({"PYTENSOR_FLAGS": "", "HOME": "/dev/null"}, "/dev/null/.pytensor"),
    ],
    ids=["below a file", "no home"],
)
def test_a_folder_that_can_keep_no_compiled_code_is_named(environment, folder):
    code = """
        from lenet.terminal import run_command
        from lenet.compile.backends import select_backend
        run_command("program", lambda: select_backend("c", 1) and 0)
    """
    result = run_python(code, **environment)
    assert result.stderr.startswith(f"program: compiled code cannot be kept in {folder} (")
    assert "PYTENSOR_FLAGS=base_compiledir=FOLDER" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("jax", 'pip install "lenet[jax]", or in a checkout pip install -e ".[jax]"'),
        ("numba", "pip install numba"),
    ],
)
def test_a_missing_package_is_named(monkeypatch, name, remedy):
    monkeypatch.setattr(backends.importlib.util, "find_spec", lambda package: None)
    with pytest.raises(BackendError, match=f"needs a package .*: {re.escape(remedy)}$"):
        select_backend(name, 1)
