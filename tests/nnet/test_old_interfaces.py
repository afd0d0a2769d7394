import numpy as np
import pytensor.tensor as pt
import pytest
from scipy.signal import convolve2d

from lenet.nnet import conv2d, max_pool_2d, old_conv2d, pool_2d, signal_conv2d
from tests.nnet.modes import Graph, evaluate, in_modes


def test_the_old_convolution_is_the_new_one():
    x, w = pt.tensor4("x"), pt.tensor4("w")
    output = old_conv2d(
        x, w, (2, 3, 8, 8), (4, 3, 3, 3), "full", (2, 1), unroll_kern=4, openmp=False
    )
    assert output.type.shape == (2, 4, 5, 10)
    assert output.owner.op == conv2d(x, w, border_mode="full", subsample=(2, 1)).owner.op


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"border_mode": "half"}, ValueError, "invalid border_mode 'half': expected 'valid' or"),
        ({"kshp_logical": (3, 3)}, TypeError, "has no argument kshp_logical here"),
    ],
    ids=["border", "logical"],
)
def test_what_the_old_convolution_does_not_take(arguments, error, message):
    with pytest.raises(error, match=message):
        old_conv2d(pt.tensor4(), pt.tensor4(), **arguments)


@in_modes("c", "python", "jax")
@pytest.mark.parametrize("border_mode", ["valid", "full"])
def test_convolution_of_signals(border_mode, mode_name):
    rng = np.random.default_rng(3)
    images, filters = rng.normal(size=(2, 6, 5)), rng.normal(size=(3, 3, 2))
    expected = np.array([[convolve2d(i, f, border_mode)[::2] for f in filters] for i in images])
    x, w = pt.tensor3(), pt.tensor3()
    arguments = {"border_mode": border_mode, "subsample": (2, 1)}
    outputs = [
        signal_conv2d(x, w, (2, 6, 5), (3, 3, 2), **arguments),
        signal_conv2d(x[1], w, (6, 5), (3, 3, 2), **arguments),
        signal_conv2d(x, w[2], **arguments),
        signal_conv2d(x[0], w[1], **arguments),
    ]
    results = evaluate(Graph([x, w], outputs, [images, filters]), mode_name)
    wanted = [expected, expected[1], expected[:, 2], expected[0, 1]]
    for found, result in zip(results, wanted, strict=True):
        assert found.shape == result.shape
        np.testing.assert_allclose(found, result, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["input", "filters"])
def test_a_signal_has_two_or_three_axes(name):
    arguments = {"input": pt.matrix(), "filters": pt.matrix(), name: pt.tensor4()}
    with pytest.raises(ValueError, match=f"{name} has 4 axes, expected 2 or 3"):
        signal_conv2d(**arguments)


def test_the_old_pooling_is_the_new_one():
    x = pt.tensor4()
    old = max_pool_2d(x, (3, 2), True, st=(2, 1), padding=(1, 0), mode="sum")
    new = pool_2d(x, (3, 2), True, stride=(2, 1), pad=(1, 0), mode="sum")
    assert old.owner.op == new.owner.op
    assert max_pool_2d(x, 2, ignore_border=False).owner.op == pool_2d(x, (2, 2), False).owner.op
