import pytensor.tensor as pt
import pytest

from lenet.nnet import get_conv_output_shape, get_conv_shape_1axis
from tests.nnet.modes import MODES


def count_windows(size, kernel, pads, step, dilation):
    """Return how many windows lie inside a padded line, by trying all of them."""
    last = size + sum(pads) - (kernel - 1) * dilation
    return len(range(0, last, step)) if last > 0 else 0


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("border_mode", ["valid", "full", "half", 0, 2, (1, 3)], ids=str)
def test_size_along_one_axis(border_mode, step, dilation):
    span = 2 * dilation + 1
    widths = {"valid": 0, "full": span - 1, "half": span // 2}
    width = widths.get(border_mode, border_mode) if isinstance(border_mode, str) else border_mode
    pads = width if isinstance(width, tuple) else (width, width)
    found = get_conv_shape_1axis(9, 3, border_mode, step, dilation)
    assert found == count_windows(9, 3, pads, step, dilation)


@pytest.mark.parametrize("unknown", range(5))
def test_what_is_not_known_stays_unknown(unknown):
    arguments = [9, 3, "valid", 1, 1]
    arguments[unknown] = None
    assert get_conv_shape_1axis(*arguments) is None


def test_symbolic_sizes():
    size = pt.lscalar("n")
    found = get_conv_shape_1axis(size, 3, "half", 2)
    assert found.eval({size: 9}, mode=MODES["python"]) == 5


def test_whole_shapes():
    shape = get_conv_output_shape((2, 3, 9, None), (5, 3, 3, 2), ((1, 2), 0), (2, 1))
    assert shape == (2, 5, 5, None)
    assert get_conv_output_shape((2, 3, 9, 8), (5, 7, 8, 3, 3, 1), "valid", (1, 1), (1, 2)) == (
        2,
        5,
        7,
        8,
    )
    assert get_conv_output_shape((2, 3, 9, 8, 7), (5, 3, 3, 2, 1), 1, (1, 2, 3)) == (2, 5, 9, 5, 3)


@pytest.mark.parametrize("border_mode", ["same", -1, (1, 2, 3)], ids=str)
def test_a_wrong_border_mode_is_refused(border_mode):
    with pytest.raises(ValueError, match="invalid border_mode"):
        get_conv_shape_1axis(9, 3, border_mode, 1)
