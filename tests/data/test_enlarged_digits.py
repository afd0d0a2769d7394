import numpy as np
import pytest

from lenet.data.enlarged_digits import enlarged_digits


@pytest.mark.parametrize("side", [8, 16])
def test_what_is_even_stays_even_and_its_frame_is_black(side):
    images = enlarged_digits(np.full((3, side, side), 7.0), 7)
    assert images.shape == (3, 1, 28, 28)
    assert images.dtype == np.uint8
    assert (images[..., 10:18, 10:18] > 250).all()
    assert (images[..., :2, :] < 20).all()


def test_a_dot_stays_where_it_is():
    digits = np.zeros((1, 16, 16))
    digits[0, 3, 12] = 1
    image = enlarged_digits(digits, 1)[0, 0].astype(float)
    rows, columns = np.indices(image.shape)
    centre = ((image * rows).sum() / image.sum(), (image * columns).sum() / image.sum())
    np.testing.assert_allclose(centre, (4 + 3.5 * 1.25 - 0.5, 4 + 12.5 * 1.25 - 0.5), atol=0.1)
