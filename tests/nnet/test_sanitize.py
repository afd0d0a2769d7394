import subprocess

import pytensor
import pytest

from tests.nnet import sanitize
from tests.nnet.sanitized_graphs import GROUPS

NO_RANDOM_CASES = ("--seconds", "0")


def has_sanitizers():
    try:
        return bool(list(map(sanitize.path_of, sanitize.LIBRARIES)))
    except (SystemExit, OSError, subprocess.CalledProcessError):
        return False


needs_sanitizers = pytest.mark.skipif(
    not pytensor.config.cxx or not has_sanitizers(), reason="GCC and its sanitizers are not here"
)


@needs_sanitizers
def test_what_passes_is_counted(capsys):
    assert sanitize.main([*NO_RANDOM_CASES, "neighbours: full"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok neighbours: full")
    assert lines[1].startswith("1 of 1 groups passed: 1 graphs, 2 of ")
    assert lines[2] == "clean"


@needs_sanitizers
def test_what_does_not_end_in_time_has_failed(capsys):
    assert sanitize.main([*NO_RANDOM_CASES, "--limit", "0.2", "neighbours: full"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "FAILED neighbours: not done after 0.2 seconds (--limit)"
    assert lines[-1] == "failed: neighbours"


def test_a_part_of_no_name_is_told(capsys):
    assert sanitize.main([*NO_RANDOM_CASES, "nought"]) == 1
    assert capsys.readouterr().out == "no graph has 'nought' in its name\n"


def test_a_report_begins_where_the_sanitizer_speaks():
    lines = ["a warning", "a.cpp:3:5: runtime error: index 4 out of bounds", "#0 in f"]
    assert sanitize.first_report(lines) == lines[1:]
    assert sanitize.first_report(lines[:1]) == lines[:1]


def test_groups_and_graphs_have_names_of_their_own():
    for group in ("neighbours", "unshared", "poolings"):
        names = [name for name, _ in GROUPS[group]()]
        assert len(names) == len(set(names)) > 0


def test_kernels_are_all_ops_with_code_of_their_own():
    assert {"Conv", "FusedConv", "SymbolicMaxPoolTangent"} <= sanitize.kernels()
    assert not {"CFileOp", "ConvOp", "FusedConvOp"} & sanitize.kernels()
