"""A few images of noise, for tests of what takes a data set."""

import numpy as np

from lenet.data.dataset import Dataset, Split


def toy_dataset(mirror=True, train=10, valid=5, test=3):
    """Return images of 24x24 gray pixels with labels that follow each other."""
    rng = np.random.default_rng(0)
    splits = (
        Split(
            rng.integers(0, 256, (n, 1, 24, 24), dtype=np.uint8),
            np.arange(n, dtype=np.int32) % 10,
        )
        for n in (train, valid, test)
    )
    return Dataset("toy", *splits, tuple("0123456789"), mirror)
