import numpy as np
import pytest
from scipy import ndimage

from benchmarks.paper_digits import INK, light, photographed
from lenet.data.paper import MAX_SIDE, find_ink, find_sheet

ROWS, COLUMNS = np.indices((300, 260))


def pen():
    """Return the coverage by ink of a page with a hook: a tall bar and a foot."""
    page = np.zeros((300, 260))
    page[90:200, 120:132] = page[188:200, 120:170] = 1
    return page


def scene(kind, page, rng):
    """Return what a camera sees of a page, 0 to 1."""
    paper = (1 - INK * page) * light(page.shape, rng)
    if kind == "blackboard":
        return 0.1 + 0.7 * page
    if kind == "vignette":
        return (1 - INK * page) * (
            1 - 0.55 * ((ROWS / 150 - 1) ** 2 + (COLUMNS / 130 - 1) ** 2) / 2
        )
    if kind == "shadow":
        return paper * np.where(COLUMNS > 125 + 0.3 * ROWS, 0.7, 1)
    if kind == "table":
        return np.where((ROWS < 40) | (COLUMNS < 30), 0.15, paper)
    if kind == "card":
        return np.where((abs(ROWS - 150) < 80) & (abs(COLUMNS - 140) < 75), paper, 0.12)
    return paper


KINDS = ("plain", "vignette", "shadow", "table", "card", "blackboard")


@pytest.mark.parametrize("kind", KINDS)
def test_ink_is_where_it_was_drawn(kind):
    rng = np.random.default_rng(1)
    ink = find_ink(photographed(scene(kind, pen(), rng), rng)[np.newaxis])
    assert ink.inverted is (kind != "blackboard")
    assert ink.density.shape == pen().shape
    assert ink.scale == 1
    assert np.corrcoef(ink.density.ravel(), pen().ravel())[0, 1] > 0.9
    assert np.median(ink.density[pen() > 0]) == pytest.approx(
        INK if ink.inverted else 0.78, abs=0.12
    )
    assert ink.peak == pytest.approx(0.8, abs=0.1)


def test_the_polarity_may_be_told():
    rng = np.random.default_rng(3)
    picture = photographed(scene("plain", pen(), rng), rng)[np.newaxis]
    assert find_ink(picture, True).density[120, 125] > 0.6
    light_ink = find_ink(picture, False)
    assert not light_ink.inverted
    assert light_ink.density[120, 125] < 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_is_what_lies_before_something_dark(kind):
    rng = np.random.default_rng(4)
    coarse = 255 * ndimage.zoom(scene(kind, pen(), rng), 0.4, order=1).astype(np.float32)
    found = find_sheet(coarse)
    if kind not in ("table", "card"):
        assert found is None
        return
    rows, columns = np.indices(coarse.shape) / 0.4
    expected = (
        (rows >= 40) & (columns >= 30)
        if kind == "table"
        else (abs(rows - 150) < 80) & (abs(columns - 140) < 75)
    )
    assert (found & expected).sum() / (found | expected).sum() > 0.93


@pytest.mark.parametrize("digit", ["zero", "one"])
def test_bold_strokes_are_no_sheet(digit):
    coarse = np.full((120, 110), 20, np.float32)
    rows, columns = np.indices(coarse.shape)
    if digit == "zero":
        radius = np.hypot((rows - 60) / 1.3, columns - 55)
        coarse[(radius > 22) & (radius < 40)] = 220
    else:
        coarse[10:110, 45:65] = 220
    assert find_sheet(coarse) is None


def test_a_large_picture_is_reduced():
    rng = np.random.default_rng(5)
    large = scene("vignette", pen(), rng).repeat(12, axis=0).repeat(12, axis=1)
    ink = find_ink((255 * large).astype(np.uint8)[np.newaxis])
    assert max(ink.density.shape) == MAX_SIDE
    assert ink.scale == pytest.approx(3600 / MAX_SIDE)
    rows, columns = (np.flatnonzero(ink.density.max(axis=axis) > 0.4) for axis in (1, 0))
    expected = (90, 199, 120, 169)
    for found, side in zip((rows[0], rows[-1], columns[0], columns[-1]), expected, strict=True):
        assert found * ink.scale / 12 == pytest.approx(side, abs=1.5)


@pytest.mark.parametrize("shape", [(2, 2), (3, 40), (1, 500), (9, 7)], ids=str)
def test_any_shape(shape):
    picture = np.full((1, *shape), 200, np.uint8)
    assert find_ink(picture).peak == 0
    picture[0, :, shape[1] // 2] = 0
    assert find_ink(picture).density.shape == shape
