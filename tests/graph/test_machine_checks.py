import os
import subprocess
import sys
from pathlib import Path

import pytensor
import pytest

from lenet.graph import machine_checks as checks
from tests.dataset_makers import write_mnist

ROOT = Path(__file__).parents[2]
needs_compiler = pytest.mark.skipif(not pytensor.config.cxx, reason="no C++ compiler")


def statuses(check):
    return [finding.status for finding in checks.findings_of(check)]


def wrong(check):
    """Return the one thing that is wrong, which must come with a remedy."""
    (finding,) = [f for f in checks.findings_of(check) if f.status == checks.WRONG]
    assert finding.remedy
    return finding


@pytest.mark.parametrize(
    ("found", "bounds", "expected"),
    [
        ("3.0.7", ">=3.0,<4", True),
        ("4.0", ">=3.0,<4", False),
        ("3.0.0rc1", ">=3", True),
        ("2.9.9", ">=3.0", False),
        ("3.11", ">=3.9", True),
        ("1.0", "", True),
    ],
)
def test_versions_lie_within_bounds(found, bounds, expected):
    assert checks.satisfies(found, bounds) == expected


def test_what_is_installed_here_is_right():
    assert statuses(checks.check_python) == [checks.OK]
    assert statuses(checks.check_packages) == [checks.OK]
    assert checks.WRONG not in statuses(checks.check_pytensor)
    assert statuses(checks.check_compile_directory) == [checks.OK]


def test_the_requirements_are_those_of_the_project():
    names = {requirement.split(">")[0] for requirement in checks.required()}
    assert {"pytensor", "numpy", "h5py", "scikit-learn"} <= names


def test_an_old_python(monkeypatch):
    monkeypatch.setattr(checks, "OLDEST_PYTHON", (99, 0))
    assert "expected at least 99.0" in wrong(checks.check_python).text


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        ("surely-not-installed>=1", "surely-not-installed is missing"),
        ("numpy>=99", "expected >=99"),
    ],
    ids=["missing", "old"],
)
def test_packages_that_do_not_fit(monkeypatch, requirement, text):
    monkeypatch.setattr(checks, "required", lambda: [requirement])
    finding = wrong(checks.check_packages)
    assert text in finding.text
    assert finding.remedy == f'pip install "{requirement}"'


@needs_compiler
def test_a_compiler_with_openmp():
    assert statuses(checks.check_compiler) == [checks.OK]
    assert statuses(checks.check_c_code) == [checks.OK]


def test_no_compiler():
    with pytensor.config.change_flags(cxx=""):
        assert "no C++ compiler" in wrong(checks.check_compiler).text
        assert statuses(checks.check_c_code) == [checks.NOTE]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("exit 1", "fails: status 1"),
        ("case $* in *-fopenmp*) echo 'error: omp.h' >&2; exit 1;; esac", "has no OpenMP: error: omp.h"),
    ],
    ids=["broken", "no-openmp"],
)  # fmt: skip
def test_a_compiler_that_fails(tmp_path, script, text):
    compiler = tmp_path / "g++"
    compiler.write_text(f"#!/bin/sh\n{script}\n")
    compiler.chmod(0o755)
    with pytensor.config.change_flags(cxx=str(compiler)):
        assert text in wrong(checks.check_compiler).text


def test_missing_headers_of_python(tmp_path, monkeypatch):
    monkeypatch.setattr(checks.sysconfig, "get_paths", lambda: {"include": str(tmp_path)})
    with pytensor.config.change_flags(cxx="g++"):
        assert wrong(checks.check_compiler).remedy == "apt install python3-dev"


def test_a_compile_directory_that_cannot_be_used(monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(checks, "TemporaryDirectory", refuse)
        assert wrong(checks.check_compile_directory).text.endswith("Permission denied")
    monkeypatch.setattr(checks, "MIN_FREE_BYTES", 1 << 80)
    assert "GB free, expected at least" in wrong(checks.check_compile_directory).text


@pytest.mark.parametrize("threads", ["many", "0"])
def test_a_wrong_number_of_threads(monkeypatch, threads):
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    assert f"OMP_NUM_THREADS is {threads!r}" in wrong(checks.check_threads).text


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux only")
def test_more_threads_than_processors(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1000")
    cpus = len(os.sched_getaffinity(0))
    assert wrong(checks.check_threads).remedy == f"set OMP_NUM_THREADS={cpus}"


def test_data_that_are_not_there_are_no_fault(tmp_path):
    found = list(checks.check_data(tmp_path / "none"))
    assert [finding.status for finding in found] == [checks.OK, checks.NOTE, checks.NOTE]
    assert "will be made when needed" in found[0].text
    assert not list(tmp_path.iterdir())


def test_data_that_are_there_are_read_and_compared(tmp_path):
    write_mnist(tmp_path, train=60, test=10)
    mnist = list(checks.check_data(tmp_path))[1]
    assert mnist.status == checks.NOTE
    assert mnist.text.startswith(
        "mnist: 50 training, 10 validation, 10 test images; not the published"
    )


def test_broken_data_are_named(tmp_path):
    write_mnist(tmp_path, compress=False)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(b"nothing")
    assert "t10k-labels-idx1-ubyte: begins with" in wrong(lambda: checks.check_data(tmp_path)).text


def test_half_of_cifar10_is_broken(tmp_path):
    (tmp_path / "cifar-10-batches-py").mkdir()
    assert "lacks data_batch_1" in wrong(lambda: checks.check_data(tmp_path)).text


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("")
    assert "a file, expected the folder" in wrong(lambda: checks.check_data(tmp_path / "file")).text


def test_what_is_optional_is_noted(monkeypatch):
    monkeypatch.setattr(checks.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(checks.shutil, "which", lambda name: None)
    assert statuses(checks.check_jax) == [checks.NOTE]
    assert statuses(checks.check_graphviz) == [checks.NOTE, checks.NOTE]


@pytest.mark.parametrize("fault", ["error", "hangs"])
def test_a_broken_jax(monkeypatch, fault):
    pytest.importorskip("jax")

    def ask(command, **keywords):
        if fault == "hangs":
            raise subprocess.TimeoutExpired(command, keywords["timeout"])
        return subprocess.CompletedProcess(command, 1, "", "Traceback\nImportError: no driver\n")

    monkeypatch.setattr(checks.subprocess, "run", ask)
    expected = {"error": "ImportError: no driver", "hangs": "has not answered within 60 seconds"}
    assert expected[fault] in wrong(checks.check_jax).text


def test_a_check_that_fails_is_a_finding():
    def check():
        yield checks.Finding(checks.OK, "fine")
        raise RuntimeError("one\ntwo")

    first, second = checks.findings_of(check)
    assert first.status == checks.OK
    assert second.status == checks.WRONG
    assert second.text == "could not be checked: RuntimeError: one two"


@pytest.mark.parametrize(
    ("module", "expected"),
    [("h5py", "h5py cannot be imported"), ("numpy", "numpy cannot be imported")],
    ids=["h5py", "numpy"],
)
def test_the_doctor_works_where_a_package_is_broken(tmp_path, module, expected):
    (tmp_path / f"{module}.py").write_text("raise ImportError('bad shared object')")
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "lenet.graph",
            "doctor",
            "--data_dir",
            str(tmp_path / "none"),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == ""
    assert f"{expected} (ImportError: bad shared object)" in result.stdout
    assert f'-> pip install --force-reinstall "{module}>=' in result.stdout
    assert "to mend" in result.stdout.splitlines()[-1]


def test_wrong_flags_of_pytensor_are_named(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "lenet.graph", "doctor", "--data_dir", str(tmp_path)],
        env={**os.environ, "PYTENSOR_FLAGS": "floatX=float7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == ""
    assert "-> correct PYTENSOR_FLAGS or the file .pytensorrc" in result.stdout
    assert "float7" in result.stdout
