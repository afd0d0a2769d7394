"""``theano.pp``: texts that Theano 1.0.5 wrote."""

import numpy as np
import pytest


def graphs(theano):
    """Return graphs, and what Theano 1.0.5 wrote for each."""
    T = theano.tensor
    x, y, s = T.dmatrix("x"), T.dvector("y"), T.dscalar("s")
    w, u = theano.shared(np.zeros((3, 3)), name="w"), theano.shared(np.zeros(3))
    numbers = T.bvector()
    return {
        r"(((x * y) * TensorConstant{2}) - TensorConstant{0.5})": x * y * 2 - 0.5,
        r"((x \dot y) + <TensorType(float64, vector)>)": T.dot(x, y) + u,
        r"tanh(((x \dot w) + <TensorType(float64, vector)>))": T.tanh(T.dot(x, w) + u),
        r"Sum{acc_dtype=float64}(x)": x.sum(),
        r"Sum{axis=[0], acc_dtype=float64}(x)": x.sum(axis=0),
        r"switch(gt(x, TensorConstant{0}), x, TensorConstant{0.0})": T.switch(x > 0, x, 0.0),
        r"(TensorConstant{(3, 4) of 0.0} + x)": T.constant(np.zeros((3, 4))) + x,
        r"(TensorConstant{[0. 1. 2.]} + x)": T.constant(np.arange(3.0)) + x,
        r"Shape(x)[Constant{0}]": x.shape[0],
        r"and_(<TensorType(int8, vector)>, <TensorType(int8, vector)>)": T.and_(numbers, numbers),
        r"|log1p(x).T|": abs(T.log1p(x).T),
        r"((fill((s ** TensorConstant{2}), TensorConstant{1.0}) * TensorConstant{2})"
        r" * (s ** (TensorConstant{2} - TensorConstant{1})))": theano.grad(s**2, s),
    }


def test_texts_are_those_of_theano(theano):
    for expected, graph in graphs(theano).items():
        assert theano.pp(graph) == theano.printing.pprint(graph) == expected


def test_axes_that_the_user_added_are_written(theano):
    T = theano.tensor
    x, y, z = T.dmatrix("x"), T.dvector("y"), T.dvector("z")
    column = y.dimshuffle(0, "x")
    assert theano.pp(T.dot(x, column)) == rf"(x \dot {theano.pp(column)})" != r"(x \dot y)"
    assert theano.pp(T.dot(y, x)) == r"(y \dot x)"
    assert theano.pp(T.dot(y, z)) == r"(y \dot z)"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(12), "TensorConstant{[ 0  1  2 ..  9 10 11]}"),
        (np.zeros(0), "TensorConstant{[]}"),
        (np.zeros((2, 1, 1)), "TensorConstant{(2, 1, 1) of 0.0}"),
    ],
)
def test_constants(theano, values, expected):
    assert theano.pp(theano.tensor.constant(values)) == expected


def test_kinds_of_inputs(theano):
    kind = theano.tensor.TensorType
    assert theano.pp(kind("int8", (True, False))()) == "<TensorType(int8, row)>"
    assert theano.pp(kind("int8", (False,) * 4)()) == "<TensorType(int8, 4D)>"
    assert theano.pp(kind("int8", (False, True, False))()) == (
        "<TensorType(int8, (False, True, False))>"
    )
