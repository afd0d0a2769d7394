import matplotlib.colors
import numpy as np
import pytest

from lenet.report.rate_curve import BLUE, RED, rate_curve
from tests.picture_tools import HOSTILE, fraction, pixels

RATES = np.geomspace(1e-6, 10, 50)
COSTS = 2 - np.exp(-(np.log10(RATES / 0.1) ** 2))


@pytest.mark.parametrize("proposed", [None, 0.05])
def test_the_proposed_rate_is_marked_if_there_is_one(proposed):
    picture = pixels(rate_curve(RATES, COSTS, COSTS, proposed, HOSTILE[1]))
    assert fraction(picture, matplotlib.colors.to_rgb(BLUE)) > 0.001
    assert (fraction(picture, matplotlib.colors.to_rgb(RED)) > 0.0002) == (proposed is not None)


def test_a_single_step_and_flat_costs_are_a_picture():
    one = rate_curve(RATES[:1], COSTS[:1], COSTS[:1], None, "")
    flat = rate_curve(RATES, np.zeros(50), np.zeros(50), None, "")
    assert pixels(one).shape == pixels(flat).shape


def test_costs_that_explode_leave_the_valley_to_be_seen():
    grown = np.where(RATES > 1, 1e9, COSTS)
    picture, plain = (pixels(rate_curve(RATES, c, c, None, "")) for c in (grown, COSTS))
    blue = matplotlib.colors.to_rgb(BLUE)
    assert fraction(picture, blue) > fraction(plain, blue) / 2
