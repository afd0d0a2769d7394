from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from threadpoolctl import threadpool_limits

from lenet.nnet import images2neibs, neibs2images
from lenet.nnet.ops.neighbours import Neighbours, SumOfNeighbours
from tests.nnet.modes import MODES, Graph, evaluate, evaluate_together, in_modes

# mode, size of the images, of the windows, step
CASES = {
    "valid": ("valid", (6, 4), (3, 2), None),
    "valid-step": ("valid", (7, 8), (3, 2), (2, 3)),
    "valid-gaps": ("valid", (6, 5), (1, 2), (5, 3)),
    "ignore_borders": ("ignore_borders", (7, 5), (3, 2), None),
    "ignore_borders-step": ("ignore_borders", (8, 5), (3, 2), (2, 2)),
    "half": ("half", (6, 6), (3, 2), (1, 2)),
    "full": ("full", (5, 6), (3, 2), (2, 1)),
    "wrap_centered": ("wrap_centered", (5, 6), (3, 5), (2, 4)),
    "wrap_centered-one-row": ("wrap_centered", (5, 6), (1, 3), None),
}


def images_of(case):
    return np.random.default_rng(3).normal(size=(2, 3, *CASES[case][1]))


def by_loops(case, gradient=None):
    """Return the windows and, for a gradient of them, that of the images."""
    images = images_of(case)
    mode, size, window, step = CASES[case]
    step = step or window
    before = {
        "half": [n // 2 for n in window],
        "full": [n - 1 for n in window],
        "wrap_centered": [n // 2 for n in window],
    }.get(mode, [0, 0])
    last = [
        n - 1 if mode == "wrap_centered" else n + 2 * pad - w
        for n, pad, w in zip(size, before, window, strict=True)
    ]
    starts = [range(0, end + 1, s) for end, s in zip(last, step, strict=True)]
    rows, sums = [], np.zeros(images.shape)
    for b, c in np.ndindex(2, 3):
        for top in starts[0]:
            for left in starts[1]:
                row = []
                for i, j in np.ndindex(*window):
                    r, q = top + i - before[0], left + j - before[1]
                    if mode == "wrap_centered":
                        r, q = r % size[0], q % size[1]
                    inside = 0 <= r < size[0] and 0 <= q < size[1]
                    row.append(images[b, c, r, q] if inside else 0)
                    if inside and gradient is not None:
                        sums[b, c, r, q] += gradient[len(rows), len(row) - 1]
                rows.append(row)
    return np.array(rows), sums


def gradient_of(case):
    return np.random.default_rng(5).normal(size=by_loops(case)[0].shape)


def graph_of(case):
    mode, size, window, step = CASES[case]
    # JAX must know where to cut the gradient of images that are put together of pieces.
    x = pt.tensor(shape=(None, None, *size)) if mode == "wrap_centered" else pt.tensor4()
    g = pt.matrix()
    output = images2neibs(x, window, step, mode)
    gradient = pytensor.grad(None, x, known_grads={output: g})
    return Graph([x, g], [output, gradient], [images_of(case), gradient_of(case)])


@cache
def answers(mode_name):
    return evaluate_together({case: graph_of(case) for case in CASES}, mode_name)


# PyTensor's own C code of slices and `concatenate`, in the mode "c", crashes.
@in_modes("c", "python", "jax")
@pytest.mark.parametrize("case", CASES)
def test_windows_and_their_gradient_are_those_of_plain_loops(case, mode_name):
    found, of_images = answers(mode_name)[case]
    expected, sums = by_loops(case, gradient_of(case))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(of_images, sums, rtol=1e-12, atol=1e-12)


@in_modes("numba")
def test_one_case_in_numba(mode_name):
    found, of_images = evaluate(graph_of("valid-step"), mode_name)
    expected, sums = by_loops("valid-step", gradient_of("valid-step"))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(of_images, sums, rtol=1e-12, atol=1e-12)


# Truth values and complex numbers have no C code.
TYPES = ("float32", "int8", "uint16", "int32", "int64", "uint64", "bool", "complex64")


@in_modes("c", "python")
def test_numbers_of_any_type_keep_it(mode_name):
    images = np.random.default_rng(7).integers(0, 100, (2, 3, 7, 8))
    graphs = {}
    for dtype in TYPES:
        x = pt.tensor(dtype=dtype, shape=(None,) * 4)
        neibs = images2neibs(x, (3, 2), (2, 1), "half")
        back = neibs2images(images2neibs(x, (2, 2), mode="ignore_borders"), (2, 2), (2, 3, 6, 8))
        graphs[dtype] = Graph([x], [neibs, back], [images.astype(dtype)])
    expected = np.pad(images, [(0, 0), (0, 0), (1, 1), (1, 1)])
    expected = np.lib.stride_tricks.sliding_window_view(expected, (3, 2), (2, 3))[:, :, ::2]
    for dtype, (neibs, back) in evaluate_together(graphs, mode_name).items():
        assert neibs.dtype == back.dtype == dtype
        np.testing.assert_array_equal(neibs, expected.reshape(-1, 6).astype(dtype))
        np.testing.assert_array_equal(back, images[:, :, :6].astype(dtype))


@in_modes("c")
def test_the_number_of_threads_does_not_change_a_bit(mode_name):
    graph = graph_of("full")
    function = pytensor.function(graph.inputs, graph.outputs, mode=MODES[mode_name])
    results = {}
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="openmp"):
            results[threads] = function(*graph.values)
    for threads in (2, 3):
        for one, other in zip(results[1], results[threads], strict=True):
            np.testing.assert_array_equal(one, other)


@in_modes("c")
def test_arrays_may_lie_in_memory_in_any_way(mode_name):
    graph = graph_of("half")
    views = [np.ascontiguousarray(array.T).T for array in graph.values]
    found, of_images = evaluate(graph._replace(values=views), mode_name)
    expected, sums = by_loops("half", gradient_of("half"))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(of_images, sums, rtol=1e-12, atol=1e-12)


@in_modes("c", "python", "jax")
def test_images_are_put_together_again(mode_name):
    images = np.arange(2 * 3 * 6 * 4, dtype="float32").reshape(2, 3, 6, 4)
    x = pt.tensor4(dtype="float32")
    outputs = [
        neibs2images(images2neibs(x, (3, 2)), (3, 2), images.shape),
        neibs2images(images2neibs(x, (3, 2)), (3, 2), x.shape),
        neibs2images(
            images2neibs(x, (4, 3), mode="ignore_borders"), (4, 3), x.shape, "ignore_borders"
        ),
    ]
    whole, symbolic, cut = evaluate(Graph([x], outputs, [images]), mode_name)
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(whole, images)
    np.testing.assert_array_equal(symbolic, images)
    np.testing.assert_array_equal(cut[:, :, :4, :3], images[:, :, :4, :3])
    np.testing.assert_array_equal(cut[:, :, 4:], 0)
    np.testing.assert_array_equal(cut[:, :, :, 3:], 0)


def test_each_op_is_the_gradient_of_the_other():
    neibs, weights = pt.matrix(), pt.tensor4()
    images = neibs2images(neibs, (3, 2), (2, 3, 6, 4))
    gradient = pytensor.grad(None, neibs, known_grads={images: weights})
    (found,) = evaluate(Graph([weights], [gradient], [images_of("valid")]), "python")
    np.testing.assert_array_equal(found, by_loops("valid")[0])


def test_shapes_are_known_before_the_graph_runs():
    neibs = images2neibs(pt.tensor(shape=(2, 3, 6, 4)), (3, 2))
    assert neibs.type.shape == (24, 6)
    assert images2neibs(pt.tensor4(), (3, 2)).type.shape == (None, 6)
    assert neibs2images(neibs, (3, 2), (2, 3, 6, 4)).type.shape == (2, 3, 6, 4)


def test_shapes_are_inferred_without_the_windows():
    x = pt.tensor4()
    neibs = images2neibs(x, (3, 2), (2, 1), mode="ignore_borders")
    gradient = pytensor.grad(neibs.sum(), x)
    function = pytensor.function([x], [neibs.shape, gradient.shape], mode=MODES["python"])
    rows, images = function(np.ones((2, 3, 7, 5)))
    assert tuple(rows) == (2 * 3 * 3 * 4, 6)
    assert tuple(images) == (2, 3, 7, 5)
    ops = [type(node.op) for node in function.maker.fgraph.apply_nodes]
    assert not {Neighbours, SumOfNeighbours} & set(ops)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"ten4": pt.matrix()}, TypeError, "ten4 has 2 axes, expected 4"),
        ({"neib_shape": (0, 2)}, ValueError, r"invalid neib_shape \(0, 2\)"),
        ({"neib_shape": pt.lvector("n")}, NotImplementedError, "neib_shape=n is symbolic"),
        ({"neib_shape": (4, 2)}, ValueError, r"step \(4, 2\) leave \(2, 0\) pixels"),
        ({"neib_shape": (7, 2)}, ValueError, "smaller than the window"),
        ({"neib_step": (1, 0)}, ValueError, r"invalid neib_step \(1, 0\)"),
        ({"neib_step": (2, 1)}, ValueError, r"leave \(1, 0\) pixels of an image"),
        ({"mode": "same"}, NotImplementedError, "invalid mode 'same': expected one of valid"),
        ({"mode": "wrap_centered"}, ValueError, r"\(3, 2\): wrap_centered needs odd numbers"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        images2neibs(**{"ten4": pt.tensor(shape=(2, 3, 6, 4)), "neib_shape": (3, 2), **arguments})


@in_modes("c")
@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (6, 5, r"step \(3, 2\) do not cover an image of \(6, 5\)"),
        (2, 4, r"image of \(2, 4\) is smaller than the window \(3, 2\)"),
        (9, 4, r"got shape \(4, 6\), expected \(6, 6\)"),
    ],
    ids=["rest", "small", "rows"],
)
def test_c_refuses_wrong_sizes(rows, columns, message, mode_name):
    image, sizes = pt.tensor4(), pt.lscalars(2)
    neibs = images2neibs(image, (3, 2)) if "got" not in message else pt.as_tensor(np.ones((4, 6)))
    images = neibs2images(neibs, (3, 2), (1, 1, *sizes))
    values = [np.ones((1, 1, rows, columns)), rows, columns]
    with pytest.raises(ValueError, match=message):
        evaluate(Graph([image, *sizes], [images], values), mode_name)


@in_modes("python", "jax")
def test_images_that_windows_do_not_cover_are_refused_when_the_graph_runs(mode_name):
    x = pt.tensor4()
    graph = Graph([x], [images2neibs(x, (3, 2))], [np.ones((1, 1, 6, 5))])
    with pytest.raises(ValueError, match=r"leave \(0, 1\) pixels of an image of \(6, 5\) over"):
        evaluate(graph, mode_name)


@pytest.mark.parametrize(
    ("shape", "mode", "error", "message"),
    [
        ((2, 3, 6), "valid", ValueError, r"invalid original_shape \(2, 3, 6\): expected 4 sizes"),
        ((2, 3, 6, 6), "valid", ValueError, r"got shape \(24, 6\), expected \(36, 6\)"),
        ((2, 3, 7, 4), "valid", ValueError, "use mode='ignore_borders'"),
        ((2, 3, 6, 4), "half", NotImplementedError, "invalid mode 'half'"),
    ],
    ids=["sizes", "rows", "rest", "mode"],
)
def test_wrong_arguments_for_the_inverse(shape, mode, error, message):
    with pytest.raises(error, match=message):
        neibs2images(pt.tensor(shape=(24, 6)), (3, 2), shape, mode)
