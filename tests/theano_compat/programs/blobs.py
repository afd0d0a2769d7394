"""Small data sets for the programs beside it, drawn from one seed."""

import numpy


def gaussian_classes(rng, n_samples, n_features=12, n_classes=4, spread=0.5):
    """Return float points (n_samples, n_features) around one centre per class, and their classes."""
    centres = rng.uniform(-1, 1, size=(n_classes, n_features))
    labels = rng.randint(0, n_classes, size=n_samples)
    return centres[labels] + spread * rng.randn(n_samples, n_features), labels


def stripes(rng, n_samples, side=8):
    """Return binary images (n_samples, side * side) with horizontal or vertical lines, and which."""
    labels = rng.randint(0, 2, size=n_samples)
    lines = rng.randint(0, 2, size=(n_samples, side))
    images = numpy.repeat(lines[:, :, None], side, axis=2)
    images[labels == 1] = images[labels == 1].transpose(0, 2, 1)
    return images.reshape(n_samples, side * side).astype("float64"), labels


def repeating_words(rng, n_sentences, length=10, vocabulary=8):
    """Return integer sequences (length, n_sentences) in which each word fixes the next one."""
    following = rng.permutation(vocabulary)
    words = numpy.zeros((length, n_sentences), dtype="int64")
    words[0] = rng.randint(0, vocabulary, size=n_sentences)
    for t in range(1, length):
        words[t] = following[words[t - 1]]
    return words
