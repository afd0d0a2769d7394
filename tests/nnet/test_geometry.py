from itertools import product

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytensor.tensor.exceptions import NotScalarConstantError

from lenet.nnet.geometry import (
    as_size,
    conv_output_shape,
    integers,
    normalise_border_mode,
    pool_output_shape,
    resolve_pads,
    spatial_shape,
    static_size,
    with_shape,
)
from tests.nnet.modes import MODES
from tests.nnet.oracles import window_starts
from tests.tiers import examples


@pytest.mark.parametrize(
    ("border_mode", "expected"),
    [
        ("valid", ((0, 0), (0, 0))),
        ("half", "half"),
        ("full", "full"),
        (3, ((3, 3), (3, 3))),
        (np.int64(3), ((3, 3), (3, 3))),
        ((1, 2), ((1, 1), (2, 2))),
        ([1, 2], ((1, 1), (2, 2))),
        (np.array([1, 2]), ((1, 1), (2, 2))),
        (((1, 2), (3, 4)), ((1, 2), (3, 4))),
        ((1, (3, 4)), ((1, 1), (3, 4))),
    ],
    ids=str,
)
def test_border_modes(border_mode, expected):
    assert normalise_border_mode(border_mode, 2) == expected


@pytest.mark.parametrize(
    "border_mode", ["same", "", "1", None, -1, 0.5, (1,), (1, 2, 3), ((1, 2, 3), 1), (1, "full")]
)
def test_border_modes_that_do_not_exist(border_mode):
    with pytest.raises(ValueError, match=r"invalid border_mode .*: expected 'valid', 'full'"):
        normalise_border_mode(border_mode, 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, (2, 2)),
        (2.0, (2, 2)),
        ((2, 3), (2, 3)),
        (np.array([2, 3]), (2, 3)),
        (pt.constant(2), (2, 2)),
        (pt.constant([2, 3]), (2, 3)),
        ([pt.constant(2), 3], (2, 3)),
    ],
    ids=str,
)
def test_integers(value, expected):
    found = integers("step", value, 2)
    assert found == expected
    assert all(type(entry) is int for entry in found)


@pytest.mark.parametrize(
    "value", [0, (1, 0), (1, 2, 3), 1.5, float("nan"), float("inf"), None, "ab", ((1, 2), 3)]
)
def test_what_is_no_pair_of_integers(value):
    with pytest.raises(ValueError, match=r"invalid step .*: expected 2 integers of at least 1"):
        integers("step", value, 2)


def test_symbolic_numbers_are_refused_by_name():
    with pytest.raises(NotImplementedError, match="step=n is symbolic"):
        integers("step", (1, pt.lscalar("n")), 2)


@pytest.mark.parametrize(
    ("border_mode", "expected"),
    [("half", ((1, 1), (5, 5))), ("full", ((2, 2), (9, 9))), (((1, 2), (3, 4)), ((1, 2), (3, 4)))],
    ids=str,
)
def test_pads_of_dilated_filters(border_mode, expected):
    """A filter of (3, 4) with dilation (1, 3) spans (3, 10)."""
    assert resolve_pads(border_mode, (3, 4), (1, 3)) == expected


sizes = st.integers(1, 12)


@settings(max_examples=examples(100), deadline=None)
@given(image=sizes, kernel=sizes, stride=sizes, dilation=sizes, low=sizes, high=sizes)
def test_a_convolution_has_one_output_for_each_place_of_its_filter(
    image, kernel, stride, dilation, low, high
):
    span = (kernel - 1) * dilation + 1
    for border_mode, padding in {
        "half": 2 * (span // 2),
        "full": 2 * (span - 1),
        ((low, high),): low + high,
    }.items():
        places = len(range(0, image + padding - span + 1, stride))
        (found,) = conv_output_shape([image], [kernel], border_mode, [stride], [dilation])
        assert max(found, 0) == places


@settings(max_examples=examples(100), deadline=None)
@given(image=sizes, window=sizes, stride=sizes, pad=st.integers(0, 11))
def test_a_pooling_has_one_output_for_each_window(image, window, stride, pad):
    pad = min(pad, window - 1)
    for ignore_border, padding in [(True, pad), (False, 0)]:
        windows = window_starts(image, window, stride, padding, ignore_border)
        (found,) = pool_output_shape([image], [window], ignore_border, [stride], [padding])
        assert max(found, 0) == len(windows)


@pytest.mark.parametrize("ignore_border", [True, False], ids=["ignored", "kept"])
def test_symbolic_and_known_sizes_have_the_same_shape(ignore_border):
    n = pt.lscalar("n")

    def shapes(size):
        return [
            pool_output_shape([size], [window], ignore_border, [stride], [0])[0]
            for window, stride in product((1, 2, 3), (1, 2, 4))
        ]

    symbolic = pytensor.function([n], shapes(n), mode=MODES["python"])
    for size in (3, 4, 7):
        assert symbolic(size) == shapes(size)


def test_a_size_that_is_not_known_stays_open():
    assert conv_output_shape([None, 5], [2, None], "full", (1, 1), (1, 1)) == (None, None)
    assert conv_output_shape([None, 5], [2, 3], "full", (1, 1), (1, 1)) == (None, 7)
    assert pool_output_shape([None, 5], (2, 2), True, (1, 2), (0, 0)) == (None, 2)


@pytest.mark.parametrize(
    "size", [7, np.int32(7), pt.constant(7), pt.constant(7, dtype="int8")], ids=repr
)
def test_a_number_is_a_static_size(size):
    variable = as_size(size)
    assert variable.type.dtype == "int64"
    assert static_size(variable) == 7


def test_a_symbol_is_no_static_size():
    variable = as_size(pt.iscalar("n"))
    assert variable.type.dtype == "int64"
    assert static_size(variable) is None


@pytest.mark.parametrize("size", [1.5, [1, 2], pt.scalar("x")], ids=str)
def test_what_is_no_size(size):
    with pytest.raises(TypeError, match=r"invalid size .*: expected one integer"):
        as_size(size)


def test_spatial_shape_prefers_numbers():
    x = pt.tensor("x", shape=(None, 3, None, 8))
    rows, columns = spatial_shape(x)
    assert columns == 8
    assert rows.eval({x: np.zeros((1, 3, 5, 8))}, mode=MODES["python"]) == 5


def test_with_shape_adds_what_is_said():
    x = pt.tensor("x", shape=(None, 3, None))
    assert with_shape(x, None) is x
    assert with_shape(x, (2, None, pt.constant(5))).type.shape == (2, 3, 5)
    assert with_shape(x, pt.constant([2, 3, 5])).type.shape == (2, 3, 5)


def test_with_shape_needs_integers():
    with pytest.raises(NotScalarConstantError, match="the length n is not known"):
        with_shape(pt.matrix("x"), (2, pt.iscalar("n")))


def test_with_shape_needs_one_entry_for_each_axis():
    with pytest.raises(ValueError, match=r"shape \(1, 2\) given for x, which has 3 axes"):
        with_shape(pt.tensor3("x"), (1, 2))
