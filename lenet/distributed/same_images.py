"""Whether all hosts have the same images."""

import zlib

import numpy as np
from jax.experimental import multihost_utils

from lenet.data.dataset import Dataset, batches
from lenet.errors import DataError


def require_same_images(dataset: Dataset) -> None:
    """Raise `DataError` on all hosts if one of them has other images than the first."""
    digest = 0
    for split in (dataset.train, dataset.valid, dataset.test):
        for images, labels in batches(split, 500):
            for array in (images, labels):
                digest = zlib.crc32(array.tobytes(), digest)
    digests = multihost_utils.process_allgather(np.uint32(digest))
    for host, other in enumerate(digests):
        if other != digests[0]:
            raise DataError(
                f"{dataset.name}: the images of host {host} are not those of host 0; all hosts need "
                "the same files in --data_dir"
            )
