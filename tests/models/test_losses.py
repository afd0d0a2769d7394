from functools import partial

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad
from scipy.special import log_softmax
from sklearn.utils.class_weight import compute_class_weight

from lenet.layers.parameters import shared_parameter
from lenet.LogisticRegression import LogisticRegression
from lenet.models.losses import (
    LOSSES,
    balanced_weights,
    cross_entropy,
    hinge,
    l1,
    l1_penalty,
    l2_penalty,
    mse,
)
from lenet.models.rbf_losses import RBF_LOSSES
from lenet.nnet.ops.softmax import LogLikelihood, LogLikelihoodGrad
from tests.nnet.modes import MODES, Graph, evaluate_together, in_modes
from tests.nnet.rewrites.graphs import rewritten

ROWS, CLASSES = 6, 5
OUTPUTS = np.random.default_rng(3).normal(0, 2, (ROWS, CLASSES))
LABELS = np.array([0, 4, 3, 2, 2, 1], dtype="int32")
WEIGHTS = [0.5, 3.0, 0.25, 1.0, 2.0]


def mean_by_hand(of_output):
    """Return the mean of a function ``(output, is_right) -> number`` over all outputs."""
    numbers = [
        of_output(OUTPUTS[row, column], column == LABELS[row])
        for row in range(ROWS)
        for column in range(CLASSES)
    ]
    return sum(numbers) / len(numbers)


def cross_entropy_by_hand(smoothing, weights=(1,) * CLASSES):
    total = 0
    for row, label in zip(OUTPUTS, LABELS, strict=True):
        target = np.full(CLASSES, smoothing / CLASSES)
        target[label] += 1 - smoothing
        total -= weights[label] * (target * log_softmax(row)).sum()
    return total / ROWS


FORMS = {
    "cross-entropy": (cross_entropy, lambda: cross_entropy_by_hand(0)),
    "smoothed cross-entropy": (
        lambda x, y: cross_entropy(x, y, label_smoothing=0.1),
        lambda: cross_entropy_by_hand(0.1),
    ),
    "weighted cross-entropy": (
        lambda x, y: cross_entropy(x, y, class_weights=WEIGHTS),
        lambda: cross_entropy_by_hand(0, WEIGHTS),
    ),
    "mse": (mse, lambda: mean_by_hand(lambda x, right: (x - right) ** 2)),
    "mse from -1 to 1.5": (
        lambda x, y: mse(x, y, -1, 1.5),
        lambda: mean_by_hand(lambda x, right: (x - (1.5 if right else -1)) ** 2),
    ),
    "l1": (l1, lambda: mean_by_hand(lambda x, right: abs(x - right))),
    "l1 from 0.1 to 0.9": (
        lambda x, y: l1(x, y, low=0.1, high=0.9),
        lambda: mean_by_hand(lambda x, right: abs(x - (0.9 if right else 0.1))),
    ),
    "hinge": (hinge, lambda: mean_by_hand(lambda x, right: max(0, 1 - (x if right else -x)))),
    "hinge of margin 0.3": (
        lambda x, y: hinge(x, y, 0.3),
        lambda: mean_by_hand(lambda x, right: max(0, 0.3 - (x if right else -x))),
    ),
}


PLAIN = ("cross-entropy", "smoothed cross-entropy", "mse", "l1", "hinge")


@in_modes("c", "python", "jax")
# JAX runs no assertions, here that there is a label for each row, and counts with 32 bits.
@pytest.mark.filterwarnings("ignore:Skipping Assert", "ignore:Explicitly requested dtype")
def test_losses_are_what_they_say(mode_name, request):
    dtype = "float64" if mode_name == "python" else "float32"
    if mode_name == "jax":
        request.getfixturevalue("jax_types")(dtype)
    graphs = {}
    with pytensor.config.change_flags(floatX=dtype):
        # A C++ compiler takes its time, and the others differ in constants only.
        for name in PLAIN if mode_name == "c" else FORMS:
            loss, _ = FORMS[name]
            x, y = pt.matrix("x", dtype=dtype), pt.ivector("y")
            cost = loss(x, y)
            graphs[name] = Graph(
                [x, y], [cost, pytensor.grad(cost, x)], [OUTPUTS.astype(dtype), LABELS]
            )
        found = evaluate_together(graphs, mode_name)
    tolerance = {"float32": 1e-5, "float64": 1e-12}[dtype]
    for name, (value, gradient) in found.items():
        _, by_hand = FORMS[name]
        assert value.dtype == gradient.dtype == dtype
        assert value.shape == ()
        assert value == pytest.approx(by_hand(), rel=tolerance), name


ALL = {**LOSSES, **{f"{name} of distances": loss for name, loss in RBF_LOSSES.items()}}
ALL["smoothed cross_entropy"] = partial(cross_entropy, label_smoothing=0.1)


@pytest.mark.parametrize("name", ALL)
def test_an_image_counts_as_much_as_its_class(name):
    outputs, labels = pt.dmatrix("outputs"), pt.ivector("labels")
    costs = [ALL[name](outputs, labels), ALL[name](outputs, labels, class_weights=WEIGHTS)]
    function = pytensor.function([outputs, labels], costs, mode=MODES["python"])
    alone = [float(function(OUTPUTS[[k]], LABELS[[k]])[0]) for k in range(ROWS)]
    expected = sum(WEIGHTS[LABELS[k]] * alone[k] for k in range(ROWS)) / ROWS
    assert float(function(OUTPUTS, LABELS)[1]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_an_image_counts_as_much_as_its_own_weight_times_that_of_its_class(name):
    outputs, labels, weights = pt.dmatrix("outputs"), pt.ivector("labels"), pt.dvector("weights")
    costs = [
        ALL[name](outputs, labels),
        ALL[name](outputs, labels, image_weights=weights),
        ALL[name](outputs, labels, class_weights=WEIGHTS, image_weights=weights),
    ]
    function = pytensor.function([outputs, labels, weights], costs, mode=MODES["python"])
    of_images = np.linspace(0, 3, ROWS)
    alone = np.array([function(OUTPUTS[[k]], LABELS[[k]], [1.0])[0] for k in range(ROWS)])
    _, weighted, both = function(OUTPUTS, LABELS, of_images)
    assert float(weighted) == pytest.approx((of_images * alone).mean(), rel=1e-12)
    of_classes = np.array(WEIGHTS)[LABELS]
    assert float(both) == pytest.approx((of_images * of_classes * alone).mean(), rel=1e-12)


def test_balanced_weights_are_those_of_scikit_learn():
    labels = np.repeat([0, 1, 3], [5, 30, 10])
    found = balanced_weights(labels, 4)
    expected = compute_class_weight("balanced", classes=np.array([0, 1, 3]), y=labels)
    # A class without images has a share, too; its weight is of no consequence.
    np.testing.assert_allclose(found[[0, 1, 3]], expected * 3 / 4)
    np.testing.assert_allclose(found[labels].sum(), len(labels) * 3 / 4)


@pytest.mark.parametrize("name", FORMS)
def test_gradients_of_losses(name):
    loss, _ = FORMS[name]
    verify_grad(
        lambda x: loss(x, pt.constant(LABELS)),
        [OUTPUTS],
        rng=np.random.default_rng(0),
        mode=MODES["python"],
    )


@pytest.mark.parametrize("penalty", [l1_penalty, l2_penalty])
def test_gradients_of_penalties(penalty):
    verify_grad(
        lambda *params: penalty(params),
        [OUTPUTS, OUTPUTS[0] - 1],
        rng=np.random.default_rng(0),
        mode=MODES["python"],
    )


def test_losses_and_penalties_are_those_of_pytorch():
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e .[bench]")
    functional = torch.nn.functional
    outputs = torch.tensor(OUTPUTS, requires_grad=True)
    labels = torch.tensor(LABELS, dtype=torch.int64)
    is_right = functional.one_hot(labels, CLASSES).bool()

    def targets(right, wrong):
        return wrong + (right - wrong) * is_right.double()

    # PyTorch's own hinge losses are others: of pairs of classes, or without a margin for the right one.
    theirs = {
        "cross-entropy": functional.cross_entropy(outputs, labels),
        "smoothed cross-entropy": functional.cross_entropy(outputs, labels, label_smoothing=0.1),
        # The mean of PyTorch divides by the sum of the weights.
        "weighted cross-entropy": functional.cross_entropy(
            outputs, labels, torch.tensor(WEIGHTS, dtype=torch.float64), reduction="none"
        ).mean(),
        "mse": functional.mse_loss(outputs, targets(1, 0)),
        "mse from -1 to 1.5": functional.mse_loss(outputs, targets(1.5, -1)),
        "l1": functional.l1_loss(outputs, targets(1, 0)),
        "l1 from 0.1 to 0.9": functional.l1_loss(outputs, targets(0.9, 0.1)),
        "hinge": torch.clamp(1 - outputs * targets(1, -1), min=0).mean(),
        "hinge of margin 0.3": torch.clamp(0.3 - outputs * targets(1, -1), min=0).mean(),
        "L1": outputs.norm(1),
        "L2": outputs.norm(2) ** 2,
    }
    x, y = pt.dmatrix("x"), pt.ivector("y")
    costs = {name: loss(x, y) for name, (loss, _) in FORMS.items()}
    costs |= {"L1": l1_penalty([x]), "L2": l2_penalty([x])}
    assert costs.keys() == theirs.keys()
    both = [*costs.values(), *(pytensor.grad(cost, x) for cost in costs.values())]
    found = pytensor.function([x, y], both, mode=MODES["python"])(OUTPUTS, LABELS)
    for name, cost, gradient in zip(costs, found, found[len(costs) :], strict=False):
        (expected,) = torch.autograd.grad(theirs[name], outputs, retain_graph=True)
        np.testing.assert_allclose(cost, theirs[name].item(), rtol=1e-12, err_msg=name)
        np.testing.assert_allclose(gradient, expected.numpy(), atol=1e-14, err_msg=name)


def test_cross_entropy_is_the_negative_log_likelihood_of_the_output_layer():
    x, y = pt.dmatrix("x"), pt.ivector("y")
    layer = LogisticRegression(x, CLASSES, CLASSES)
    layer.W.set_value(np.eye(CLASSES))
    outputs = [cross_entropy(layer.logits, y), layer.negative_log_likelihood(y)]
    ours, theirs = pytensor.function([x, y], outputs, mode=MODES["python"])(OUTPUTS, LABELS)
    assert ours == theirs


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_cross_entropy_is_fused(smoothing):
    x, y = pt.dmatrix("x"), pt.ivector("y")
    cost = cross_entropy(x, y, smoothing)
    fgraph = rewritten(Graph([x, y], [cost, pytensor.grad(cost, x)], []))
    kinds = {type(node.op) for node in fgraph.apply_nodes}
    assert LogLikelihood in kinds
    assert smoothing or LogLikelihoodGrad in kinds


def test_a_confident_mistake_has_a_finite_cost_and_gradient():
    x, y = pt.dmatrix("x"), pt.ivector("y")
    cost = cross_entropy(x, y, 0.1)
    function = pytensor.function([x, y], [cost, pytensor.grad(cost, x)], mode=MODES["python"])
    found, gradient = function([[1000.0, 0.0]], np.int32([1]))
    assert found == pytest.approx(0.95 * 1000)
    np.testing.assert_allclose(gradient, [[0.95, -0.95]])


def test_penalties_are_sums_over_all_parameters():
    values = [OUTPUTS, OUTPUTS[0] - 1]
    with pytensor.config.change_flags(floatX="float32"):
        params = [shared_parameter(value, "W") for value in values]
        outputs = [l1_penalty(params), l2_penalty(params), l1_penalty(params[:1])]
        function = pytensor.function([], outputs, mode=MODES["python"])
    assert [output.type.dtype for output in outputs] == ["float32"] * 3
    absolute, squares, absolute_of_one = function()
    numbers = [float(number) for value in values for number in value.ravel()]
    assert absolute == pytest.approx(sum(abs(number) for number in numbers), rel=1e-5)
    assert squares == pytest.approx(sum(number**2 for number in numbers), rel=1e-5)
    assert absolute_of_one == pytest.approx(np.abs(OUTPUTS).sum(), rel=1e-5)


@pytest.mark.parametrize("penalty", [l1_penalty, l2_penalty])
def test_a_penalty_needs_parameters(penalty):
    with pytest.raises(ValueError, match="at least one"):
        penalty([])


@pytest.mark.parametrize("name", LOSSES)
def test_outputs_and_labels_must_fit(name):
    x, y = pt.dmatrix("x"), pt.ivector("y")
    with pytest.raises(TypeError, match=r"labels of 2 axes: expected \(batch, classes\)"):
        LOSSES[name](x, pt.imatrix())
    with pytest.raises(TypeError, match="outputs of 1 "):
        LOSSES[name](pt.dvector(), y)
    with pytest.raises(TypeError, match="labels hold float64, expected integer"):
        LOSSES[name](x, pt.dvector())


@pytest.mark.parametrize("value", [-0.1, 1.0, float("nan")])
def test_numbers_out_of_their_range(value):
    x, y = pt.dmatrix("x"), pt.ivector("y")
    with pytest.raises(
        ValueError, match=r"label_smoothing .*: expected a number from 0 to below 1"
    ):
        cross_entropy(x, y, value)
    with pytest.raises(ValueError, match=r"margin .*: expected a positive number"):
        hinge(x, y, min(value, 0) if value == value else value)
