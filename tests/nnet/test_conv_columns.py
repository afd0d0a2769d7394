"""The gradient of images of few channels whose output is much smaller, or strided: products added in runs."""

from functools import cache

import numpy as np
import pytensor.tensor as pt
import pytest

from lenet.nnet import conv2d, conv3d
from tests.nnet.modes import MISSING, Graph, evaluate_together
from tests.nnet.rewrites.graphs import WHOLE_C_MODE, evaluate_plainly, names_of, rewritten

# Name: images, filters, and the convolution's options. Sizes pass vectors, blocks of rows and of products.
CASES = {
    "as-wide-as-the-image": ((3, 1, 23, 37), (5, 1, 4, 37), {}),
    "as-tall-as-the-image": ((2, 1, 29, 41), (33, 1, 29, 3), {}),
    "one-position": ((3, 2, 19, 21), (18, 2, 19, 21), {"filter_flip": False}),
    "many-positions": ((2, 1, 47, 40), (20, 1, 20, 18), {}),  # more than are kept at a time
    "stride": ((2, 3, 31, 28), (17, 3, 5, 5), {"subsample": (2, 2), "border_mode": (2, 2)}),
    "long-stride": ((2, 4, 44, 36), (7, 4, 8, 8), {"subsample": (4, 3)}),
    "dilation": (
        (2, 2, 30, 33),
        (6, 2, 4, 9),
        {"filter_dilation": (2, 3), "subsample": (2, 2)},
    ),
    "groups": ((2, 6, 21, 24), (16, 3, 15, 20), {"num_groups": 2, "border_mode": ((2, 1), (0, 3))}),
    "padded-on-one-side": ((2, 1, 9, 26), (7, 1, 9, 20), {"border_mode": ((0, 3), (1, 0))}),
    "padding-beyond-filters": (
        (2, 1, 12, 11),
        (3, 1, 2, 2),
        {"border_mode": (5, 4), "subsample": (3, 3)},
    ),
    "no-images": ((0, 1, 20, 20), (3, 1, 20, 18), {}),
    "volumes": ((2, 2, 9, 11, 13), (5, 2, 8, 10, 9), {"subsample": (1, 1, 2)}),
}
DTYPES = ("float32", "float64")


def arrays_of(name, dtype):
    """Return images, filters and a gradient of small integers, so that sums are exact."""
    rng = np.random.default_rng(3)
    image, filters, options = CASES[name]
    convolve = conv2d if len(image) == 4 else conv3d
    y = convolve(
        *(pt.as_tensor_variable(np.zeros(size, dtype)) for size in (image, filters)), **options
    )
    return [rng.integers(-2, 3, size).astype(dtype) for size in (image, filters, y.type.shape)]


def gradient_of(name, dtype, is_known):
    """Return the graph of the images' gradient, of sizes that are known or not."""
    image, _, options = CASES[name]
    arrays = arrays_of(name, dtype)
    shapes = [array.shape if is_known else (None,) * array.ndim for array in arrays]
    x, W, g = (pt.tensor(dtype=dtype, shape=shape) for shape in shapes)
    convolve = conv2d if len(image) == 4 else conv3d
    return Graph([x, W, g], [pt.grad(None, x, known_grads={convolve(x, W, **options): g})], arrays)


@cache
def results(dtype):
    """Return what the C code makes of all cases: name -> gradient."""
    return evaluate_together(
        {name: gradient_of(name, dtype, is_known=False) for name in CASES}, "c"
    )


@pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", CASES)
def test_each_pixel_is_the_sum_over_its_windows(name, dtype):
    graph = gradient_of(name, dtype, is_known=False)
    (found,), (expected,) = results(dtype)[name], evaluate_plainly(graph, graph.values)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)


FOR_ANY_SIZE = (
    *("as-wide-as-the-image", "as-tall-as-the-image", "one-position", "many-positions"),
    "stride",
)


@pytest.mark.parametrize("name", [*FOR_ANY_SIZE, "long-stride"])
def test_few_channels_are_not_for_the_kernel_of_known_sizes(name):
    """But where maps are few, too, so that adding would take longer than all products."""
    graph = rewritten(gradient_of(name, "float32", is_known=True), WHOLE_C_MODE)
    expected = "ConvGradInputs" if name in FOR_ANY_SIZE else "StaticConvGradInputs"
    assert names_of(graph) == [expected]


@pytest.mark.parametrize(
    ("filters", "image", "expected"),
    [
        ((8, 8, 3, 3), 16, "ConvGradInputs"),  # vectors of columns
        ((8, 8, 3, 3), 15, "StaticConvGradInputs"),  # which are not filled
        ((8, 9, 3, 3), 16, "StaticConvGradInputs"),  # those of channels are
        ((8, 8, 1, 1), 16, "StaticConvGradInputs"),  # a matrix product
    ],
)
def test_few_channels_of_wide_images_have_vectors_of_columns(filters, image, expected):
    x, W = pt.tensor4(shape=(None, filters[1], 5, image)), pt.tensor4(shape=filters)
    gradient = pt.grad(conv2d(x, W, border_mode="half").sum(), x)
    assert expected in names_of(rewritten(Graph([x, W], [gradient], []), WHOLE_C_MODE))
