from pathlib import Path

import numpy as np
import pytest

from lenet.data.indexed_images import IndexedImages, Source, joined, taken
from tests.image_folders import noise

BASE = noise(6, 1, 2, 3)
SOURCES = [Source(Path(f"{k}.tif"), k if k % 2 else None) for k in range(6)]


@pytest.fixture
def some():
    return IndexedImages(BASE, np.array([4, 1, 5]), SOURCES)


@pytest.mark.parametrize(
    "index",
    [0, -1, slice(1, None), slice(None), np.array([2, 0, 0]), np.array([True, False, True])],
    ids=["first", "last", "slice", "all", "indices", "mask"],
)
def test_it_gives_what_an_array_would(some, index):
    expected = BASE[[4, 1, 5]]
    assert (some.shape, some.ndim, some.dtype, len(some)) == ((3, 1, 2, 3), 4, np.uint8, 3)
    np.testing.assert_array_equal(some[index], expected[index])
    np.testing.assert_array_equal(np.asarray(some), expected)
    np.testing.assert_array_equal(np.asarray(some, float), expected)


def test_what_it_gives_can_be_changed_and_what_it_holds_stays(some):
    before = BASE.copy()
    some[:][...] = 0
    np.testing.assert_array_equal(BASE, before)


def test_parts_of_it_hold_no_images(some):
    part = taken(some, slice(1, 3))
    again = joined([part, some])
    for one, rows in ((part, [1, 5]), (again, [1, 5, 4, 1, 5])):
        assert isinstance(one, IndexedImages)
        assert one.base is BASE
        np.testing.assert_array_equal(one[:], BASE[rows])
        assert [one.source(k) for k in range(len(one))] == [SOURCES[row] for row in rows]


def test_images_of_several_arrays_are_joined_in_memory(some):
    other = IndexedImages(BASE.copy(), np.array([0]))
    for parts in ([some, other], [some, BASE[:1]], [BASE[[4, 1, 5]], BASE[:1]]):
        found = joined(parts)
        assert isinstance(found, np.ndarray)
        np.testing.assert_array_equal(found, BASE[[4, 1, 5, 0]])
    np.testing.assert_array_equal(taken(BASE, np.array([3, 2])), BASE[[3, 2]])


def test_a_source_is_named_by_its_file_and_page_in_one_line():
    assert str(Source(Path("a/b.tif"), None)) == "a/b.tif"
    assert str(Source(Path("a/b.tif"), 0)) == "a/b.tif page 1"
    assert str(Source(Path("two\nlines.png"), None)) == r"two\nlines.png"
    assert IndexedImages(BASE, np.array([0])).source(0) is None
