"""Floats as sizes; what is expected is what NumPy 1.11 returns."""

import subprocess
import sys

import numpy as np
import pytest

from lenet.theano_compat.old_names import float_sizes

HALVES = np.array([2.5, 3.0])


def taking_floats(function):
    places = {**float_sizes.FUNCTIONS, **dict(float_sizes.draws(np.random))}
    return float_sizes.with_float_sizes(function, places[function.__name__])


@pytest.mark.parametrize(
    ("function", "arguments", "options", "shape"),
    [
        (np.zeros, ((2, 3.7),), {}, (2, 3)),
        (np.zeros, (HALVES,), {"dtype": "int8"}, (2, 3)),
        (np.ones, (), {"shape": np.float32(2)}, (2,)),
        (np.full, (np.array(2.0), 7.5), {}, (2,)),
        (np.eye, (2.0, 3.9), {}, (2, 3)),
        (np.reshape, (np.arange(6), (3.0, -1.0)), {}, (3, 2)),
        (np.resize, (np.arange(6), 4.0), {}, (4,)),
        (np.tile, ([1, 2], (3.0, 1)), {}, (3, 2)),
        (np.delete, ([5, 6, 7], 2.0), {}, (2,)),
        (np.linspace, (0, 1, np.sqrt(9)), {}, (3,)),
        (np.linspace, (0, 1), {"num": 5.5}, (5,)),
        (np.random.rand, (2.0, 3), {}, (2, 3)),
        (np.random.normal, (0.5, 1.5, (2, 1e1)), {}, (2, 10)),
        (np.random.randint, (4,), {"size": [2.0, 2]}, (2, 2)),
        (np.random.choice, (5, 3.0), {"replace": False}, (3,)),
        (np.random.poisson, (3.5, 2.0), {}, (2,)),
        (np.min, (np.ones((2, 3)), 1e-5), {}, (3,)),
        (np.mean, (np.ones((2, 3)),), {"axis": 1.0}, (2,)),
    ],
)
def test_digits_after_the_point_are_left_out(function, arguments, options, shape):
    assert taking_floats(function)(*arguments, **options).shape == shape


def test_other_arguments_stay_floats():
    values = taking_floats(np.random.uniform)(0.5, 0.75, 20.0)
    assert ((values >= 0.5) & (values < 0.75)).all()
    assert taking_floats(np.full)(2.0, 7.5).tolist() == [7.5, 7.5]


@pytest.mark.parametrize("size", [np.nan, np.inf, "2", -1.5, (2, None), 1j])
def test_what_is_no_size_is_refused(size):
    with pytest.raises((TypeError, ValueError)):
        taking_floats(np.zeros)(size)


def test_arrays_and_sources_of_random_numbers():
    """In a process of its own, since classes change."""
    program = """
import numpy as np
from lenet.theano_compat.old_names import restore
restore()
source, same = np.random.RandomState(3), np.random.RandomState(3)
assert (source.uniform(0.5, 1, (2.0, 3)) == same.uniform(0.5, 1, (2, 3))).all()
assert (source.randn(4.0) == same.randn(4)).all()
assert np.arange(6).reshape(2.0, -1).shape == np.arange(6).reshape((2.5, 3)).shape == (2, 3)
assert np.arange(6).reshape(-1).shape == (6,)
try:
    np.arange(6).reshape(4.0, 4)
except ValueError as error:
    print(str(error)[:20])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("cannot reshape array\n", "")


def test_none_is_the_shape_of_a_number():
    for function in (np.empty, np.ones, np.zeros):
        made = float_sizes.with_no_shape(function)
        assert made(None).shape == made(shape=None).shape == ()
        assert made(None, "int8").dtype == np.int8
        assert made((2, 3)).shape == (2, 3)
    assert float_sizes.with_no_shape(np.full)(None, 7) == 7
    with pytest.raises(TypeError):
        float_sizes.with_no_shape(np.zeros)("2")
