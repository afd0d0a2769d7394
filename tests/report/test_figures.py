import numpy as np
import pytest

from lenet.report import figures
from tests.picture_tools import HOSTILE, fraction, pixels


def one_per_class(n):
    return np.arange(n), [f"class {i}" for i in range(n)]


@pytest.mark.parametrize("n", [1, 2, 10, 20, 40])
def test_a_perfect_confusion_matrix_has_only_blue_cells(n):
    labels, names = one_per_class(n)
    picture = pixels(figures.confusion_matrix(labels, labels, names))
    height, width = picture.shape[:2]
    assert 400 < height < width + 100 < 1900
    cells = fraction(picture, figures.HITS)
    assert 0.2 / n < cells < 1 / n
    assert fraction(picture, 1 - 0.6 * (1 - figures.MISTAKES)) == 0


def test_mistakes_are_red_and_on_their_side_of_the_diagonal():
    labels, names = one_per_class(3)
    wrong = np.array([2, 1, 2])  # the first of class 0 was taken for class 2: top right
    picture = pixels(figures.confusion_matrix(labels, wrong, names))
    red = np.abs(picture - (1 - 0.6 * (1 - figures.MISTAKES))).max(axis=-1) < 0.02
    rows, columns = np.nonzero(red)
    assert rows.max() < picture.shape[0] / 2 < picture.shape[1] / 2 < columns.min()


def test_a_confusion_matrix_of_no_image_is_empty():
    empty = np.zeros(0, int)
    picture = pixels(figures.confusion_matrix(empty, empty, ["a", "b"]))
    assert fraction(picture, figures.HITS) == 0
    assert fraction(picture, (1, 1, 1)) > 0.5


def test_a_label_that_is_no_class_is_named():
    with pytest.raises(ValueError, match="from 0 to 1, got 2"):
        figures.confusion_matrix(np.array([0, 2]), np.array([0, 1]), ["a", "b"])


def test_names_are_drawn_whatever_is_in_them():
    labels = np.arange(len(HOSTILE))
    named = pixels(figures.confusion_matrix(labels, labels[::-1], HOSTILE))
    assert max(named.shape) < 1300


def test_gray_filters_have_black_for_the_lowest_and_white_for_the_highest():
    W = np.zeros((2, 1, 5, 5))
    W[0], W[1] = -0.5, 0.25
    picture = pixels(figures.first_layer_filters(W))
    assert fraction(picture, (0, 0, 0)) > 0.02
    assert fraction(picture, (0.75, 0.75, 0.75)) > 0.02


def test_filters_of_three_channels_are_in_colour():
    W = np.zeros((4, 3, 5, 5))
    W[:, 0] = 1
    assert fraction(pixels(figures.first_layer_filters(W)), (1, 0.5, 0.5)) > 0.1


@pytest.mark.parametrize("channels", [2, 5])
def test_other_filters_have_a_tile_for_each_channel(channels):
    W = np.ones((3, channels, 4, 4))
    W[:, 1] = -1
    picture = pixels(figures.first_layer_filters(W))
    black = (picture.max(axis=-1) < 0.02).sum(axis=0) > 30
    assert np.count_nonzero(np.diff(black.astype(int)) == 1) == 1  # one column of black tiles


@pytest.mark.parametrize(
    "shape",
    [(1, 1, 1, 1), (200, 3, 7, 7), (100, 100, 3, 3), (7, 1, 3, 9)],
    ids=["one weight", "many maps", "many of both", "wide"],
)
def test_filters_of_any_number_are_a_picture_of_bounded_size(shape):
    W = np.random.default_rng(0).normal(size=shape)
    picture = pixels(figures.first_layer_filters(W))
    assert max(picture.shape) < 1400
    assert picture.std() > 0.01


def test_values_that_are_no_numbers_are_red():
    W = np.zeros((2, 3, 5, 5))
    before = pixels(figures.first_layer_filters(W))
    W[1] = np.nan
    W[0, 0, 0, 0] = np.inf
    after = pixels(figures.first_layer_filters(W))
    assert fraction(before, (0.84, 0.15, 0.16)) == 0
    assert fraction(after, (0.84, 0.15, 0.16)) > 0.1


def test_filters_of_a_matrix_are_refused():
    with pytest.raises(ValueError, match=r"got shape \(3, 4\)"):
        figures.first_layer_filters(np.zeros((3, 4)))


def mistakes(n, channels, wrong, dtype=np.uint8):
    """Return n images, the i-th of brightness i, the first of which are mistakes of growing certainty."""
    highest = 255 if dtype == np.uint8 else 1
    images = np.ones((n, channels, 8, 8)) * (highest * np.arange(n)[:, None, None, None] / n)
    probabilities = np.tile([0.9, 0.1], (n, 1))
    labels = np.zeros(n, int)
    labels[:wrong] = 1
    probabilities[:wrong, 0] = np.linspace(0.6, 0.99, wrong)
    return images.astype(dtype), labels, probabilities


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_most_confident_mistake_comes_first(channels, dtype):
    data = mistakes(20, channels, wrong=10, dtype=dtype)
    picture = pixels(figures.worst_mistakes(*data, ["cat", "dog"], count=6))
    # Six images from left to right, darker and darker.
    middle = picture[int(0.7 * picture.shape[0])].mean(axis=-1)
    shades = [middle[int((place + 0.5) * len(middle) / 6)] for place in range(6)]
    # Two channels are red and green, of which the third part of white is missing.
    part = 2 / 3 if channels == 2 else 1
    np.testing.assert_allclose(shades, [part * i / 20 for i in (9, 8, 7, 6, 5, 4)], atol=0.01)


@pytest.mark.parametrize(
    ("wrong", "rows", "columns"), [(1, 1, 2), (3, 1, 3), (7, 2, 6), (100, 6, 6)]
)
def test_the_sheet_is_as_large_as_its_images_and_its_heading(wrong, rows, columns):
    data = mistakes(120, 1, wrong)
    height, width = pixels(figures.worst_mistakes(*data, HOSTILE[:2])).shape[:2]
    assert height == pytest.approx(120 * (1.75 * rows + 0.4), abs=2)
    assert width == pytest.approx(120 * 1.55 * columns, abs=2)


@pytest.mark.parametrize("wrong", [1, 2, 5])
def test_the_heading_of_few_mistakes_begins_at_the_left_and_is_whole(wrong):
    picture = pixels(figures.worst_mistakes(*mistakes(20, 1, wrong), ["cat", "dog"]))
    dark = (picture[: int(0.15 * len(picture))].max(axis=-1) < 0.5).any(axis=0)
    columns = np.flatnonzero(dark)
    assert columns.min() < 12
    assert columns.max() < picture.shape[1] - 3


def test_without_a_mistake_the_sheet_says_so():
    picture = pixels(figures.worst_mistakes(*mistakes(5, 1, 0), ["cat", "dog"]))
    assert picture.shape[0] == 60
    assert 0 < fraction(picture, (0, 0, 0)) < 0.1


def test_probabilities_that_are_no_numbers_do_not_end_the_drawing():
    images, labels, probabilities = mistakes(6, 1, 3)
    probabilities[:] = np.nan
    assert pixels(figures.worst_mistakes(images, labels, probabilities, ["a", "b"])).std() > 0.05
