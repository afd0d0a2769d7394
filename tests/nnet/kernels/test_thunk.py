"""Calls of kernels as PyTensor's virtual machines make them."""

import gc
import sys

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode

from lenet.nnet.kernels.thunk import KernelThunk, kind_of
from lenet.nnet.ops.conv import Conv
from lenet.nnet.ops.softmax import LogLikelihood

pytestmark = pytest.mark.skipif(not pytensor.config.cxx, reason="there is no C++ compiler")


def thunk_of(op, values, no_recycling=()):
    """Return the call of an Op with these arrays, the list of each result, and that of what is computed."""
    node = op.make_node(*(pt.as_tensor(value).type() for value in values))
    storage = {v: [value] for v, value in zip(node.inputs, values, strict=True)}
    storage |= {output: [None] for output in node.outputs}
    computed = {output: [False] for output in node.outputs}
    new = [node.outputs[n] for n in no_recycling]
    thunk = op.make_c_thunk(node, storage, computed, new)
    assert isinstance(thunk, KernelThunk)
    return thunk, [computed[output] for output in node.outputs]


def images_and_filters(batch=2):
    rng = np.random.default_rng(0)
    return [rng.normal(size=size) for size in [(batch, 1, 4, 5), (3, 1, 2, 2)]]


def test_results_are_put_in_their_cells_and_said_to_be_computed():
    logits, labels = np.zeros((2, 4)), np.array([0, 3])
    thunk, computed = thunk_of(LogLikelihood(), [logits, labels])
    assert computed == [[False], [False]]
    thunk()
    assert computed == [[True], [True]]
    np.testing.assert_allclose(thunk.outputs[0][0], -np.log([4, 4]))
    np.testing.assert_allclose(thunk.outputs[1][0], np.full((2, 4), 0.25))


@pytest.mark.parametrize("is_new", [False, True])
def test_results_are_written_where_the_last_ones_are_unless_they_must_be_new(is_new):
    thunk, _ = thunk_of(Conv(), images_and_filters(), [0] if is_new else [])
    thunk()
    first, copy = thunk.outputs[0][0], thunk.outputs[0][0].copy()
    thunk.inputs[0][0] = 2 * thunk.inputs[0][0]
    thunk()
    assert (thunk.outputs[0][0] is first) == (not is_new)
    np.testing.assert_allclose(thunk.outputs[0][0], 2 * copy)
    thunk.inputs[0][0] = thunk.inputs[0][0][:1]  # which needs a smaller one
    thunk()
    np.testing.assert_allclose(thunk.outputs[0][0], 2 * copy[:1])


@pytest.mark.parametrize(
    "value", [None, np.ones((1, 1, 4, 5), "float32"), np.ones((4, 5)), "images"], ids=str
)
def test_what_is_no_such_array_is_refused(value):
    thunk, computed = thunk_of(Conv(), images_and_filters())
    thunk.inputs[0][0] = value
    with pytest.raises(TypeError, match="expected an array of type 12 with 4 axes, got"):
        thunk()
    assert thunk.outputs[0][0] is None
    assert computed == [[False]]


@pytest.mark.parametrize("linker", ["cvm", "vm"])
def test_a_failure_is_raised_by_both_virtual_machines(linker):
    x, w = pt.dtensor4("x"), pt.dtensor4("w")
    function = pytensor.function([x, w], Conv()(x, w), mode=Mode(linker, None))
    images, filters = images_and_filters()
    for _ in range(2):
        with pytest.raises(ValueError, match="convolution: got 2 channels, expected 1"):
            function(images.repeat(2, axis=1), filters)
        assert function(images, filters).shape == (2, 3, 3, 4)


def test_nothing_is_lost_or_freed_twice():
    values = images_and_filters()
    thunk, _ = thunk_of(Conv(), values)
    thunk()
    counts = [sys.getrefcount(value) for value in (*values, thunk.outputs[0][0])]
    for _ in range(100):
        thunk()
        thunk.inputs[0][0] = None
        with pytest.raises(TypeError):
            thunk()
        thunk.inputs[0][0] = values[0]
    assert [sys.getrefcount(value) for value in (*values, thunk.outputs[0][0])] == counts
    cells = [*thunk.inputs, *thunk.outputs]
    held = sys.getrefcount(cells[0])
    thunk = None
    gc.collect()
    assert sys.getrefcount(cells[0]) < held


def test_the_kind_of_a_variable():
    assert kind_of(pt.fmatrix()) == (np.dtype("float32").num, 2)
    assert kind_of(pt.lscalar()) == (np.dtype("int64").num, 0)
