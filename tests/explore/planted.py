"""A data set in which copies and wrong labels have been planted, for tests."""

import numpy as np

from lenet.data.dataset import Dataset, Split

SIZE, PER_CLASS = 24, 40
NAMES = ("cat", "dog", "owl")


def pictures(n, pattern, rng):
    """Return n images that have nothing but a coarse pattern in common, uint8, shape (n, 3, 24, 24)."""
    noise = rng.integers(-25, 26, (n, 3, SIZE, SIZE))
    return (np.kron(pattern, np.ones((3, 3))) + noise).clip(0, 255).astype(np.uint8)


def all_images(seed=0):
    """Return images and labels, 40 of each of three classes that have a pattern each."""
    rng = np.random.default_rng(seed)
    patterns = rng.integers(40, 216, (len(NAMES), 3, 8, 8))
    images = np.concatenate([pictures(PER_CLASS, pattern, rng) for pattern in patterns])
    return images, np.repeat(np.arange(len(NAMES), dtype=np.int32), PER_CLASS)


def duller(image, seed=1):
    """Return an image with less contrast, and with noise, as it may come out of another program."""
    noise = np.random.default_rng(seed).integers(-2, 3, image.shape)
    return (0.7 * image + 30 + noise).astype(np.uint8)


def dataset_of(images, labels, parts=(90, 20, 10), names=NAMES):
    """Return a data set of images in their order: so many to train, to validate, to test."""
    ends = np.cumsum(parts)
    starts = ends - parts
    splits = (Split(images[a:b], labels[a:b]) for a, b in zip(starts, ends, strict=True))
    return Dataset("planted", *splits, names, mirror=True)


def slide_pictures(slides, crops, seed=0, channels=3, n_classes=4):
    """Return pictures of slides, their slides and classes; the look of a slide says nothing of its class."""
    rng = np.random.default_rng(seed)
    of_slide = np.repeat(np.arange(slides), crops)
    grounds, noises = rng.uniform(60, 190, (slides, channels, 1, 1)), rng.uniform(4, 20, slides)
    densities = rng.uniform(0.05, 0.4, slides)
    values = np.empty((len(of_slide), channels, 16, 16))
    for k, slide in enumerate(of_slide):
        ink = rng.random((4, 4)) < densities[slide] * rng.uniform(0.6, 1.4)
        values[k] = grounds[slide] - 40 * np.kron(ink, np.ones((4, 4)))
        values[k] += rng.normal(0, noises[slide], values[k].shape)
    return (
        np.clip(values, 0, 255).astype(np.uint8),
        of_slide,
        (of_slide % n_classes).astype(np.int32),
    )
