import numpy as np
import pytest
from scipy import ndimage

from lenet.data.ruled_lines import without_rules

ROWS, COLUMNS = np.indices((200, 600))


def hook(left):
    """Return where a pen has drawn a tall bar and a foot."""
    bar = (ROWS >= 70) & (ROWS < 130) & (left <= COLUMNS) & (left + 10 > COLUMNS)
    return bar | ((ROWS >= 120) & (ROWS < 130) & (left <= COLUMNS) & (left + 40 > COLUMNS))


def frame(*edges, top=50, bottom=150):
    """Return where a row of boxes is ruled, three pixels wide."""
    upright = np.any([(edge <= COLUMNS) & (edge + 3 > COLUMNS) for edge in edges], axis=0)
    level = np.any([(edge <= ROWS) & (edge + 3 > ROWS) for edge in (top, bottom)], axis=0)
    across = (edges[0] <= COLUMNS) & (edges[-1] + 3 > COLUMNS)
    return (upright & (top <= ROWS) & (bottom + 3 > ROWS)) | (level & across)


@pytest.mark.parametrize("turn", [0, 1, -2, 5], ids=str)
def test_a_form_keeps_what_is_written(turn):
    written = hook(120) | hook(260) | hook(400)
    page = written | frame(60, 200, 340, 480)
    density, kept = (
        ndimage.rotate(0.8 * plane.astype(np.float32), turn, reshape=False, order=1)
        for plane in (page, written)
    )
    cleared = without_rules(density, 0.8)
    wrong = (cleared > 0.4) != (kept > 0.4)
    assert wrong.sum() < 0.05 * (density > 0.4).sum()


def test_digits_may_reach_into_the_frame():
    page = hook(120) | hook(300) | frame(60, 310, 480, bottom=128)
    cleared = without_rules(page.astype(np.float32), 1.0)
    assert cleared[hook(120) | hook(300)].mean() > 0.85
    assert cleared.sum() < 1.2 * (hook(120) | hook(300)).sum()


def test_a_line_below_digits_is_taken_off():
    written = hook(120) | hook(300)
    page = written | ((ROWS >= 129) & (ROWS < 132))
    cleared = without_rules(page.astype(np.float32), 1.0)
    assert cleared[written].mean() > 0.85
    assert cleared[:, :100].sum() == 0


@pytest.mark.parametrize("kind", ["one", "seven", "blot", "zero"])
def test_what_is_written_alone_is_left(kind):
    if kind == "one":
        page = (ROWS > 20) & (ROWS < 180) & (abs(COLUMNS - 300) < 6)
    elif kind == "seven":
        page = (abs(ROWS - 30) < 7) & (abs(COLUMNS - 300) < 50)
        page |= (ROWS > 30) & (ROWS < 180) & (abs(COLUMNS - 340) < 7)
    elif kind == "blot":
        page = (abs(ROWS - 100) < 20) & (abs(COLUMNS - 300) < 60)
    else:
        outer, inner = (
            abs((ROWS - 100) / side) ** 4 + abs((COLUMNS - 300) / side) ** 4 < 1
            for side in (60, 42)
        )
        page = outer & ~inner
    density = page.astype(np.float32)
    assert without_rules(density, 1.0) is density
