import math

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad

from lenet.models.rbf_losses import RBF_LOSSES, distance, maximum_a_posteriori
from tests.nnet.modes import MODES

DISTANCES = np.random.default_rng(0).uniform(0, 9, (5, 4))
LABELS = np.array([3, 0, 1, 1, 2], dtype="int32")


def values(dtype, distances, **options):
    y, labels = pt.matrix("y", dtype=dtype), pt.ivector("labels")
    costs = [distance(-y, labels), maximum_a_posteriori(-y, labels, **options)]
    graph = [*costs, *(pytensor.grad(cost, y) for cost in costs)]
    function = pytensor.function([y, labels], graph, mode=MODES["python"])
    return function(distances.astype(dtype), LABELS)


@pytest.mark.parametrize("j", [0.5, 6.0])
def test_costs_are_those_of_the_paper(j):
    mse = sum(y[label] for y, label in zip(DISTANCES, LABELS, strict=True)) / len(LABELS)
    rubbish = 0.0
    for y in DISTANCES:
        rubbish += math.log(math.exp(-j) + sum(math.exp(-one) for one in y)) / len(LABELS)
    found = values("float64", DISTANCES, rubbish_distance=j)
    assert found[0] == pytest.approx(mse)
    assert found[1] == pytest.approx(mse + rubbish)


def test_gradients_push_wrong_codes_away_only_with_the_map_criterion():
    _, _, mse_slope, map_slope = values("float64", DISTANCES, rubbish_distance=2.0)
    is_right = LABELS[:, None] == np.arange(4)
    np.testing.assert_allclose(mse_slope, is_right / len(LABELS))
    assert (map_slope[is_right] > 0).all()
    assert (map_slope[~is_right] < 0).all()


@pytest.mark.parametrize("name", RBF_LOSSES)
def test_gradients_are_those_of_finite_differences(name):
    verify_grad(
        lambda outputs: RBF_LOSSES[name](outputs, pt.constant(LABELS)),
        [-DISTANCES],
        rng=np.random.default_rng(0),
        mode=MODES["python"],
    )


def test_costs_are_those_of_pytorch():
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e .[bench]")
    y, labels = torch.tensor(DISTANCES, requires_grad=True), torch.tensor(LABELS).long()
    right = y.gather(1, labels[:, None]).mean()
    rubbish = torch.full((len(LABELS), 1), 2.0)
    theirs = [right, right + torch.logsumexp(-torch.cat([y, rubbish], dim=1), dim=1).mean()]
    *costs, mse_slope, map_slope = values("float64", DISTANCES, rubbish_distance=2.0)
    for mine, slope, cost in zip(costs, (mse_slope, map_slope), theirs, strict=True):
        (expected,) = torch.autograd.grad(cost, y, retain_graph=True)
        assert mine == pytest.approx(cost.item())
        np.testing.assert_allclose(slope, expected.numpy(), rtol=1e-6, atol=1e-12)


def test_large_distances_are_no_trouble():
    found = values("float32", 1000 + 100 * DISTANCES, rubbish_distance=1.0)
    assert all(np.isfinite(array).all() for array in found)


def test_outputs_must_be_those_of_a_batch():
    for loss in RBF_LOSSES.values():
        with pytest.raises(TypeError, match=r"labels of 2 axes: expected \(batch, classes\)"):
            loss(pt.matrix(), pt.imatrix())
        with pytest.raises(TypeError, match="integer"):
            loss(pt.matrix(), pt.vector())
