"""Types that a program finds equal."""

import pytensor.tensor as pt
import pytest

from lenet.theano_compat import type_equality
from lenet.theano_compat.theano import tensor as T


@pytest.fixture(autouse=True)
def loosened():
    type_equality.loosen()
    yield
    type_equality.leave()


def test_known_lengths_make_no_other_type():
    eye = T.eye(3)
    assert None not in eye.type.shape  # or the test shows nothing
    assert eye.type == T.matrix(dtype=eye.dtype).type
    assert not (eye.type != T.matrix(dtype=eye.dtype).type)  # noqa: SIM202, != is what is tested
    assert eye[:, 0].type in [T.vector(dtype=eye.dtype).type]


def test_other_types_differ():
    eye = T.eye(3)
    for other in (T.vector, T.tensor3, T.row):
        assert eye.type != other(dtype=eye.dtype).type
    assert eye.type != T.matrix(dtype="int32").type
    assert eye.type != "matrix"
    assert pt.matrix(shape=(1, 3)).type != pt.matrix(shape=(2, 3)).type


def test_pytensor_tells_them_apart():
    # As a function of PyTensor's module would compare them.
    code = "equal, different = a == b, a != b"
    names = {"__name__": "pytensor.graph", "a": pt.vector(shape=(3,)).type, "b": pt.vector().type}
    exec(code, names)
    assert (names["equal"], names["different"]) == (False, True)
    assert not names["a"].is_super(names["b"])


def test_it_ends_with_theano():
    type_equality.leave()
    assert T.eye(3).type != T.matrix(dtype=T.eye(3).dtype).type
