import numpy as np
import pytest

from lenet.data.mnist_style import MAX_SIDE, centre_digit, is_dark_on_light
from lenet.errors import ImageError


def stroke(rows=60, columns=80, paper=0, ink=255):
    """Return an L: a tall bar and a foot to the right."""
    image = np.full((1, rows, columns), paper, np.uint8)
    image[0, 10:40, 50:56] = ink
    image[0, 34:40, 50:65] = ink
    return image


def centre_of_mass(plane):
    rows, columns = np.indices(plane.shape)
    return (rows * plane).sum() / plane.sum(), (columns * plane).sum() / plane.sum()


@pytest.mark.parametrize(
    ("paper", "ink", "expected"),
    [(0, 255, False), (30, 90, False), (255, 0, True), (200, 90, True)],
)
def test_the_border_tells_paper_from_ink(paper, ink, expected):
    assert is_dark_on_light(stroke(paper=paper, ink=ink)) is expected


def test_a_blank_picture_is_not_dark_on_light():
    assert not is_dark_on_light(np.full((1, 5, 5), 200, np.uint8))


@pytest.mark.parametrize(("paper", "ink"), [(0, 255), (40, 100)], ids=["mnist", "faint"])
@pytest.mark.parametrize("size", [28, 42])
def test_a_digit_is_placed_as_mnist_does(paper, ink, size):
    placed = centre_digit(stroke(paper=paper, ink=ink), size)
    assert placed.shape == (1, size, size)
    assert placed.dtype == np.uint8
    rows, columns = np.nonzero(placed[0] > 25)
    # 30 rows and 15 columns of ink: the longer side fills 20 of 28 pixels.
    assert np.ptp(rows) + 1 == size * 20 // 28
    assert np.ptp(columns) + 1 == pytest.approx(size * 10 / 28, abs=1)
    assert placed.max() == 255
    assert placed[0, 0].max() == 0
    np.testing.assert_allclose(centre_of_mass(placed[0].astype(float)), size / 2, atol=0.5)


def test_where_and_how_large_it_was_does_not_matter():
    image = stroke()
    moved = np.roll(image, (15, -40), axis=(1, 2))
    larger = image.repeat(3, axis=1).repeat(3, axis=2)
    expected = centre_digit(image, 28).astype(int)
    np.testing.assert_array_equal(centre_digit(moved, 28), expected)
    assert abs(centre_digit(larger, 28) - expected).max() <= 40
    assert abs(centre_digit(larger, 28) - expected).mean() <= 3


def test_a_shadow_is_taken_off():
    shadow = np.linspace(0, 100, 80).astype(np.uint8)
    image = np.minimum(stroke(ink=120).astype(int) + shadow, 255).astype(np.uint8)
    placed = centre_digit(image, 28).astype(int)
    assert abs(placed - centre_digit(stroke(), 28)).max() <= 25


def test_dust_does_not_count_but_parts_of_a_digit_do():
    image = stroke()
    image[0, 3, 3] = 255
    clean = centre_digit(stroke(), 28)
    np.testing.assert_array_equal(centre_digit(image, 28), clean)
    image[0, 20:26, 5:10] = 255
    assert not np.array_equal(centre_digit(image, 28), clean)


def test_what_is_heavy_on_one_side_stays_inside():
    image = np.zeros((1, 40, 40), np.uint8)
    image[0, 5:35, 5:8] = 255
    image[0, 5:8, 8:35] = 80
    placed = centre_digit(image, 28)[0]
    columns = np.nonzero(placed.max(axis=0) > 15)[0]
    assert np.ptp(columns) + 1 == 20


@pytest.mark.parametrize("shape", [(3, 1), (1, 3), (MAX_SIDE * 3, 20), (2000, 1500)], ids=str)
def test_any_shape(shape):
    image = np.zeros((1, *shape), np.uint8)
    image[0, shape[0] // 3 : shape[0] // 2 + 1, shape[1] // 3 : shape[1] // 2 + 1] = 255
    if min(shape) == 1:
        with pytest.raises(ImageError, match="shows no digit"):
            centre_digit(np.full_like(image, 7), 28)
    else:
        assert centre_digit(image, 28).max() == 255


@pytest.mark.parametrize("brightness", [0, 255])
def test_a_blank_picture_shows_no_digit(brightness):
    with pytest.raises(ImageError, match="shows no digit"):
        centre_digit(np.full((1, 9, 9), brightness, np.uint8), 28)
