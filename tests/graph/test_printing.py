import re
from itertools import pairwise

import pytensor.tensor as pt
import pytest

from lenet.graph import printing


@pytest.mark.parametrize("function", ["predict", "train"])
def test_the_graph_as_written_is_printed_by_names(run, capsys, function):
    assert run("print", "--graph", "symbolic", "--function", function) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert "LeNet for digits (new, seed 23455)" in output
    assert re.search(r"^conv1 +2 x 12 x 12 +52$", output, flags=re.MULTILINE)
    assert re.search(r"^total +\d", output, flags=re.MULTILINE)
    for name in ("'conv1_output'", "'fc_output'", "images", "conv2_W"):
        assert name in output
    assert "[id" not in output
    assert "FusedConv{" not in output
    assert ("'new conv1_W'" in output) == (function == "train")


def test_the_compiled_graph_shows_what_the_rewrites_have_made(run, capsys):
    assert run("print", "--graph", "compiled", "--function", "train") == 0
    output = capsys.readouterr().out
    assert "train, as it is compiled to C++" in output
    assert "FusedConv{1x28x28, 2x1x5x5, window=(2, 2), relu}.0 'conv1_output'" in output
    assert "'(dcost/dconv1_output)'" in output
    # Whatever is cut short, because it was printed before, has a name under which to find it.
    lines = output.split("Inner graphs:")[0].splitlines()
    short = [before for before, line in pairwise(lines) if "···" in line]
    assert short
    assert not [line for line in short if "'" not in line]


def test_only_the_table(run, capsys):
    assert run("print", "--graph", "none") == 0
    output = capsys.readouterr().out
    assert "output" in output
    assert "─" not in output


def test_both_graphs_side_by_side_fit_the_terminal(run, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert run("print", "--side_by_side") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if printing.SEPARATOR in line]
    assert max(map(len, lines)) <= 100
    heading = lines[0].split(printing.SEPARATOR)
    assert heading[0].startswith("predict, as it is written")
    assert heading[1].startswith("predict, as it is compiled")
    assert "Conv2d" in " ".join(line.split(printing.SEPARATOR)[0] for line in lines)


def test_columns_are_cut_where_they_do_not_fit():
    assert printing.columns("abc\nd", "x", 20) == "abc │ x\nd   │"
    assert printing.columns("abcdefgh", "12345678", 11) == "abc… │ 123…"


def test_a_narrow_graph_keeps_its_levels():
    wide = "a\n ├─ b\n │  ├─ c\n │  └─ d\n └─ e\n    └─ f"
    assert printing.narrow(wide) == "a\n ├b\n │├c\n │└d\n └e\n  └f"


def test_what_is_used_twice_gets_a_name_unless_it_has_one():
    x = pt.vector("x")
    once, twice, named = x + 1, x * 2, x - 3
    named.name = "three less"
    printing.name_what_is_shared([once, twice + twice, named * named])
    assert (once.name, twice.name, named.name) == (None, "Mul1", "three less")
