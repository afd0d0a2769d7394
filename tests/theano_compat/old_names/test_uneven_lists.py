"""Lists of different lengths as arrays of lists."""

import numpy as np
import pytest

from lenet.theano_compat.old_names import uneven_lists
from lenet.theano_compat.old_names.uneven_lists import of_uneven_lists

LISTS = [[1, 2], [3]]
ARRAYS = [np.zeros(2), np.ones(3)]


def test_arrays_are_made():
    array = of_uneven_lists(np.array)
    for made in (array(LISTS), array(ARRAYS), array(object=LISTS), array(LISTS, None)):
        assert (made.dtype, made.shape) == (object, (2,))
    assert array([[1, 2], [3, 4]], "f4").dtype == "f4"
    with pytest.raises(ValueError, match="array element with a sequence"):
        array(LISTS, dtype="f4")


@pytest.mark.parametrize("lists", [LISTS, ARRAYS])
def test_functions_take_them_apart(lists):
    assert of_uneven_lists(np.copy)(lists)[1] is lists[1]
    assert of_uneven_lists(np.shape)(lists) == (2,)
    assert of_uneven_lists(np.roll)(lists, 1)[0] is lists[1]
    assert of_uneven_lists(np.repeat)(lists, 2).shape == (4,)
    assert of_uneven_lists(np.where)([True, False], lists, lists)[0] is lists[0]


def test_arrays_are_joined():
    concatenate = of_uneven_lists(np.concatenate, joins=True)
    assert concatenate([LISTS, ARRAYS]).shape == (4,)
    assert concatenate([LISTS, [*LISTS, [4, 5]]]).tolist() == [[1, 2], [3], [1, 2], [3], [4, 5]]
    assert of_uneven_lists(np.vstack, joins=True)([LISTS, ARRAYS]).shape == (2, 2)


def test_comparison():
    assert uneven_lists.array_equal(LISTS, [[1, 2], [3]])
    assert not uneven_lists.array_equal(LISTS, [[1, 2], [4]])
    assert not uneven_lists.array_equal(ARRAYS, ARRAYS)


def test_permutations_are_drawn_as_of_an_array():
    drawn = of_uneven_lists(np.random.RandomState(3).permutation)([[1], [2, 2], [3]])
    numbers = np.random.RandomState(3).permutation(3)
    assert drawn.tolist() == [[[1], [2, 2], [3]][index] for index in numbers]


def test_other_errors_stay():
    with pytest.raises(ValueError, match="concatenate"):
        of_uneven_lists(np.concatenate, joins=True)([])
