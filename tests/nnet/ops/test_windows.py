import numpy as np
import pytest

from lenet.nnet.ops.windows import crop_spatial, pad_spatial, sliding_windows, window_offsets

ARRAY = np.arange(2 * 7 * 9).reshape(2, 7, 9)
WINDOWS = [  # window, stride, dilation, number of positions
    ((1, 1), (1, 1), (1, 1), (7, 9)),
    ((2, 3), (1, 1), (1, 1), (6, 7)),
    ((2, 3), (2, 4), (1, 1), (3, 2)),
    ((3, 2), (1, 2), (3, 5), (1, 2)),
    ((7, 9), (5, 5), (1, 1), (1, 1)),
]
in_windows = pytest.mark.parametrize(
    ("window", "stride", "dilation", "output"), WINDOWS, ids=[str(w[:3]) for w in WINDOWS]
)


@in_windows
def test_sliding_windows_hold_the_elements_of_each_window(window, stride, dilation, output):
    windows = sliding_windows(ARRAY, window, stride, dilation)
    assert windows.shape == (2, *output, *window)
    for position in np.ndindex(*output):
        for place in np.ndindex(*window):
            row, column = (
                p * s + q * d for p, s, q, d in zip(position, stride, place, dilation, strict=True)
            )
            found = windows[(slice(None), *position, *place)]
            np.testing.assert_array_equal(found, ARRAY[:, row, column])


@in_windows
def test_offsets_select_one_place_of_all_windows(window, stride, dilation, output):
    windows = sliding_windows(ARRAY, window, stride, dilation)
    offsets = dict(window_offsets(window, output, stride, dilation))
    assert list(offsets) == list(np.ndindex(*window))
    for place, index in offsets.items():
        np.testing.assert_array_equal(ARRAY[index], windows[(..., *place)])


def test_offsets_of_no_windows_select_nothing():
    for _, index in window_offsets((2, 2), (0, 3), (2, 1), (1, 1)):
        assert ARRAY[index].shape == (2, 0, 3)


def test_sliding_windows_are_a_view_that_cannot_be_written():
    windows = sliding_windows(ARRAY, (2, 2), (1, 1), (1, 1))
    assert np.shares_memory(windows, ARRAY)
    assert not windows.flags.writeable


@pytest.mark.parametrize("pads", [((0, 0), (0, 0)), ((1, 0), (0, 2)), ((2, 3), (1, 1))])
def test_cropping_undoes_padding(pads):
    padded = pad_spatial(ARRAY, pads, -5)
    np.testing.assert_array_equal(padded, np.pad(ARRAY, [(0, 0), *pads], constant_values=-5))
    np.testing.assert_array_equal(crop_spatial(padded, pads), ARRAY)
    assert np.shares_memory(crop_spatial(padded, pads), padded)


def test_padding_by_nothing_copies_nothing():
    assert pad_spatial(ARRAY, ((0, 0), (0, 0))) is ARRAY
