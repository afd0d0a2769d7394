import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.gradient import verify_grad

from lenet.nnet import bilinear_kernel_1D, bilinear_kernel_2D, bilinear_upsampling
from tests.nnet.modes import MODES, Graph, evaluate, in_modes

IMAGES = np.random.default_rng(3).normal(size=(2, 3, 4, 5))


def interpolate(line, ratio, every):
    """Interpolate a line at the places that Theano's kernel and padding lead to."""
    places = (np.arange(len(line) * ratio) + 1 + ratio // 2) / ratio - 1
    return np.interp(places, np.arange(len(line)), line)[::every]


def by_lines(images, rows, columns):
    """Upsample images by (numerator, denominator) of rows and columns."""
    images = np.apply_along_axis(interpolate, 2, images, *rows)
    return np.apply_along_axis(interpolate, 3, images, *columns)


@in_modes("python", "jax")
@pytest.mark.parametrize("use_1D_kernel", [True, False], ids=["1D", "2D"])
@pytest.mark.parametrize("ratio", [1, 2, 3, 4, 5])
def test_a_whole_ratio(ratio, use_1D_kernel, mode_name):
    x = pt.tensor(shape=(None, None, 4, 5))
    output = bilinear_upsampling(x, ratio, use_1D_kernel=use_1D_kernel)
    (found,) = evaluate(Graph([x], [output], [IMAGES]), mode_name)
    expected = by_lines(IMAGES, (ratio, 1), (ratio, 1))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("frac_ratio", "rows", "columns"),
    [
        ((3, 2), (3, 2), (3, 2)),
        ((4, 6), (2, 3), (2, 3)),
        (((5, 2), (4, 1)), (5, 2), (4, 1)),
    ],
    ids=str,
)
def test_a_fraction(frac_ratio, rows, columns):
    x = pt.tensor4()
    output = bilinear_upsampling(x, frac_ratio=frac_ratio, use_1D_kernel=False)
    (found,) = evaluate(Graph([x], [output], [IMAGES]), "python")
    np.testing.assert_allclose(found, by_lines(IMAGES, rows, columns), rtol=1e-12, atol=1e-12)


@in_modes("c")
def test_compiled_in_single_precision(mode_name):
    with pytensor.config.change_flags(floatX="float32"):
        x = pt.tensor(shape=IMAGES.shape)
        output = bilinear_upsampling(x, 2, batch_size=2, num_input_channels=3)
        gradient = pytensor.grad(output.sum(), x)
    values = [IMAGES.astype("float32")]
    found, slope = evaluate(Graph([x], [output, gradient], values), mode_name)
    assert found.dtype == slope.dtype == np.float32
    np.testing.assert_allclose(found, by_lines(IMAGES, (2, 1), (2, 1)), rtol=1e-5, atol=1e-5)
    # Of every pixel, as much as by a change of it alone.
    for place in [(0, 0, 0, 0), (1, 2, 3, 4), (1, 1, 2, 2)]:
        alone = np.zeros_like(IMAGES)
        alone[place] = 1
        np.testing.assert_allclose(slope[place], by_lines(alone, (2, 1), (2, 1)).sum(), rtol=1e-5)


def test_gradient():
    def function(images):
        return bilinear_upsampling(images, frac_ratio=(3, 2), use_1D_kernel=False)

    verify_grad(function, [IMAGES], rng=np.random.default_rng(5), mode=MODES["python"])


def test_kernels():
    line, raw, square = evaluate(
        Graph(
            [],
            [
                bilinear_kernel_1D(3),
                bilinear_kernel_1D(ratio=2, normalize=False),
                bilinear_kernel_2D((1, 2)),
            ],
            [],
        ),
        "python",
    )
    np.testing.assert_allclose(line, [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3])
    np.testing.assert_array_equal(raw, [1, 2, 1])
    np.testing.assert_array_equal(square, [[0.5, 1, 0.5]])
    ratio = pt.iscalar()
    of_any = pytensor.function([ratio], bilinear_kernel_1D(ratio), mode=MODES["python"])
    np.testing.assert_allclose(of_any(3), line)
    np.testing.assert_allclose(of_any(1), [1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "give either ratio or frac_ratio"),
        ({"ratio": 2, "frac_ratio": (3, 2)}, ValueError, "give either ratio or frac_ratio"),
        ({"ratio": 0}, ValueError, "invalid ratio 0"),
        ({"ratio": 1.5}, ValueError, "invalid ratio 1.5"),
        ({"ratio": pt.lscalar("r")}, NotImplementedError, "ratio=r is symbolic"),
        ({"frac_ratio": (3, 0)}, ValueError, r"invalid frac_ratio \(3, 0\)"),
        ({"frac_ratio": (3, 2, 1)}, ValueError, r"invalid frac_ratio \(3, 2, 1\)"),
        ({"input": pt.matrix(), "ratio": 2}, ValueError, "input has 2 axes, expected 4"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        bilinear_upsampling(**{"input": pt.tensor4(), **arguments})
