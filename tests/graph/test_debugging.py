import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.graph import debugging
from lenet.nnet import pool_2d
from lenet.nnet.ops.fused_conv import FusedConv
from lenet.nnet.ops.pool import Pool
from tests.graph.conftest import make_subject


def pooling_fault(in_c):
    """Run a small graph in DebugMode; a whole training step in C would compile for a minute."""
    images = pt.tensor4("images", dtype="float32", shape=(1, 1, 4, 4))

    def run():
        pooled = pool_2d(images, (2, 2), ignore_border=True)
        function = pytensor.function([images], pooled, mode=debugging.debug_mode(in_c))
        function(np.arange(16, dtype="float32").reshape(1, 1, 4, 4))

    return debugging.first_fault(run)


def spoil(monkeypatch, op):
    right = op.perform

    def perform(self, node, inputs, output_storage):
        right(self, node, inputs, output_storage)
        output_storage[0][0] = output_storage[0][0] + 1

    monkeypatch.setattr(op, "perform", perform)


needs_compiler = pytest.mark.skipif(not pytensor.config.cxx, reason="no C++ compiler")


@needs_compiler
def test_a_kernel_that_agrees_with_python():
    assert pooling_fault(in_c=True) == ""


@needs_compiler
def test_a_kernel_that_disagrees_with_python_is_named(monkeypatch):
    spoil(monkeypatch, Pool)
    fault = pooling_fault(in_c=True)
    assert fault.startswith("Pool{")
    assert fault.endswith("(images): its C and its Python code differ by up to 1")


def test_a_training_step_agrees_in_python(subject):
    batch = subject.random_batch(2, np.random.default_rng(0))
    assert debugging.debug_step(make_subject(), batch, in_c=False) == ""


def test_a_rewrite_to_an_op_that_disagrees_is_named(subject, monkeypatch):
    spoil(monkeypatch, FusedConv)
    batch = subject.random_batch(2, np.random.default_rng(0))
    fault = debugging.debug_step(make_subject(), batch, in_c=False)
    assert "FusedConv{" in fault
    assert "in whose place the rewrite" in fault
    assert "\n" not in fault


def test_differences_of_arrays():
    assert debugging.largest_difference(np.array([1, 5]), np.array([2.5, 5])) == 1.5
    assert debugging.largest_difference(np.zeros(2), np.zeros(3)) == np.inf
