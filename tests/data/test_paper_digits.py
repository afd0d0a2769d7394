from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from benchmarks.paper_digits import NO_DIGITS, SETTINGS, drawn, enlarged, photographed
from lenet.data.mnist_style import centre_digit
from lenet.data.paper_digits import read_digits
from lenet.errors import ImageError
from lenet.input_pipeline import load_digits
from tests.data.test_paper import KINDS, scene

IMAGES, LABELS = (np.asarray(part) for part in load_digits().test)
# Drawn as a pen would have: with sharp edges.
INKED = [np.uint8(255 * enlarged(image[0], 28)) for image in IMAGES]


@cache
def originals():
    """Return each digit, placed as MNIST does."""
    return np.stack([centre_digit(image[np.newaxis], 28)[0] for image in INKED])


def likeness(cut, k):
    """Return the correlation of a cut with a digit of the data set."""
    candidates = originals()[k], INKED[k]  # the latter for what is left where it is
    return max(np.corrcoef(cut.ravel(), image.ravel())[0, 1] for image in candidates)


def page_of(*digits, side=100, gap=80, paper=230, ink=40):
    """Return a clean page with digits in a line, dark on light."""
    page = np.full((3 * side, (len(digits) + 1) * gap + side), float(paper))
    for k, digit in enumerate(digits):
        place = page[side : 2 * side, gap * (k + 1) - 30 : gap * (k + 1) - 30 + side]
        np.minimum(place, paper - (paper - ink) * enlarged(digit, side), out=place)
    return page.astype(np.uint8)[np.newaxis]


@pytest.mark.parametrize("setting", SETTINGS)
def test_digits_are_cut_as_they_were_drawn(setting):
    """Each cut is compared with the very digit that was drawn, in the order of reading."""
    rng = np.random.default_rng(list(SETTINGS).index(setting))
    draw, each = SETTINGS[setting]
    for _ in range(-(-6 // each)):
        chosen = rng.choice(len(IMAGES), each, replace=False)
        picture = draw([IMAGES[k, 0] for k in chosen], rng)
        cuts, inverted = read_digits(picture[np.newaxis], 28)
        assert inverted is (setting != "28x28, in a corner")
        assert len(cuts) == each
        for cut, k in zip(cuts, chosen, strict=True):
            assert cut.image.shape == (1, 28, 28)
            assert cut.doubt == ""
            assert likeness(cut.image, k) > 0.85


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_read_where_nothing_is_written(kind):
    rng = np.random.default_rng(2)
    empty = scene(kind, np.zeros((300, 260)), rng)
    with pytest.raises(ImageError, match="shows no digit"):
        read_digits(photographed(empty, rng)[np.newaxis], 28)


@pytest.mark.parametrize("setting", NO_DIGITS)
def test_what_shows_no_digit_is_refused(setting):
    for picture, _ in drawn(IMAGES, LABELS, setting, 0, 4):
        with pytest.raises(ImageError, match="shows no digit"):
            read_digits(picture[np.newaxis], 28)


@pytest.mark.parametrize("brightness", [0, 128, 255])
@pytest.mark.parametrize("side", [28, 50])
def test_a_blank_picture_is_refused(brightness, side):
    with pytest.raises(ImageError, match="shows no digit, nothing stands out"):
        read_digits(np.full((1, side, side), brightness, np.uint8), 28)


def test_specks_and_dashes_are_no_digits():
    page = page_of(IMAGES[0, 0])
    page[0, 20:24, 20:24] = page[0, 280:284, 60:140] = page[0, 100:107, 200:206] = 0
    (cut,), _ = read_digits(page, 28)
    assert likeness(cut.image, 0) > 0.95
    page = np.full((1, 200, 300), 220, np.uint8)
    page[0, 90:100, 40:260] = 20
    with pytest.raises(ImageError, match="only specks, lines or blots"):
        read_digits(page, 28)


def test_digits_as_the_network_takes_them_are_left_as_they_are():
    for image in IMAGES:
        for picture in (image, 255 - image):
            (cut,), inverted = read_digits(picture, 28)
            np.testing.assert_array_equal(cut.image, image)
            assert cut.box is None
            assert inverted is (picture is not image)


@pytest.mark.parametrize("shift", [(0, -5), (0, 6)], ids=str)
def test_a_small_picture_is_centred_if_it_is_off(shift):
    image = np.roll(IMAGES[3], shift, axis=(1, 2))
    (cut,), _ = read_digits(image, 28)
    assert cut.box == (0, 0, 28, 28)
    assert np.corrcoef(cut.image.ravel(), centre_digit(IMAGES[3], 28).ravel())[0, 1] > 0.9


def test_pieces_of_a_digit_are_joined():
    page = page_of(IMAGES[5, 0], IMAGES[8, 0])
    rows = np.flatnonzero((page[0, :, :150] < 100).any(axis=1))
    cut_at = rows[len(rows) // 2]
    page[0, cut_at - 2 : cut_at + 3, :150] = 230
    cuts, _ = read_digits(page, 28)
    assert len(cuts) == 2
    assert likeness(cuts[0].image, 5) > 0.85
    assert likeness(cuts[1].image, 8) > 0.85


def test_a_bold_zero_is_no_frame():
    page = np.full((1, 400, 400), 230, np.uint8)
    rows, columns = np.indices((400, 400)) - 200
    outer, inner = (abs(rows / side) ** 3 + abs(columns / side) ** 3 < 1 for side in (58, 38))
    page[0, outer & ~inner] = 40
    (cut,), _ = read_digits(page, 28)
    np.testing.assert_allclose(cut.box, (143, 143, 258, 258), atol=2)
    assert cut.image[0, 14, 14] == 0


@pytest.mark.parametrize(("one", "other"), [(166, 93), (229, 156), (283, 133)])
def test_digits_that_touch_are_parted(one, other):
    """These are among the widest, so that two of them cannot be one."""
    for gap in range(70, 40, -1):
        page = page_of(IMAGES[one, 0], IMAGES[other, 0], gap=gap)
        if ndimage.label(page[0] < 160, np.ones((3, 3)))[1] == 1:
            break
    cuts, _ = read_digits(page, 28)
    assert len(cuts) == 2
    assert likeness(cuts[0].image, one) > 0.85
    assert likeness(cuts[1].image, other) > 0.85


@pytest.mark.parametrize("frame", ["box", "line", "boxes"])
def test_digits_may_touch_what_is_ruled(frame):
    chosen = (0, 4, 9)
    page = page_of(*(IMAGES[k, 0] for k in chosen))
    dark = page[0] < 100
    rows, columns = (np.flatnonzero(dark.any(axis=axis)) for axis in (1, 0))
    bottom = rows[-1] - 2  # through the feet
    page[0, bottom : bottom + 3, 20:-20] = 40
    if frame != "line":
        top = rows[0] - 25
        page[0, top : top + 3, 20:-20] = 40
        page[0, top : bottom + 3, 20:23] = page[0, top : bottom + 3, -23:-20] = 40
    if frame == "boxes":
        gaps = np.flatnonzero(~dark[:, columns[0] : columns[-1]].any(axis=0)) + columns[0]
        for column in (gaps[0], gaps[-1]):
            page[0, top : bottom + 3, column - 1 : column + 1] = 40
    cuts, _ = read_digits(page, 28)
    assert len(cuts) == len(chosen)
    for cut, k in zip(cuts, chosen, strict=True):
        assert likeness(cut.image, k) > 0.85


def test_boxes_are_in_pixels_of_the_picture():
    page = page_of(IMAGES[0, 0], IMAGES[7, 0]).repeat(9, axis=1).repeat(9, axis=2)
    cuts, _ = read_digits(page, 28)
    dark = page[0] < 180
    half = np.flatnonzero(~dark.any(axis=0) & (np.arange(dark.shape[1]) > cuts[0].box[2]))[0]
    for cut, part, offset in ((cuts[0], dark[:, :half], 0), (cuts[1], dark[:, half:], half)):
        rows, columns = (np.flatnonzero(part.any(axis=axis)) for axis in (1, 0))
        expected = (columns[0] + offset, rows[0], columns[-1] + offset + 1, rows[-1] + 1)
        np.testing.assert_allclose(cut.box, expected, atol=9)


def test_doubts_are_told():
    whole = page_of(IMAGES[0, 0])
    rows = np.flatnonzero((whole[0] < 100).any(axis=1))
    (cut,), _ = read_digits(whole[:, rows[0] + 8 :], 28)
    assert "reaches the border" in cut.doubt
    blot = np.full((1, 200, 200), 230, np.uint8)
    blot[0, 80:114, 70:125] = 40
    (cut,), _ = read_digits(blot, 28)
    assert "blot" in cut.doubt


def test_a_photograph_is_refused():
    rng = np.random.default_rng(7)
    clouds = sum(
        ndimage.gaussian_filter(rng.normal(0, 1, (256, 256)), width) * width for width in (3, 9, 27)
    )
    clouds = (clouds - clouds.min()) / np.ptp(clouds)
    with pytest.raises(ImageError, match="shows no digit"):
        read_digits(photographed(clouds, rng)[np.newaxis], 28)


def test_too_many_patches_are_refused():
    page = np.full((1, 1000, 1000), 230, np.uint8)
    for row in range(20, 980, 40):
        for column in range(20, 980, 40):
            page[0, row : row + 20, column : column + 8] = 20
    with pytest.raises(ImageError, match="shows 576 patches of ink, more than 200"):
        read_digits(page, 28)


@pytest.mark.parametrize("shape", [(2, 2), (3, 40), (2, 500), (9, 7), (29, 28)], ids=str)
def test_any_shape_is_read_or_refused(shape):
    picture = np.full((1, *shape), 200, np.uint8)
    picture[0, :, shape[1] // 2] = 0
    try:
        cuts, _ = read_digits(picture, 28)
    except ImageError as error:
        assert "shows no digit" in str(error)  # noqa: PT017
    else:
        assert all(cut.image.shape == (1, 28, 28) for cut in cuts)
