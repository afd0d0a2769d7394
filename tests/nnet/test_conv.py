from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytensor.gradient import DisconnectedInputError, verify_grad
from scipy.signal import convolve, correlate
from threadpoolctl import threadpool_info, threadpool_limits

from lenet.nnet import conv2d, conv3d
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights, ConvOp
from tests.covering import by_tier
from tests.nnet.modes import MODES, Graph, evaluate, evaluate_together, in_modes
from tests.nnet.oracles import convolve_by_loops
from tests.tiers import examples

# name: (shape of the images, shape of the filters, arguments)
GEOMETRIES = {
    "valid": ((2, 3, 7, 6), (4, 3, 2, 3), {}),
    "correlation": ((2, 3, 7, 6), (4, 3, 3, 2), {"filter_flip": False}),
    "half-strided": ((2, 2, 7, 8), (3, 2, 3, 5), {"border_mode": "half", "subsample": (2, 1)}),
    "half-even": ((2, 2, 6, 5), (3, 2, 4, 2), {"border_mode": "half"}),
    "full-strided": ((1, 2, 5, 4), (3, 2, 2, 3), {"border_mode": "full", "subsample": (3, 2)}),
    "mixed-padding": ((1, 2, 4, 4), (3, 2, 2, 2), {"border_mode": (1, (0, 2))}),
    "padded-dilated": (
        (2, 2, 5, 6),
        (2, 2, 3, 2),
        {"border_mode": ((1, 0), (2, 3)), "filter_dilation": (2, 3)},
    ),
    "one-padding": ((2, 1, 4, 5), (2, 1, 3, 3), {"border_mode": 2, "filter_flip": False}),
    "groups": (
        (2, 4, 7, 6),
        (6, 2, 3, 2),
        {"num_groups": 2, "subsample": (2, 1), "filter_dilation": (1, 2), "border_mode": (1, 0)},
    ),
    "depthwise": ((2, 3, 5, 5), (6, 1, 2, 3), {"num_groups": 3, "border_mode": "half"}),
    # Few maps in a group: vectors of columns, which are longer and shorter than the rows.
    "thin-long-rows": (
        (5, 2, 5, 37),
        (2, 1, 3, 3),
        {"num_groups": 2, "border_mode": "half", "filter_flip": False},
    ),
    "thin-many-rows": ((2, 4, 17, 16), (6, 2, 5, 1), {"num_groups": 2}),
    "thin-strided": (
        (2, 2, 9, 43),
        (2, 1, 2, 5),
        {"num_groups": 2, "border_mode": (1, (2, 3)), "subsample": (2, 3)},
    ),
    "thin-dilated": (
        (2, 3, 6, 21),
        (2, 3, 2, 3),
        {"border_mode": "full", "filter_dilation": (3, 4)},
    ),
    "thin-padded-beyond-filters": (
        (2, 2, 3, 18),
        (2, 1, 2, 2),
        {"num_groups": 2, "border_mode": 3},
    ),
    "thin-one-by-one": ((2, 3, 4, 19), (3, 1, 1, 1), {"num_groups": 3}),
    "thin-no-images": ((0, 2, 4, 19), (2, 1, 3, 3), {"num_groups": 2}),
    "thin-3d": (
        (2, 2, 3, 4, 17),
        (4, 1, 2, 3, 4),
        {"num_groups": 2, "border_mode": (1, 2, 0), "filter_dilation": (2, 1, 1)},
    ),
    "thin-3d-many-rows": (
        (1, 2, 3, 10, 17),
        (2, 1, 2, 3, 2),
        {"num_groups": 2, "border_mode": ((0, 1), (1, 1), (1, 0)), "filter_flip": False},
    ),
    # Many maps on rows that fill vectors.
    "wide-rows": ((2, 2, 4, 19), (9, 2, 3, 2), {"border_mode": "half"}),
    "wide-strided": ((1, 2, 5, 40), (7, 2, 2, 3), {"subsample": (2, 2), "border_mode": (1, 2)}),
    "wide-groups": (
        (1, 14, 3, 22),
        (14, 7, 2, 2),
        {
            "num_groups": 2,
            "filter_dilation": (2, 3),
            "border_mode": "full",
            "filter_flip": False,
        },
    ),
    "wide-aligned-planes": ((1, 9, 4, 256), (6, 9, 1, 1), {}),
    "wide-3d": ((1, 6, 2, 3, 18), (8, 6, 2, 1, 3), {"border_mode": (1, 0, 1)}),
    "one-by-one": ((3, 5, 4, 3), (2, 5, 1, 1), {}),
    "stride-beyond-filters": ((2, 2, 9, 8), (2, 2, 2, 1), {"subsample": (4, 3)}),
    "filters-as-large-as-the-image": ((2, 2, 4, 3), (3, 2, 4, 3), {}),
    "one-of-everything": ((1, 1, 5, 4), (1, 1, 2, 3), {}),
    "no-images": ((0, 3, 7, 6), (4, 3, 2, 3), {"border_mode": "half"}),
    "many-maps": ((2, 5, 6, 19), (37, 5, 3, 3), {"border_mode": "half"}),
    "3d": ((2, 2, 4, 5, 6), (3, 2, 2, 3, 1), {"border_mode": (1, 0, 2)}),
    "3d-everything": (
        (1, 4, 5, 6, 5),
        (4, 2, 2, 2, 3),
        {
            "border_mode": ((0, 1), (2, 0), (1, 1)),
            "subsample": (2, 1, 2),
            "filter_dilation": (1, 3, 1),
            "num_groups": 2,
        },
    ),
}
TOLERANCES = {"float32": {"rtol": 2e-5, "atol": 2e-5}, "float64": {"rtol": 1e-11, "atol": 1e-11}}


def operator(image_shape):
    return conv3d if len(image_shape) == 5 else conv2d


def op_of(geometry):
    image_shape, _, arguments = GEOMETRIES[geometry]
    return Conv(**{"subsample": (1,) * (len(image_shape) - 2), **arguments})


@cache
def arrays_of(geometry):
    """Return images, filters and a gradient of the output."""
    image_shape, filter_shape, _ = GEOMETRIES[geometry]
    op = op_of(geometry)
    output = op.output_shape(image_shape[2:], filter_shape[2:])
    rng = np.random.default_rng(3)
    shapes = (image_shape, filter_shape, (image_shape[0], filter_shape[0], *output))
    return tuple(rng.normal(size=shape) for shape in shapes)


@cache
def expected_of(geometry):
    op, (image, filters, gradient) = op_of(geometry), arrays_of(geometry)
    return convolve_by_loops(
        image,
        filters,
        gradient,
        pads=op.pads(filters.shape[2:]),
        stride=op.subsample,
        dilation=op.filter_dilation,
        groups=op.num_groups,
        flip=op.filter_flip,
    )


def graph_of(geometry, dtype, values=None):
    """Return the convolution and both of its gradients, of inputs whose sizes are not known."""
    values = [array.astype(dtype) for array in arrays_of(geometry)] if values is None else values
    image, filters, gradient = (pt.tensor(dtype=dtype, shape=(None,) * v.ndim) for v in values)
    output = operator(image.type.shape)(image, filters, **GEOMETRIES[geometry][2])
    gradients = pytensor.grad(None, [image, filters], known_grads={output: gradient})
    return Graph([image, filters, gradient], [output, *gradients], values)


@cache
def answers(mode_name, dtype, geometries):
    return evaluate_together({name: graph_of(name, dtype) for name in geometries}, mode_name)


def check(mode_name, dtype, geometry, geometries=tuple(GEOMETRIES)):
    """Compare with plain loops what a mode makes of a geometry, compiled with others."""
    for found, expected in zip(
        answers(mode_name, dtype, geometries)[geometry], expected_of(geometry), strict=True
    ):
        assert found.dtype == dtype
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, **TOLERANCES[dtype])


@in_modes("c", "python")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_convolution_and_gradients_are_those_of_plain_loops(geometry, dtype, mode_name):
    check(mode_name, dtype, geometry)


SAMPLE = ("valid", "groups", "no-images", "3d-everything")


@in_modes("jax")
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_convolution_and_gradients_in_jax(geometry, mode_name):
    check(mode_name, "float64", geometry)


# What JAX is asked for does not depend on the type, unlike what kernels do.
@in_modes("jax")
@pytest.mark.parametrize("geometry", by_tier(GEOMETRIES, SAMPLE))
def test_single_precision_in_jax(geometry, mode_name):
    together = geometry in SAMPLE
    geometries = tuple(name for name in GEOMETRIES if (name in SAMPLE) == together)
    check(mode_name, "float32", geometry, geometries)


@in_modes("numba")
@pytest.mark.parametrize("geometry", SAMPLE)
def test_a_sample_in_numba(geometry, mode_name):
    check(mode_name, "float32", geometry, SAMPLE)


@pytest.mark.slow
@in_modes("numba")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_all_geometries_in_numba(geometry, dtype, mode_name):
    check(mode_name, dtype, geometry)


@pytest.mark.parametrize("border_mode", ["valid", "full"])
@pytest.mark.parametrize("flip", [True, False], ids=["flipped", "as-it-is"])
@pytest.mark.parametrize("shape", [(6, 7), (4, 5, 6)], ids=["2d", "3d"])
def test_one_channel_is_what_scipy_computes(shape, flip, border_mode):
    rng = np.random.default_rng(5)
    image, kernel = rng.normal(size=shape), rng.normal(size=(2, 3, 2)[: len(shape)])
    x, w = (pt.as_tensor_variable(array[None, None]) for array in (image, kernel))
    output = operator(x.type.shape)(x, w, border_mode=border_mode, filter_flip=flip)
    (found,) = evaluate(Graph([], [output], []), "python")
    scipy = (convolve if flip else correlate)(image, kernel, mode=border_mode)
    np.testing.assert_allclose(found[0, 0], scipy, rtol=1e-12, atol=1e-12)


VIEWS = {
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "channels-last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1),
    "reversed": lambda a: np.ascontiguousarray(a[..., ::-1, ::-1])[..., ::-1, ::-1],
    "every-other": lambda a: np.repeat(np.repeat(a, 2, axis=-1), 3, axis=1)[:, ::3, ..., ::2],
    "cut-out": lambda a: np.pad(a, 2)[(slice(2, -2),) * a.ndim],
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}


@cache
def answers_for_views(mode_name):
    arrays = arrays_of("groups")
    graph = graph_of("groups", "float64")
    function = pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode_name])
    return {
        name: [np.asarray(a) for a in function(*map(view, arrays))] for name, view in VIEWS.items()
    }


@in_modes("c", "python", "jax", "numba")
@pytest.mark.parametrize("view", VIEWS)
def test_the_layout_in_memory_does_not_matter(view, mode_name):
    arrays = arrays_of("groups")
    copies = [VIEWS[view](array) for array in arrays]
    assert all(np.array_equal(a, copy) for a, copy in zip(arrays, copies, strict=True))
    assert view == "read-only" or not any(copy.flags.c_contiguous for copy in copies)
    found = answers_for_views(mode_name)[view]
    for one, other in zip(found, expected_of("groups"), strict=True):
        np.testing.assert_allclose(one, other, **TOLERANCES["float64"])


@in_modes("c", "jax")
def test_arrays_of_zero_strides(mode_name):
    """The gradient of a sum is one number that is repeated without being copied."""
    image, filters, gradient = arrays_of("groups")
    values = [image, filters, np.broadcast_to(gradient[:1, :1, :1, :1], gradient.shape)]
    for one, other in zip(
        evaluate(graph_of("groups", "float64", values), mode_name),
        evaluate(graph_of("groups", "float64", [np.copy(v) for v in values]), "python"),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, **TOLERANCES["float64"])


ANY_SIZE = {
    "border_mode": ((1, 0), (0, 2)),
    "subsample": (1, 2),
    "filter_dilation": (2, 1),
    "num_groups": 2,
}


class TestWithAnySizes:
    """One compiled function, many sizes: kernels must not depend on round numbers."""

    @staticmethod
    @cache
    def function(mode_name):
        image, filters, gradient = pt.tensor4("x"), pt.tensor4("w"), pt.tensor4("g")
        output = conv2d(image, filters, **ANY_SIZE)
        gradients = pytensor.grad(None, [image, filters], known_grads={output: gradient})
        inputs = [image, filters, gradient]
        return pytensor.function(inputs, [output, *gradients], mode=MODES[mode_name])

    @in_modes("c")
    @settings(max_examples=examples(15), deadline=None)
    @given(
        batch=st.integers(0, 3),
        channels=st.integers(1, 5),
        maps=st.integers(1, 20),
        kernel=st.tuples(st.integers(1, 4), st.integers(1, 5)),
        extra=st.tuples(st.integers(0, 9), st.integers(0, 40)),
    )
    def test_c_agrees_with_its_specification(self, mode_name, batch, channels, maps, kernel, extra):
        rng = np.random.default_rng(7)
        # Sizes from the smallest image that holds the filters with this padding and dilation.
        image = (2 * kernel[0] - 1 + extra[0], kernel[1] + extra[1])
        op = Conv(**ANY_SIZE)
        values = [
            rng.normal(size=(batch, 2 * channels, *image)),
            rng.normal(size=(2 * maps, channels, *kernel)),
            rng.normal(size=(batch, 2 * maps, *op.output_shape(image, kernel))),
        ]
        for one, other in zip(
            self.function(mode_name)(*values), self.function("python")(*values), strict=True
        ):
            np.testing.assert_allclose(one, other, **TOLERANCES["float64"])


def random(*shape):
    return np.random.default_rng(11).normal(size=shape)


GRADIENT_GEOMETRY = {
    "border_mode": ((1, 0), (0, 2)),
    "subsample": (2, 1),
    "filter_dilation": (1, 2),
    "num_groups": 2,
}
IMAGE, FILTERS, GRADIENT = random(2, 4, 5, 6), random(2, 2, 2, 3), random(2, 2, 3, 4)
DIFFERENTIABLE = {
    "conv": (Conv(**GRADIENT_GEOMETRY), [IMAGE, FILTERS]),
    "conv-grad-inputs": (
        lambda w, g: ConvGradInputs(**GRADIENT_GEOMETRY)(w, g, 5, 6),
        [FILTERS, GRADIENT],
    ),
    "conv-grad-weights": (
        lambda x, g: ConvGradWeights(**GRADIENT_GEOMETRY)(x, g, 2, 3),
        [IMAGE, GRADIENT],
    ),
}


@in_modes("python", "jax")
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_gradients_by_finite_differences(name, mode_name):
    function, arguments = DIFFERENTIABLE[name]
    rng = np.random.default_rng(13)
    verify_grad(function, arguments, n_tests=1, rng=rng, mode=MODES[mode_name])


@in_modes("c", "python", "jax")
def test_second_order_gradients_by_finite_differences(mode_name):
    def change_of_loss(image, filters):
        loss = pt.sin(conv2d(image, filters, **GRADIENT_GEOMETRY)).sum()
        return pt.concatenate([g.ravel() for g in pytensor.grad(loss, [image, filters])])

    rng = np.random.default_rng(17)
    verify_grad(change_of_loss, [IMAGE, FILTERS], n_tests=1, rng=rng, mode=MODES[mode_name])


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_shapes_are_inferred_without_the_operator(geometry):
    graph = graph_of(geometry, "float64")
    shapes = Graph(graph.inputs, [output.shape for output in graph.outputs], graph.values)
    function = pytensor.function(
        shapes.inputs, shapes.outputs, mode=MODES["python"], on_unused_input="ignore"
    )
    assert not any(isinstance(node.op, ConvOp) for node in function.maker.fgraph.apply_nodes)
    for shape, array in zip(function(*shapes.values), expected_of(geometry), strict=True):
        np.testing.assert_array_equal(shape, array.shape)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_static_shapes_of_output_and_gradients(geometry):
    image, filters = (pt.as_tensor_variable(array) for array in arrays_of(geometry)[:2])
    output = op_of(geometry)(image, filters)
    gradients = pytensor.grad(pt.sin(output).sum(), [image, filters])
    for variable, array in zip([output, *gradients], expected_of(geometry), strict=True):
        assert variable.type.shape == array.shape


def test_what_is_not_known_of_a_shape_stays_open():
    image, filters = pt.tensor(shape=(None, None, 8, None)), pt.tensor(shape=(5, 3, 3, 3))
    output = conv2d(image, filters, border_mode="half", subsample=(2, 1))
    assert output.type.shape == (None, 5, 4, None)
    grad_image, grad_filters = pytensor.grad(output.sum(), [image, filters])
    assert grad_image.type.shape == (None, 3, 8, None)
    assert grad_filters.type.shape == (5, None, 3, 3)


def test_sizes_are_not_connected_to_the_gradient():
    rows, columns = pt.lscalars("rows", "columns")
    image = ConvGradInputs()(pt.tensor4(), pt.tensor4(), rows, columns)
    filters = ConvGradWeights()(pt.tensor4(), pt.tensor4(), rows, columns)
    for result in (image, filters):
        node = result.owner
        assert node.op.connection_pattern(node) == [[True], [True], [False], [False]]
        with pytest.raises(DisconnectedInputError):
            pytensor.grad(result.sum(), rows)


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (("int8", "int64"), "float64"),
        (("uint8", "float32"), "float32"),
        (("bool", "int8"), "float32"),
        (("float32", "float64"), "float64"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else value,
)
def test_integers_become_floating_point_numbers(dtypes, expected):
    rng = np.random.default_rng(19)
    image, filters = (
        rng.integers(0, 2, size).astype(dtype)
        for size, dtype in zip([(1, 2, 4, 5), (3, 2, 2, 2)], dtypes, strict=True)
    )
    x, w = pt.tensor4(dtype=dtypes[0]), pt.tensor4(dtype=dtypes[1])
    (found,) = evaluate(Graph([x, w], [conv2d(x, w)], [image, filters]), "python")
    loops, _, _ = convolve_by_loops(
        image, filters, pads=((0, 0),) * 2, stride=(1, 1), dilation=(1, 1)
    )
    assert found.dtype == expected
    np.testing.assert_array_equal(found, loops)


@in_modes("c")
@pytest.mark.parametrize("groups", [2, 6], ids=["groups", "depthwise"])
def test_the_number_of_threads_does_not_change_a_bit(groups, mode_name):
    rng = np.random.default_rng(23)
    image, filters = rng.normal(size=(9, 6, 23, 21)), rng.normal(size=(6, 6 // groups, 5, 3))
    gradient = rng.normal(size=(9, 6, 12, 21))
    x, w, g = pt.tensor4("x"), pt.tensor4("w"), pt.tensor4("g")
    output = conv2d(x, w, border_mode="half", subsample=(2, 1), num_groups=groups)
    gradients = pytensor.grad(None, [x, w], known_grads={output: g})
    function = pytensor.function([x, w, g], [output, *gradients], mode=MODES[mode_name])
    results = {}
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            pools = [pool for pool in threadpool_info() if pool["user_api"] == "openmp"]
            assert all(pool["num_threads"] == threads for pool in pools)
            assert pools
            results[threads] = function(image, filters, gradient)
    for threads in (2, 3):
        for one, other in zip(results[1], results[threads], strict=True):
            np.testing.assert_array_equal(one, other)


def test_constants_may_be_given_as_shapes():
    shape = (pt.constant(2), None, pt.constant(8), 8)
    output = conv2d(pt.tensor4(), pt.tensor(shape=(4, 3, 3, 3)), input_shape=shape)
    assert output.type.shape == (2, 4, 6, 6)


def test_equal_geometries_are_equal_operators():
    assert Conv("valid") == Conv(0, (1, 1)) == Conv(((0, 0), (0, 0)))
    assert hash(Conv("half")) == hash(Conv("half"))
    assert Conv("half") != Conv("full")
    assert Conv() != ConvGradInputs()


def test_an_operator_says_what_is_special_about_it():
    assert str(Conv()) == "Conv2d{}"
    assert str(Conv("half", (2, 1, 1))) == "Conv3d{border_mode=half, subsample=(2, 1, 1)}"
