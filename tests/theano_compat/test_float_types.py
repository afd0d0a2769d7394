"""`dtype="floatX"`, wherever Theano took it."""

import pytest

TAKERS = {
    "sum": lambda T, x: [T.sum(x, dtype="floatX"), x.sum(axis=1, dtype="floatX")],
    "prod": lambda T, x: [T.prod(x, dtype="floatX"), x.prod(axis=0, dtype="floatX")],
    "mean": lambda T, x: [T.mean(x, axis=1, dtype="floatX"), x.mean(dtype="floatX")],
    "eye": lambda T, x: [T.eye(3, dtype="floatX")],
    "cast": lambda T, x: [T.cast(x, "floatX"), x.astype("floatX")],
    "like": lambda T, x: [T.zeros_like(x, dtype="floatX"), T.ones_like(x, dtype="floatX")],
}


@pytest.mark.parametrize("float_type", ["float32", "float64"])
@pytest.mark.parametrize("name", TAKERS)
def test_it_is_the_type_of_the_option(theano, name, float_type):
    T = theano.tensor
    x = T.dmatrix("x")
    with theano.config.change_flags(floatX=float_type):
        assert {taker.dtype for taker in TAKERS[name](T, x)} == {float_type}
