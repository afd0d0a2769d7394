import pytest

from lenet.data.sampling import evenly


@pytest.mark.parametrize(
    ("n", "most", "expected"),
    [(0, 3, []), (2, 3, [0, 1]), (3, 3, [0, 1, 2]), (5, 3, [0, 2, 4]), (100, 2, [0, 99])],
)
def test_places_begin_and_end_with_the_whole(n, most, expected):
    assert evenly(n, most).tolist() == expected
