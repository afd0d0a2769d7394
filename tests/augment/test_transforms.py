import math

import numpy as np
import pytest
from scipy import ndimage, stats

from lenet.augment.batch_plan import random_bits
from lenet.augment.compose import Augmentation
from lenet.augment.transforms import (
    TRANSFORMS,
    Brightness,
    Crop,
    Cutout,
    Elastic,
    Flip,
    Noise,
    Range,
    Rotate,
    Scale,
    Shift,
    Transform,
)


def random_images(n=6, channels=2, rows=9, columns=9):
    return np.random.default_rng(0).integers(0, 256, (n, channels, rows, columns), dtype=np.uint8)


def version_of(transform, images, version=1, seed=0, fill="edge"):
    """Return one version of all images."""
    augmentation = Augmentation((transform,), fill=fill)
    rng = np.random.default_rng(seed)
    return augmentation.altered(images, rng, np.full(len(images), version))


def at_random(transform, images, seed=0, fill="edge"):
    augmentation = Augmentation((transform,), "random", fill)
    return augmentation.altered(images, np.random.default_rng(seed))


def planes(images):
    return images.reshape(-1, *images.shape[2:])


@pytest.mark.parametrize("side", [8, 9], ids=["even", "odd"])
@pytest.mark.parametrize("angle", [0, 90, -90, 180, 270, -360])
def test_right_angles_only_move_pixels(angle, side):
    images = random_images(rows=side, columns=side)
    turned = version_of(Rotate((angle,)), images)
    np.testing.assert_array_equal(turned, np.rot90(images, angle // 90, axes=(2, 3)))


@pytest.mark.parametrize(
    ("axis", "version", "expected"),
    [
        ("h", 1, np.s_[..., ::-1]),
        ("v", 1, np.s_[..., ::-1, :]),
        ("both", 1, np.s_[..., ::-1]),
        ("both", 2, np.s_[..., ::-1, :]),
    ],
    ids=["h", "v", "h of both", "v of both"],
)
def test_a_flip_mirrors(axis, version, expected):
    images = random_images(rows=8, columns=11)
    np.testing.assert_array_equal(version_of(Flip(axis), images, version), images[expected])


@pytest.mark.parametrize(("axis", "n"), [("h", 2), ("v", 2), ("both", 4)])
def test_at_random_every_other_image_is_flipped(axis, n):
    image = random_images(n=1)
    found = at_random(Flip(axis), np.repeat(image, 400, axis=0))
    _, counts = np.unique(planes(found[:, 0]).reshape(400, -1), axis=0, return_counts=True)
    assert len(counts) == n
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("angle", [45, -30, 7.5])
@pytest.mark.parametrize("fill", ["edge", "background"])
def test_other_angles_are_what_scipy_makes_of_them(angle, fill):
    images = random_images(rows=12, columns=15)
    turned = version_of(Rotate((angle,)), images, fill=fill)
    for plane, found in zip(planes(images), planes(turned), strict=True):
        border = [plane[0], plane[-1], plane[:, 0], plane[:, -1]]
        median = int(np.median(np.concatenate(border)))
        mode = {"mode": "grid-constant", "cval": median} if fill == "background" else {}
        expected = ndimage.rotate(
            plane.astype(float), angle, reshape=False, order=1, **{"mode": "nearest", **mode}
        )
        assert np.abs(found - expected).max() < 1


def test_a_large_image_is_turned_as_a_small_one_is():
    plane = ndimage.zoom(np.random.default_rng(0).uniform(0, 255, (12, 12)), 25, order=1)
    images = np.rint(plane).astype(np.uint8)[np.newaxis, np.newaxis]
    turned = version_of(Rotate((33,)), images)
    expected = ndimage.rotate(
        images[0, 0].astype(float), 33, reshape=False, order=1, mode="nearest"
    )
    assert np.abs(turned[0, 0] - expected).max() < 1.5


@pytest.mark.parametrize("factor", [0.5, 1.3, 3.0])
def test_scaling_is_what_scipy_makes_of_it(factor):
    images = random_images(rows=10, columns=13)
    scaled = version_of(Scale((factor,)), images)
    middle = (np.array(images.shape[2:]) - 1) / 2
    for plane, found in zip(planes(images), planes(scaled), strict=True):
        expected = ndimage.affine_transform(
            plane.astype(float),
            np.eye(2) / factor,
            middle - middle / factor,
            order=1,
            mode="nearest",
        )
        assert np.abs(found - expected).max() < 1


@pytest.mark.parametrize(("length", "most"), [(2, (2, 2)), (0.25, (2, 3))], ids=["pixels", "share"])
def test_a_shift_moves_by_whole_pixels_in_each_direction(length, most):
    images = np.repeat(random_images(n=1, rows=8, columns=12), 600, axis=0)
    moved = at_random(Shift(length), images)
    seen = set()
    for image, found in zip(images, moved, strict=True):
        padded = np.pad(image, ((0, 0), *((m, m) for m in most)), mode="edge")
        offsets = [
            (row - most[0], column - most[1])
            for row in range(2 * most[0] + 1)
            for column in range(2 * most[1] + 1)
            if np.array_equal(padded[:, row : row + 8, column : column + 12], found)
        ]
        assert len(offsets) == 1
        seen.update(offsets)
    assert len(seen) == (2 * most[0] + 1) * (2 * most[1] + 1)


def test_a_crop_is_a_window_as_large_as_the_image():
    images = random_images(n=40, channels=1, rows=8, columns=8)
    cropped = version_of(Crop(4), images)
    # What scipy makes of each window; it lies between the middles of its outermost pixels and beyond.
    places = (np.arange(8) + 0.5) / 2 - 0.5
    corners = set()
    for image, found in zip(planes(images), planes(cropped), strict=True):
        fitting = [
            (row, column)
            for row in range(5)
            for column in range(5)
            if np.abs(
                ndimage.map_coordinates(
                    image.astype(float),
                    np.meshgrid(row + places, column + places, indexing="ij"),
                    order=1,
                    mode="nearest",
                )
                - found
            ).max()
            < 1
        ]
        assert len(fitting) == 1
        corners.update(fitting)
    assert {row for row, _ in corners} == {column for _, column in corners} == set(range(5))


def test_a_crop_has_the_proportions_of_the_image():
    rows = np.broadcast_to(np.arange(0, 240, 10, dtype=np.uint8)[:, None], (24, 12))
    columns = np.broadcast_to(np.arange(0, 240, 20, dtype=np.uint8), (24, 12))
    cropped = version_of(Crop(6), np.stack([rows, columns])[np.newaxis])[0].astype(int)
    # Half of each side is enlarged: differences are halved in both directions.
    assert set(np.diff(cropped[0], axis=0)[2:-2].ravel()) == {5}
    assert set(np.diff(cropped[1], axis=1)[:, 2:-2].ravel()) == {10}


@pytest.mark.parametrize("size", [(16, 16), (12, 20)], ids=["square", "wide"])
def test_elastic_is_that_of_simard_steinkraus_and_platt(size):
    images = random_images(n=3, channels=1, rows=size[0], columns=size[1])
    bent = at_random(Elastic(20, 3), images, seed=5)
    bits = random_bits((6, size[1], size[0]), np.int8, np.random.default_rng(5))
    noise = (bits.reshape(3, 2, size[1], size[0]).swapaxes(2, 3) + 0.5) / 127.5
    assert np.abs(noise).max() <= 1
    for plane, found, directions in zip(planes(images), planes(bent), noise, strict=True):
        bends = [
            20 * ndimage.gaussian_filter(direction, 3, mode="constant") for direction in directions
        ]
        expected = ndimage.map_coordinates(
            plane.astype(float), np.indices(size) + bends, order=1, mode="nearest"
        )
        assert np.abs(found - expected).max() < 1


@pytest.mark.parametrize("factor", [0.5, 1.7])
def test_brightness_multiplies(factor):
    images = random_images()
    for before, after in zip(
        images.ravel(), version_of(Brightness((factor,)), images).ravel(), strict=True
    ):
        assert abs(after - min(int(before) * factor, 255)) <= 0.5


def test_noise_is_gaussian_and_stays_within_bytes():
    gray = np.full((20, 1, 50, 50), 128, np.uint8)
    noise = version_of(Noise(0.1), gray).astype(float).ravel() - 128
    # Rounding adds a twelfth to the variance.
    assert noise.mean() == pytest.approx(0, abs=0.5)
    assert noise.std() == pytest.approx(math.sqrt(25.5**2 + 1 / 12), rel=0.02)
    smooth = noise + np.random.default_rng(0).uniform(-0.5, 0.5, len(noise))
    assert stats.kstest(smooth / 25.5, "norm").pvalue > 1e-3
    black = version_of(Noise(0.1), np.zeros_like(gray))
    assert (black == 0).mean() == pytest.approx(0.5, abs=0.02)
    assert black.max() > 70


def test_channels_and_images_have_noise_of_their_own():
    noise = version_of(Noise(0.2), np.full((2, 3, 30, 30), 128, np.uint8)).astype(float)
    correlations = np.corrcoef(noise.reshape(6, -1))
    assert np.abs(correlations - np.eye(6)).max() < 0.15


@pytest.mark.parametrize(
    ("transform", "distances"),
    [
        (Rotate((90, 180)), {0, 1, 2}),
        (Scale((0.5,)), {0, 1}),
        (Brightness((0.5, 2)), {0, 1, 2}),
    ],
    ids=["rotate", "scale", "brightness"],
)
def test_of_fixed_values_at_random_none_is_one(transform, distances):
    images = np.repeat(random_images(n=1), 200, axis=0)
    found = at_random(transform, images)
    known = [images[0]]
    known += [version_of(transform, images[:1], k + 1)[0] for k in range(len(transform.versions))]
    seen = [
        next(k for k, expected in enumerate(known) if np.array_equal(image, expected))
        for image in found
    ]
    assert set(seen) == distances
    assert stats.chisquare(np.bincount(seen)).pvalue > 1e-3


@pytest.mark.parametrize("draw", [version_of, at_random])
def test_a_range_is_drawn_from_evenly(draw):
    gray = np.full((500, 1, 1, 1), 100, np.uint8)
    factors = draw(Brightness(Range(0.5, 1.5)), gray).ravel() / 100
    assert stats.kstest(factors, stats.uniform(0.5, 1).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("length", "pixels"), [(0.25, 2), (3, 3), (0.01, 1), (8, 8)])
def test_cutout_fills_a_square_with_the_median_of_the_border(length, pixels):
    images = random_images(n=40, rows=9, columns=9)
    found = at_random(Cutout(length), images, seed=2)
    middles = np.random.default_rng(2).integers(0, 9, (2, 40))
    for image, after, (row, column) in zip(images, found, middles.T, strict=True):
        expected = image.copy()
        for channel in expected:
            border = [channel[0], channel[-1], channel[:, 0], channel[:, -1]]
            tone = int(np.median(np.concatenate(border)))
            for i in range(row - pixels // 2, row - pixels // 2 + pixels):
                for j in range(column - pixels // 2, column - pixels // 2 + pixels):
                    if 0 <= i < 9 and 0 <= j < 9:
                        channel[i, j] = tone
        np.testing.assert_array_equal(after, expected)


def test_cutout_comes_after_noise_and_draws_for_itself():
    images = np.full((5, 1, 9, 9), 100, np.uint8)
    transforms = (Noise(0.2), Cutout(5))
    noisy, cut = (
        Augmentation(some, "random").altered(images, np.random.default_rng(3))
        for some in (transforms[:1], transforms)
    )
    for before, after in zip(noisy[:, 0], cut[:, 0], strict=True):
        changed = np.argwhere(before != after)
        assert len(np.unique(after[tuple(changed.T)])) == 1
        assert (np.ptp(changed, axis=0) < 5).all()


@pytest.mark.parametrize(
    ("transform", "versions"),
    [
        (Rotate((90, -90, 22.5)), ("rotate 90", "rotate -90", "rotate 22.5")),
        (Rotate(Range(-30, 30)), ("rotate -30 to 30",)),
        (Flip("both"), ("flip h", "flip v")),
        (Flip("v"), ("flip v",)),
        (Shift(2), ("shift 2",)),
        (Scale(), ("scale 0.9 to 1.1",)),
        (Crop(), ("crop 0.875",)),
        (Elastic(), ("elastic 34 4",)),
        (Brightness((1.5,)), ("brightness 1.5",)),
        (Noise(), ("noise 0.1",)),
        (Cutout(), ("cutout 0.5",)),
    ],
    ids=str,
)
def test_versions_have_names(transform, versions):
    assert transform.versions == versions


def test_text_of_a_transform_is_all_of_it():
    assert str(Rotate((90, -90))) == "rotate 90 -90"
    assert str(Flip("both")) == "flip both"
    assert str(Brightness()) == "brightness 0.7 to 1.3"


def test_all_kinds_are_known_by_names_of_their_own():
    kinds = {Rotate, Flip, Noise, Shift, Scale, Crop, Brightness, Elastic, Cutout}
    assert set(TRANSFORMS) == kinds
    assert len({kind.name for kind in kinds}) == len(kinds)
    assert all(issubclass(kind, Transform) for kind in kinds)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rotate((90, 361)), "rotate 361: expected numbers from -360 to 360"),
        (lambda: Rotate((math.nan,)), "rotate nan: expected numbers from -360 to 360"),
        (lambda: Rotate(()), "rotate: expected at least one number"),
        (lambda: Rotate(Range(0, 400)), "rotate 400: expected numbers from -360 to 360"),
        (lambda: Scale((0,)), "scale 0: expected numbers from 0.1 to 10"),
        (lambda: Brightness((-1,)), "brightness -1: expected numbers from 0.1 to 10"),
        (lambda: Range(2, 1), "2 to 1: expected two numbers, the lower one first"),
        (lambda: Range(0, math.inf), "0 to inf: expected two numbers"),
        (lambda: Flip("d"), "flip d: expected one of h, v, both"),
        (lambda: Noise(-0.1), "noise -0.1: expected a share above 0, at most 1"),
        (lambda: Noise(math.nan), "noise nan: expected a share"),
        (lambda: Shift(0), "shift 0: expected whole pixels, or below 1 a share of the side"),
        (lambda: Shift(1.5), "shift 1.5: expected whole pixels"),
        (lambda: Crop(-3), "crop -3: expected whole pixels"),
        (lambda: Crop(math.inf), "crop inf: expected whole pixels"),
        (lambda: Cutout(0), "cutout 0: expected whole pixels, or below 1 a share of the side"),
        (lambda: Cutout(math.nan), "cutout nan: expected whole pixels"),
        (lambda: Elastic(0), "elastic: alpha is 0, expected above 0, at most 1000"),
        (lambda: Elastic(34, -4), "elastic: sigma is -4, expected above 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_impossible_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match=message) as error:
        make()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("transform", [Crop(8), Shift(9), Cutout(8)], ids=str)
def test_lengths_beyond_the_image_are_refused(transform):
    with pytest.raises(ValueError, match=rf"^{transform}: expected less than the 8 pixels"):
        transform.check((10, 8))
