import numpy as np
import pytest

from lenet.explore import similarity
from lenet.explore.similarity import detail, features_of, nearest, shrunk, similarity_in_detail
from tests.explore.planted import all_images, duller


@pytest.mark.parametrize(("rows", "columns", "side"), [(8, 8, 4), (9, 13, 4), (5, 3, 8), (1, 1, 2)])
def test_a_shrunk_picture_has_the_means_of_areas(rows, columns, side):
    picture = np.random.default_rng(0).random((rows, columns)).astype(np.float32)
    # Each pixel as side x side small ones: then each area is a number of whole ones.
    fine = picture.repeat(side, axis=0).repeat(side, axis=1)
    expected = fine.reshape(side, rows, side, columns).mean(axis=(1, 3))
    np.testing.assert_allclose(shrunk(picture[np.newaxis], side)[0], expected, rtol=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_brightness_and_contrast_do_not_matter(channels):
    images = np.random.default_rng(0).integers(0, 100, (4, channels, 32, 32), dtype=np.uint8)
    for k in range(4):
        looks = features_of([images[k : k + 1], 2 * images[k : k + 1] + 50])
        assert looks.outlines[0] @ looks.outlines[1] > 0.999
        assert detail(looks.thumbnails)[0] @ detail(looks.thumbnails)[1] > 0.98


def test_colours_matter():
    red = np.zeros((1, 3, 8, 8), np.uint8)
    red[0, 0, 2:6, 2:6] = 255
    blue = red[:, ::-1]
    outlines = features_of([red, blue]).outlines
    assert outlines[0] @ outlines[1] < 0.5


def test_images_of_one_tone_are_like_nothing():
    images = np.stack([np.full((3, 20, 20), tone, np.uint8) for tone in (0, 77, 255)])
    looks = features_of([images])
    assert not looks.outlines.any()
    assert not detail(looks.thumbnails).any()


@pytest.mark.parametrize(("n", "k"), [(2, 1), (57, 10), (300, 3)])
def test_the_nearest_are_those_of_a_full_search(n, k):
    outlines = np.random.default_rng(n).normal(size=(n, 5)).astype(np.float32)
    outlines /= np.linalg.norm(outlines, axis=1, keepdims=True)
    products = outlines @ outlines.T
    np.fill_diagonal(products, -np.inf)
    neighbours, found = nearest(outlines, k)
    np.testing.assert_array_equal(neighbours, np.argsort(-products, axis=1)[:, :k])
    np.testing.assert_allclose(found, -np.sort(-products, axis=1)[:, :k], rtol=1e-5)


def test_what_has_no_outline_is_at_right_angles_to_all():
    right, left, up = np.eye(2)[0], -np.eye(2)[0], np.array([0.6, 0.8])
    nothing = np.zeros(2)
    outlines = np.array([right, nothing, left, up, nothing], np.float32)
    neighbours, found = nearest(outlines, 4)
    for row, others in enumerate(neighbours):
        assert sorted([row, *others]) == list(range(5))
        np.testing.assert_allclose(found[row], outlines[others] @ outlines[row], atol=1e-6)
    assert (np.diff(found, axis=1) <= 0).all()
    assert not found[[1, 4]].any()
    assert not found[np.isin(neighbours, [1, 4])].any()  # 0, not nearly


def test_similarity_in_detail_is_a_cosine(monkeypatch):
    monkeypatch.setattr(similarity, "AT_ONCE", 7)
    images, _ = all_images()
    images = np.concatenate([images[:20], duller(images[:1])])
    thumbnails = features_of([images]).thumbnails
    neighbours = np.random.default_rng(0).integers(0, 20, (21, 3))
    neighbours[0, 0] = 20
    found = similarity_in_detail(thumbnails, neighbours)
    assert found[0, 0] > 0.95
    for row in range(21):
        for column, other in enumerate(neighbours[row]):
            blocks = [
                thumbnails[k].astype(float)
                - np.kron(shrunk(thumbnails[k : k + 1], 8)[0], np.ones((2, 2)))
                for k in (row, other)
            ]
            a, b = (block.ravel() / np.linalg.norm(block) for block in blocks)
            assert found[row, column] == pytest.approx(a @ b, abs=1e-5)
