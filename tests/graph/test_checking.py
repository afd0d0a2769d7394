import importlib.util

import pytensor
import pytest
from pytensor.compile.mode import Mode
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.link.vm import VMLinker
from pytensor.tensor.special import Softmax

from lenet.compile import backends
from lenet.graph import agreement, checking
from lenet.nnet.ops.pool import Pool


@pytest.fixture
def without_compiler(monkeypatch):
    monkeypatch.setattr(checking, "has_compiler", lambda: False)


@pytest.fixture
def without_jax(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        backends.importlib.util, "find_spec", lambda name: None if name == "jax" else found(name)
    )


@pytest.mark.skipif(not pytensor.config.cxx, reason="no C++ compiler")
@pytest.mark.filterwarnings("ignore:Skipping Assert", "ignore:Explicitly requested dtype")
def test_results_of_a_network_agree(run, capsys, jax_types):
    assert run("check", "--only", "results", "--images", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "LeNet for digits (new, seed 23455), 2 images of noise"
    assert lines[2].split() == ["result", "C", "JAX", "quotient"]
    assert sum(line.endswith("agrees") for line in lines) == 16
    assert lines[-1] == "all agree"


def test_what_is_missing_is_said_and_the_rest_is_checked(
    run, capsys, without_compiler, without_jax
):
    assert run("check", "--images", "2") == 0
    output = capsys.readouterr().out
    assert "no C++ compiler: Python as rewritten stands for C" in output
    assert "JAX is left out: backend jax needs a package that is missing" in output
    assert "no C++ compiler: only their Python code is run" in output
    assert "every Op and rewrite of a training step agrees in Python\n" in output
    assert output.endswith("all agree\n")


def test_an_op_with_a_wrong_gradient_is_named(
    run, capsys, without_compiler, without_jax, monkeypatch
):
    right = Pool.pullback
    monkeypatch.setattr(
        Pool, "pullback", lambda self, *arguments: [1.01 * right(self, *arguments)[0]]
    )
    assert run("check", "--only", "results", "--images", "2") == 1
    output = capsys.readouterr().out
    assert "quotient the first result that disagrees is d cost/d conv2_W\n" in output
    assert "quotient the first Op with a wrong gradient is number " in output
    assert ", for conv1:\nPool{" in output
    assert output.endswith("something disagrees\n")


class WrongSoftmax(GraphRewriter):
    """Puts something else in place of each softmax."""

    def apply(self, fgraph):
        for node in fgraph.toposort():
            if isinstance(node.op, Softmax):
                new = node.op(node.inputs[0] * 1.001)
                fgraph.replace(node.outputs[0], new, reason="wrong_softmax")


def test_a_wrong_rewrite_is_named(run, capsys, without_compiler, without_jax, monkeypatch):
    wrong = Mode(linker=VMLinker(c_thunks=False), optimizer=WrongSoftmax())
    monkeypatch.setattr(checking, "PYTHON_REWRITTEN", wrong)
    assert run("check", "--only", "results", "--images", "2") == 1
    output = capsys.readouterr().out
    assert "rewritten the first result that disagrees is p_y_given_x\n" in output
    assert "in whose place the rewrite wrong_softmax has put it" in output


def test_what_takes_several_ops_is_said(run, capsys, without_compiler, without_jax, monkeypatch):
    """So it is where a backend fuses Ops wrongly, whatever the graph."""

    def compare(*arguments):
        return [
            agreement.Result("conv1", {"rewritten": 1e-16}),
            agreement.Result("conv2", {"rewritten": 0.5}),
            agreement.Result("fc", {"rewritten": float("nan")}),
        ]

    monkeypatch.setattr(checking, "compare", compare)
    assert run("check", "--only", "results", "--images", "2") == 1
    output = capsys.readouterr().out
    assert output.count("DISAGREES") == 2
    assert "rewritten the first result that disagrees is conv2\n" in output
    assert checking.UNKNOWN in output


def test_an_op_that_disagrees_is_named(run, capsys, without_compiler, monkeypatch):
    fault = "Pool{}(images): its C and its Python code differ by up to 1"
    monkeypatch.setattr(checking, "debug_step", lambda *args, **keywords: fault)
    assert run("check", "--only", "ops") == 1
    assert f"ops      {fault}" in capsys.readouterr().out


def test_a_kernel_that_fails_is_named_and_python_runs_alone(run, capsys, monkeypatch):
    def debug_step(subject, batch, in_c):
        if in_c:
            raise RuntimeError("the compiler\nhas crashed")
        return ""

    monkeypatch.setattr(checking, "has_compiler", lambda: True)
    monkeypatch.setattr(checking, "debug_step", debug_step)
    assert run("check", "--only", "ops") == 1
    output = capsys.readouterr().out
    assert f"{checking.DEBUG_MODE_NOTE} (RuntimeError: the compiler has crashed)" in output
    assert "in Python alone: every Op and rewrite agrees" in output
