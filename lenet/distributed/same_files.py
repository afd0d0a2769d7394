"""Check that all hosts have the same images, and begin with the same network."""

import zlib
from pathlib import Path

from lenet.data.dataset import Dataset, batches
from lenet.distributed.hosts import require_same
from lenet.runs.checkpoint import digest, load_model


def require_same_images(dataset: Dataset) -> None:
    """Raise `CommandError` on all hosts if one has other images than the first."""
    checksum = 0
    for split in (dataset.train, dataset.valid, dataset.test):
        for images, labels in batches(split, 500):
            for array in (images, labels):
                checksum = zlib.crc32(array.tobytes(), checksum)
    require_same({f"{dataset.name}: the images": checksum}, "the same files in --data_dir")


def require_same_network(init_from: str | Path | None) -> None:
    """Raise `CommandError` on all hosts if one has other weights than the first.

    Raises
    ------
    CheckpointError
        If the network of ``--init_from`` cannot be read.
    """
    if init_from is not None:
        saved = load_model(init_from)
        found = digest(saved.parameters, saved.groups, {})
        require_same({f"--init_from {init_from}: the weights": found}, "the same file")
