"""Connectionist temporal classification, against sums over all alignments."""

from itertools import groupby, product

import numpy as np
import pytest
from scipy.special import softmax


@pytest.fixture
def ctc(theano):
    return theano.tensor.nnet.ctc


def cost(activations, labels):
    """Return the negative logarithm of the sum, over all alignments, of their probabilities."""
    p = softmax(activations, axis=1)
    total = 0.0
    for path in product(range(p.shape[1]), repeat=len(p)):
        if [label for label, _ in groupby(path) if label] == list(labels):
            total += np.prod([p[step, label] for step, label in enumerate(path)])
    return -np.log(total) if total else np.inf


CASES = [
    (5, [1, 2]),
    (4, [1, 1]),
    (3, [1, 1]),  # one alignment only
    (3, [2]),
    (4, []),
    (1, [1]),
    (5, [2, 2, 1]),
]
ACTIVATIONS = 2 * np.random.default_rng(0).standard_normal((5, len(CASES), 3))
LENGTHS = np.array([length for length, _ in CASES], dtype="int32")
LABELS = np.array([labels + [-1] * (3 - len(labels)) for _, labels in CASES], dtype="int32")


def computed(theano, ctc, activations, labels=LABELS, lengths=LENGTHS):
    T = theano.tensor
    x = T.tensor3(dtype=str(activations.dtype))
    costs = ctc.ctc(x, labels, lengths)
    weights = np.arange(1.0, 1 + len(lengths)).astype(activations.dtype)
    slope = T.grad((weights * costs).sum(), x)
    return theano.function([x], [costs, slope / weights[:, None]], mode="FAST_COMPILE")(activations)


def test_costs_are_sums_over_all_alignments(theano, ctc):
    costs, _ = computed(theano, ctc, ACTIVATIONS)
    expected = [cost(ACTIVATIONS[:length, n], labels) for n, (length, labels) in enumerate(CASES)]
    np.testing.assert_allclose(costs, expected, rtol=1e-12)


def test_gradients_are_finite_differences(theano, ctc):
    _, slopes = computed(theano, ctc, ACTIVATIONS)
    for n, (length, labels) in enumerate(CASES):
        assert (slopes[length:, n] == 0).all()
        for place in np.ndindex(length, 3):
            step = np.zeros((length, 3))
            step[place] = 1e-5
            above, below = (cost(ACTIVATIONS[:length, n] + s * step, labels) for s in (1, -1))
            np.testing.assert_allclose(
                slopes[place[0], n, place[1]], (above - below) / 2e-5, rtol=1e-5, atol=1e-8
            )


def test_padding_may_be_anywhere_and_activations_in_float32(theano, ctc):
    costs, slopes = computed(
        theano,
        ctc,
        ACTIVATIONS[:, :1].astype("float32"),
        np.array([[-1, 1, -3, 2]], dtype="int32"),
        LENGTHS[:1],
    )
    assert costs.dtype == slopes.dtype == np.float32
    np.testing.assert_allclose(costs[0], cost(ACTIVATIONS[:, 0], [1, 2]), rtol=1e-5)


def test_long_sequences_do_not_underflow(theano, ctc):
    activations = 30 * np.random.default_rng(1).standard_normal((500, 1, 5))
    labels = np.random.default_rng(2).integers(1, 5, (1, 60))
    costs, slopes = computed(theano, ctc, activations, labels, np.array([500]))
    assert np.isfinite(costs).all()
    np.testing.assert_allclose(slopes.sum(axis=2), 0, atol=1e-9)


def test_too_few_steps_for_the_labels(theano, ctc):
    costs, slopes = computed(theano, ctc, ACTIVATIONS[:, :1], np.array([[1, 1]]), np.array([2]))
    assert costs == np.inf
    assert (slopes == 0).all()


def test_a_gradient_that_nobody_asks_for_is_left_out(theano, ctc):
    x = theano.tensor.dtensor3()  # constants would be folded
    costs = theano.function([x], ctc.ctc(x, LABELS, LENGTHS), mode="FAST_COMPILE")
    (node,) = (
        node
        for node in costs.maker.fgraph.apply_nodes
        if isinstance(node.op, ctc.ConnectionistTemporalClassification)
    )
    assert not node.op.compute_grad
    expected = [cost(ACTIVATIONS[:length, n], labels) for n, (length, labels) in enumerate(CASES)]
    np.testing.assert_allclose(costs(ACTIVATIONS), expected, rtol=1e-12)


def test_the_interface_of_the_binding(theano, ctc):
    assert ctc.ctc_available()
    operation = ctc.ConnectionistTemporalClassification(compute_grad=False)
    costs = operation(ACTIVATIONS, LABELS, LENGTHS)
    assert len(costs.owner.outputs) == 1
    assert theano.tensor.nnet.ctc.ctc is ctc.ctc


@pytest.mark.parametrize(
    ("labels", "lengths", "message"),
    [
        ([[3]], [2], "label 3, expected less than 3"),
        ([[1]], [6], "expected 0 to 5"),
        ([[1]], [-1], "expected 0 to 5"),
        ([[1], [1]], [2], "expected as many"),
    ],
)
def test_values_out_of_range(theano, ctc, labels, lengths, message):
    with pytest.raises(ValueError, match=message):
        ctc.ctc(ACTIVATIONS[:, :1], np.array(labels), np.array(lengths)).eval(mode="FAST_COMPILE")


def test_types_and_axes(ctc):
    with pytest.raises(TypeError, match="labels is of type float64"):
        ctc.ctc(ACTIVATIONS, LABELS * 1.0, LENGTHS)
    with pytest.raises(ValueError, match="activations has 2 axes, expected 3"):
        ctc.ctc(ACTIVATIONS[0], LABELS, LENGTHS)
