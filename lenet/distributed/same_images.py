"""Check that all hosts have the same images."""

import zlib

from lenet.data.dataset import Dataset, batches
from lenet.distributed.hosts import require_same


def require_same_images(dataset: Dataset) -> None:
    """Raise `CommandError` on all hosts if one has other images than the first."""
    digest = 0
    for split in (dataset.train, dataset.valid, dataset.test):
        for images, labels in batches(split, 500):
            for array in (images, labels):
                digest = zlib.crc32(array.tobytes(), digest)
    require_same({f"{dataset.name}: the images": digest}, "the same files in --data_dir")
