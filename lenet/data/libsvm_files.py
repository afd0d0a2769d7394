"""Images in the sparse text format of LIBSVM, such as those of USPS."""

import io
from pathlib import Path

import numpy as np

from lenet import limits
from lenet.data.published_files import data_errors, open_unpacked, read_bounded
from lenet.errors import DataError

MAX_LABEL = 1 << 31
CHUNK = 4096  # images whose numbers are held at a time


def read_libsvm(path: Path, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Read images with values from -1 to 1, and their labels, packed or not.

    Parameters
    ----------
    path : Path
    n_features : int
        Pixels of an image.

    Returns
    -------
    images : ndarray of uint8, shape (n, n_features)
        -1 has become 0, and 1 has become 255.
    labels : ndarray of int, shape (n,)

    Raises
    ------
    DataError
        If the file cannot be read, or holds anything else.

    References
    ----------
    Chang, C.-C. and Lin, C.-J. LIBSVM Data: Classification.
    """
    from sklearn.datasets import load_svmlight_file

    with data_errors(path), open_unpacked(path) as file:
        text = read_bounded(file, limits.TABLE_BYTES, path)
        n_lines = text.count(b"\n") + 1
        if n_lines * n_features > limits.UNPACKED_BYTES:
            raise DataError(f"{path}: {n_lines:,} lines, more than can be right")
        try:
            table, labels = load_svmlight_file(
                io.BytesIO(text), n_features=n_features, zero_based=False
            )
        except (ValueError, OverflowError) as error:
            raise DataError(
                f"{path}: {error}; expected lines as '7 1:-1 2:0.5' with pixels 1 to {n_features}; get the "
                "file again"
            ) from error
    if not len(labels):
        raise DataError(f"{path}: holds no images")
    if not (
        np.isfinite(labels).all() and (abs(labels) < MAX_LABEL).all() and (labels % 1 == 0).all()
    ):
        raise DataError(f"{path}: labels that are no integers; get the file again")
    if not (abs(table.data) <= 1).all():
        raise DataError(f"{path}: values beyond -1 to 1; get the file again")
    images = np.empty(table.shape, np.uint8)
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        images[part] = np.rint((table[part].toarray() + 1) * (255 / 2))
    return images, labels.astype(np.int64)
