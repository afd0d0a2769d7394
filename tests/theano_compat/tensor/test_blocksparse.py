"""Products with some blocks of a matrix, against loops over the blocks."""

import numpy as np
import pytest


@pytest.fixture
def blocksparse(theano):
    return theano.tensor.nnet.blocksparse


class Case:
    """Blocks, vectors and indices; a block may come twice."""

    generator = np.random.default_rng(0)
    W = generator.standard_normal((4, 5, 3, 2))
    h = generator.standard_normal((6, 2, 3))
    b = generator.standard_normal((5, 2))
    rows = generator.integers(0, 4, (6, 2))
    columns = generator.integers(0, 5, (6, 3))
    rows[0] = 1
    columns[0] = 4

    @classmethod
    def product(cls, W):
        result = cls.b[cls.columns]
        for n in range(6):
            for j, column in enumerate(cls.columns[n]):
                for i, row in enumerate(cls.rows[n]):
                    result[n, j] += cls.h[n, i] @ W[row, column]
        return result


def test_dot_is_the_sum_of_products(theano, blocksparse):
    T = theano.tensor
    W, h, b = T.dtensor4(), T.dtensor3(), T.dmatrix()
    rows, columns = T.lmatrix(), T.lmatrix()
    result = blocksparse.sparse_block_dot(W, h, rows, b, columns)
    f = theano.function([W, h, rows, b, columns], result, mode="FAST_COMPILE")
    np.testing.assert_allclose(
        f(Case.W, Case.h, Case.rows, Case.b, Case.columns), Case.product(Case.W)
    )


def test_gradients_are_finite_differences(theano, blocksparse):
    T = theano.tensor
    W = T.dtensor4()
    result = blocksparse.sparse_block_dot(W, Case.h, Case.rows, Case.b, Case.columns)
    slope = theano.function([W], T.grad((result**2).sum(), W), mode="FAST_COMPILE")(Case.W)
    for place in [(1, 4, 0, 0), (1, 4, 2, 1), (3, 0, 1, 1)]:
        step = np.zeros_like(Case.W)
        step[place] = 1e-5
        above, below = ((Case.product(Case.W + sign * step) ** 2).sum() for sign in (1, -1))
        np.testing.assert_allclose(slope[place], (above - below) / 2e-5, rtol=1e-6, atol=1e-8)


def test_without_a_batch(theano, blocksparse):
    one = blocksparse.sparse_block_dot(
        Case.W, Case.h[3], Case.rows[3], Case.b, Case.columns[3]
    ).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(one[0], Case.product(Case.W)[3])


@pytest.mark.parametrize("name", ["sparse_block_gemv", "sparse_block_gemv_inplace"])
def test_gemv_adds_to_its_first_argument(blocksparse, name):
    start = np.ones((6, 3, 2))
    result = getattr(blocksparse, name)(start, Case.W, Case.h, Case.rows, Case.columns)
    expected = Case.product(Case.W) - Case.b[Case.columns] + 1
    np.testing.assert_allclose(result.eval(mode="FAST_COMPILE"), expected)
    assert (start == 1).all()


@pytest.mark.parametrize("alpha", [None, 0.5])
def test_outer_products_are_added_to_blocks(blocksparse, alpha):
    x, y = Case.h, np.random.default_rng(1).standard_normal((6, 3, 2))
    expected = Case.W.copy()
    for n in range(6):
        for i, row in enumerate(Case.rows[n]):
            for j, column in enumerate(Case.columns[n]):
                expected[row, column] += (alpha or 1) * np.outer(x[n, i], y[n, j])
    result = blocksparse.sparse_block_outer(Case.W, x, y, Case.rows, Case.columns, alpha)
    np.testing.assert_allclose(result.eval(mode="FAST_COMPILE"), expected)


def test_bad_arguments(blocksparse):
    zeros = np.zeros((6, 3, 2))
    with pytest.raises(TypeError, match="W has 3 axes, expected 4"):
        blocksparse.sparse_block_gemv(zeros, Case.W[0], Case.h, Case.rows, Case.columns)
    with pytest.raises(TypeError, match="inputIdx is of type float64"):
        blocksparse.sparse_block_gemv(zeros, Case.W, Case.h, Case.rows / 2, Case.columns)
