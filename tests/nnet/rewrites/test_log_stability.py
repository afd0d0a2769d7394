import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode, get_mode
from pytensor.link.vm import VMLinker
from scipy.special import log_softmax, softmax

from lenet.nnet.rewrites.log_stability import NAME, undone_division

LOGITS = np.array([[1000.0, 0.0, -1000.0], [3.0, 2.0, 1.0]])
LABELS = np.array([1, 0])
LOSSES = {
    "all": lambda p, y: -pt.log(p)[pt.arange(y.shape[0]), y].mean(),
    "picked": lambda p, y: -pt.log(p[pt.arange(y.shape[0]), y]).mean(),
    "weighted": lambda p, y: -(pt.log(p) * pt.eye(3)[y]).sum() / 2,
    "one-by-one": lambda p, y: -(pt.log(p[0, y[0]]) + pt.log(p[1, y[1]])) / 2,
}


def compiled(loss, mode):
    x, y = pt.dmatrix("x"), pt.lvector("y")
    cost = loss(pt.special.softmax(x, axis=-1), y)
    return pytensor.function([x, y], [cost, pytensor.grad(cost, x)], mode=mode)


@pytest.mark.filterwarnings("ignore:Skipping Assert", "ignore:Explicitly requested dtype")
@pytest.mark.parametrize("mode", ["FAST_COMPILE", "JAX"])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_probabilities_may_underflow(loss, mode, request):
    if mode == "JAX":
        request.getfixturevalue("jax_types")("float64")
    cost, gradient = compiled(loss, mode)(LOGITS, LABELS)
    rows = np.arange(2)
    np.testing.assert_allclose(cost, -log_softmax(LOGITS, axis=1)[rows, LABELS].mean())
    expected = softmax(LOGITS, axis=1) / 2
    expected[rows, LABELS] -= 0.5
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-300)


def test_the_rewrites_can_be_excluded():
    mode = get_mode("FAST_COMPILE").excluding(NAME)
    with np.errstate(all="ignore"):
        cost, gradient = compiled(LOSSES["picked"], mode)(LOGITS, LABELS)
    assert np.isinf(cost)
    assert np.isnan(gradient).any()


def spread(p, pick=lambda p: p[0, 1], write="inc", start=0.0, times=None):
    """Return a product like that of the two gradients, or unlike it."""
    zeros = pt.fill(p, start)
    quotient = 3.0 / pick(p)
    target = zeros[0, 1]
    written = target.inc(quotient) if write == "inc" else target.set(quotient)
    return written * (p if times is None else times)


UNLIKE = {
    "set": lambda p: spread(p, write="set"),
    "not-zero": lambda p: spread(p, start=1.0),
    "another-place": lambda p: spread(p, pick=lambda p: p[0, 0]),
    "another-factor": lambda p: spread(p, times=p + 1),
}


@pytest.mark.parametrize("product", UNLIKE.values(), ids=UNLIKE)
def test_only_what_undoes_the_division_is_rewritten(product):
    p = pt.dmatrix("p")
    mode = Mode(linker=VMLinker(c_thunks=False), optimizer=None)
    values = np.array([[0.5, 0.25]])
    result = product(p)
    assert undone_division.transform(None, result.owner) is None
    assert pytensor.function([p], result, mode=mode)(values).shape == (1, 2)


def test_repeated_places_are_added_up():
    p, rows = pt.dvector("p"), pt.lvector("rows")
    product = pt.zeros_like(p)[rows].inc(2.0 / p[rows]) * p
    values = np.array([0.5, 0.25, 0.125])
    function = pytensor.function([p, rows], product, mode="FAST_COMPILE")
    np.testing.assert_allclose(function(values, [2, 0, 2]), [2.0, 0.0, 4.0])
