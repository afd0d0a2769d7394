import numpy as np
import pytest

from lenet.theano_compat.theano import tensor as T
from tests.theano_compat.tensor.values import value

MATRIX = np.arange(6.0).reshape(2, 3)
CUBE = np.arange(24.0).reshape(2, 3, 4)


def test_reshape_takes_the_number_of_axes_by_place_and_by_name():
    x, shape = T.dmatrix(), T.lvector()
    reshaped = [
        T.reshape(x, shape, 2),
        T.reshape(x, shape, ndim=2),
        x.reshape(shape, 2),
        x.reshape(shape, ndim=2),
        x.reshape((3, 2)),
        x.reshape((3, -1)),
        T.Reshape(2)(x, (3, 2)),
    ]

    np.testing.assert_array_equal(
        value(reshaped, {x: MATRIX, shape: [3, 2]}), [MATRIX.reshape(3, 2)] * 7
    )


def test_flatten_takes_the_number_of_axes_by_place_and_by_both_names():
    x = T.dtensor3()
    flat = [
        T.flatten(x, 2),
        T.flatten(x, ndim=2),
        T.flatten(x, outdim=2),
        x.flatten(2),
        x.flatten(ndim=2),
        T.Flatten(2)(x),
    ]

    np.testing.assert_array_equal(value(flat, {x: CUBE}), [CUBE.reshape(2, 12)] * 6)
    np.testing.assert_array_equal(
        value([T.flatten(x), x.flatten(), x.ravel()], {x: CUBE}), [CUBE.ravel()] * 3
    )
    with pytest.raises(ValueError, match="not both"):
        T.flatten(x, ndim=2, outdim=2)


def test_is_flat():
    assert T.is_flat(T.vector())
    assert T.is_flat(T.matrix(), outdim=2)
    assert not T.is_flat(T.matrix())


def test_stack_takes_a_list_or_arrays_one_by_one():
    x, y = T.dvectors(2)
    given = {x: [1, 2], y: [3, 4]}
    with pytest.warns(DeprecationWarning, match="pass the arrays in a list"):
        one_by_one = T.stack(x, y)
    stacked = [one_by_one, T.stack([x, y]), T.stack((x, y), 0), T.stack(tensors=[x, y], axis=0)]

    np.testing.assert_array_equal(value(stacked, given), [[[1, 2], [3, 4]]] * 4)
    np.testing.assert_array_equal(value(T.stack([x, y], axis=1), given), [[1, 3], [2, 4]])
    with pytest.warns(DeprecationWarning, match="in a list"):
        numbers, number = T.stack(x[0], y[1], 7), T.stack(x.sum())
    np.testing.assert_array_equal(value(numbers, given), [1, 4, 7])
    np.testing.assert_array_equal(value(number, given), [3])
    with pytest.raises(TypeError, match="stack"):
        T.stack()
    with pytest.raises(TypeError, match="dim"):
        T.stack([x], dim=0)


def test_split_and_join_and_concatenate():
    x = T.dmatrix()
    left, right = T.split(x, [1, 2], 2, 1)

    assert len(T.split(x, splits_size=[1, 2], n_splits=2, axis=1)) == 2
    np.testing.assert_array_equal(value(left, {x: MATRIX}), MATRIX[:, :1])
    for joined in (
        T.join(1, left, right),
        T.join_(1, left, right),
        T.concatenate([left, right], axis=1),
        T.horizontal_stack(left, right),
    ):
        np.testing.assert_array_equal(value(joined, {x: MATRIX}), MATRIX)
    np.testing.assert_array_equal(
        value(T.vertical_stack(x, x), {x: MATRIX}), np.vstack([MATRIX] * 2)
    )


@pytest.mark.parametrize(
    ("reps", "ndim"), [((2, 1), 2), ((2, 1), None), ((2,), 2), (2, 1), ((2, 1, 2), 3)], ids=str
)
def test_tile(reps, ndim):
    x = T.dmatrix() if ndim != 1 else T.dvector()
    values = MATRIX if ndim != 1 else MATRIX[0]
    tiled = T.tile(x, reps, ndim=ndim)

    np.testing.assert_array_equal(value(tiled, {x: values}), np.tile(values, reps))


def test_tile_by_a_vector_of_unknown_length():
    x, reps = T.dmatrix(), T.lvector()

    np.testing.assert_array_equal(
        value(T.tile(x, reps, ndim=2), {x: MATRIX, reps: [1, 2]}), np.tile(MATRIX, (1, 2))
    )
    for times in ([2], [3, 1, 2]):
        np.testing.assert_array_equal(
            value(T.tile(x, reps, ndim=3), {x: MATRIX, reps: times}), np.tile(MATRIX[None], times)
        )
    with pytest.raises(AssertionError, match="more entries than ndim=2"):
        value(T.tile(x, reps, ndim=2), {x: MATRIX, reps: [1, 2, 3]})


@pytest.mark.parametrize(
    ("reps", "ndim", "message"),
    [
        ((1, 2, 1), 2, "at most ndim=2"),
        (2, 1, "more than ndim=1"),
        (2.5, None, "expected integers"),
        ([1, 2.5], None, "expected integers"),
        (T.lmatrix(), None, "or a vector"),
        (T.lvector(), None, "ndim"),
    ],
)
def test_tile_refuses(reps, ndim, message):
    with pytest.raises(ValueError, match=message):
        T.tile(T.dmatrix(), reps, ndim)


def test_axes():
    x = T.dtensor3()
    of_numpy = {
        T.transpose(x): CUBE.T,
        x.T: CUBE.T,
        T.transpose(x, (1, 0, 2)): CUBE.transpose(1, 0, 2),
        x.transpose(1, 0, 2): CUBE.transpose(1, 0, 2),
        x.dimshuffle(2, 0, 1): CUBE.transpose(2, 0, 1),
        x.dimshuffle(*np.array([2, 0, 1])): CUBE.transpose(2, 0, 1),
        T.swapaxes(x, 0, 2): CUBE.swapaxes(0, 2),
        T.shape_padleft(x, 2): CUBE[None, None],
        T.shape_padright(x): CUBE[..., None],
        T.shape_padaxis(x, 1): CUBE[:, None],
        T.roll(x, 1): np.roll(CUBE, 1),
        T.roll(x, 1, axis=2): np.roll(CUBE, 1, 2),
        T.repeat(x, 2, axis=1): CUBE.repeat(2, 1),
        T.extra_ops.repeat(x, 2): CUBE.repeat(2),
        T.diagonal(x, 0, 1, 2): CUBE.diagonal(0, 1, 2),
    }

    for result, expected in zip(value(list(of_numpy), {x: CUBE}), of_numpy.values(), strict=True):
        np.testing.assert_array_equal(result, expected)


def test_creation():
    n = T.lscalar()
    x = T.dmatrix()
    of_numpy = {
        T.zeros((2, 3), "int32"): np.zeros((2, 3), "int32"),
        T.ones((n, 2)): np.ones((4, 2)),
        T.zeros_like(x, "int8"): np.zeros((2, 3), "int8"),
        T.ones_like(x): np.ones((2, 3)),
        T.alloc(0.5, n, 1): np.full((4, 1), 0.5),
        T.eye(n, 3, 1): np.eye(4, 3, 1),
        T.identity_like(x): np.eye(2, 3),
        T.arange(n): np.arange(4),
        T.arange(0, 1, 0.25): np.arange(0, 1, 0.25),
        T.tri(3, 4, 1): np.tri(3, 4, 1),
        T.tril(x): np.tril(MATRIX),
        T.triu(x, 1): np.triu(MATRIX, 1),
        T.diag(x): np.diag(MATRIX),
        T.fill(x, 7): np.full((2, 3), 7.0),
        T.mgrid[0:3, 0:2][1]: np.mgrid[0:3, 0:2][1],
        T.ogrid[0:3, 0:2][0]: np.ogrid[0:3, 0:2][0],
    }

    for result, expected in zip(
        value(list(of_numpy), {x: MATRIX, n: 4}), of_numpy.values(), strict=True
    ):
        np.testing.assert_array_equal(result, expected)


def test_constants_are_of_the_smallest_type_that_holds_them():
    assert T.constant(5).dtype == "int8"
    assert T.constant(300).dtype == "int16"
    assert T.constant(np.float32(2)).dtype == "float32"
    assert T.constant([1, 2], name="c", dtype="float32").dtype == "float32"
    assert T.as_tensor_variable(np.ones((1, 2)), "x", 2).broadcastable == (True, False)


def test_order():
    x = T.dvector()
    values = np.array([2.0, 0.5, 1.0])
    ordered = [
        T.sort(x),
        x.sort(),
        T.argsort(x),
        x.argsort(),
        T.topk(x, 2),
        T.topk(x, -2),
        T.argtopk(x, 2),
    ]

    results = value(ordered, {x: values})

    np.testing.assert_array_equal(results[:2], [np.sort(values)] * 2)
    np.testing.assert_array_equal(results[2:4], [np.argsort(values)] * 2)
    assert set(results[4]) == {2.0, 1.0}
    assert set(results[5]) == {0.5, 1.0}
    assert set(values[results[6]]) == {2.0, 1.0}


@pytest.mark.parametrize("k", [2, -2])
def test_topk_along_an_axis(k):
    x, n = T.dmatrix(), T.lscalar()
    values = np.array([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]])
    top, places = value(
        T.topk_and_argtopk(x, n, axis=1, sorted=False, idx_dtype="int32"), {x: values, n: k}
    )
    expected = np.sort(values, 1)[:, 1:] if k > 0 else np.sort(values, 1)[:, :2]

    np.testing.assert_array_equal(np.sort(top, 1), expected)
    np.testing.assert_array_equal(np.take_along_axis(values, places, 1), top)
    assert places.dtype == "int32"


def test_topk_of_all_elements():
    x = T.dmatrix()

    assert set(value(T.topk(x, 2, axis=None), {x: MATRIX})) == {4.0, 5.0}


def test_choose_takes_no_out():
    x, choices = T.lvector(), T.dmatrix()
    given = {x: [1, 0, 1], choices: MATRIX}

    np.testing.assert_array_equal(
        value([T.choose(x, choices), x.choose(choices, None, "raise")], given), [[3, 1, 5]] * 2
    )
    with pytest.raises(NotImplementedError, match="out"):
        T.choose(x, choices, out=x)


def test_extra_ops():
    x, i = T.dmatrix(), T.lvector()
    labels = np.array([0, 2, 1, 2])
    of_numpy = {
        T.extra_ops.to_one_hot(i, 3): np.eye(3)[labels],
        T.extra_ops.cumsum(x, axis=1): MATRIX.cumsum(1),
        T.cumprod(x, axis=0): MATRIX.cumprod(0),
        T.extra_ops.CumsumOp(1)(x): MATRIX.cumsum(1),
        T.extra_ops.CumprodOp(1)(x): MATRIX.cumprod(1),
        T.extra_ops.diff(x, axis=1): np.diff(MATRIX, axis=1),
        T.extra_ops.DiffOp(1, 0)(x): np.diff(MATRIX, axis=0),
        T.extra_ops.RepeatOp(0)(x, 2): MATRIX.repeat(2, 0),
        T.extra_ops.Unique()(i): np.unique(labels),
        T.bincount(i, minlength=5): np.bincount(labels, minlength=5),
        T.extra_ops.searchsorted(x[0], 1.5): np.searchsorted(MATRIX[0], 1.5),
        T.extra_ops.compress([0, 1], x, axis=0): MATRIX[1:],
        T.fill_diagonal(x, 9.0): [[9, 1, 2], [3, 9, 5]],
        T.unravel_index(i, (2, 3), ndim=2)[1]: labels % 3,
        T.ravel_multi_index((i, i), (3, 3)): labels * 4,
        T.extra_ops.cpu_contiguous(x.T): MATRIX.T,
        T.ones((1, 3)).squeeze(): np.ones(3),
        T.inverse_permutation(T.constant([2, 0, 1])): [1, 2, 0],
    }
    given = {x: MATRIX, i: labels}

    for result, expected in zip(value(list(of_numpy), given), of_numpy.values(), strict=True):
        np.testing.assert_array_equal(result, expected)


def test_axes_are_normalised():
    x = T.matrix()

    assert T.check_and_normalize_axes(x, None) == []
    assert T.check_and_normalize_axes(x, [0, -1]) == [0, 1]
    assert T.check_and_normalize_axes(x, T.constant(-2)) == [0]
    with pytest.raises(ValueError, match=r"\[2\]"):
        T.check_and_normalize_axes(x, 2)


def test_indexing():
    x, i = T.dmatrix(), T.lvector()
    rows = np.array([1, 0])
    of_numpy = {
        x[0]: MATRIX[0],
        x[:, None]: MATRIX[:, None],
        x[..., 0]: MATRIX[..., 0],
        x[::-1, ::2]: MATRIX[::-1, ::2],
        x[i]: MATRIX[rows],
        x[T.arange(2), i]: MATRIX[np.arange(2), rows],
        x[:, [0, 2]]: MATRIX[:, [0, 2]],
        x[x > 2]: MATRIX[MATRIX > 2],
        x[(x > 2).nonzero()]: MATRIX[MATRIX > 2],
        T.take(x, i, axis=1): MATRIX[:, rows],
        x.take(i, axis=0): MATRIX[rows],
        T.set_subtensor(x[0], 7): [[7, 7, 7], [3, 4, 5]],
        T.inc_subtensor(x[:, 1:], 1.0): [[0, 2, 3], [3, 5, 6]],
        T.inc_subtensor(x[T.constant([0, 0])], 1.0): [[2, 3, 4], [3, 4, 5]],
        T.set_subtensor(x[(x > 4).nonzero()], 0.0): np.where(MATRIX > 4, 0, MATRIX),
        T.set_subtensor(x[T.eq(x, 4)], 0.0): np.where(MATRIX == 4, 0, MATRIX),
        T.nonzero_values(x): MATRIX[MATRIX != 0],
        T.nonzero(x, return_matrix=True): np.array(MATRIX.nonzero()),
        T.flatnonzero(x): np.flatnonzero(MATRIX),
    }

    for result, expected in zip(
        value(list(of_numpy), {x: MATRIX, i: rows}), of_numpy.values(), strict=True
    ):
        np.testing.assert_array_equal(result, expected)


def test_lists_of_rows_of_what_is_no_variable():
    rows = np.array([0, 2])
    table = np.array([1.0, 2.0, 3.0])
    assert value(T.advanced_subtensor1(table, rows)).tolist() == [1, 3]
    assert value(T.advanced_set_subtensor1(table, T.zeros(2), rows)).tolist() == [0, 2, 0]
    assert value(T.advanced_inc_subtensor1(table, T.ones(2), rows)).tolist() == [2, 2, 4]


def test_operations_of_repeated_arrays_and_triangles():
    x = T.dmatrix()
    repeated, triangle = value([T.Tile(2)(x, (1, 2)), T.Tri("int32")(2, 3, -1)], {x: MATRIX})
    np.testing.assert_array_equal(repeated, np.tile(MATRIX, (1, 2)))
    np.testing.assert_array_equal(triangle, np.tri(2, 3, -1, dtype="int32"))
    assert triangle.dtype == "int32"


def test_methods_name_the_shape():
    x = T.dmatrix()
    np.testing.assert_array_equal(value(x.reshape(shape=(6,)), {x: MATRIX}), MATRIX.ravel())


def test_join_is_the_operation_of_graphs():
    x = T.dmatrix()
    assert T.concatenate([x, x]).owner.op == T.join_


@pytest.mark.parametrize("shape", [3, np.array(3), (3,), np.array([3])], ids=repr)
def test_shapes_of_zeros_and_ones(shape):
    made = [T.zeros(shape), T.ones(shape, "int8"), T.zeros(shape=shape, dtype="float32")]
    zeros, ones, small = value(made, {})
    assert zeros.tolist() == small.tolist() == [0, 0, 0]
    assert ones.tolist() == [1, 1, 1]
    assert (ones.dtype, small.dtype) == ("int8", "float32")
