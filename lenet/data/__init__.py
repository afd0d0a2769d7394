"""Data sets: files, downloads, folders of images, splits and folds."""

from typing import TYPE_CHECKING

from lenet.lazy import lazy_names

if TYPE_CHECKING:
    from lenet.data.dataset import Dataset, Split, batches, prefetch
    from lenet.data.image_files import read_image
    from lenet.data.image_folder import load_image_folder

__all__ = [
    "Dataset",
    "Split",
    "batches",
    "load_image_folder",
    "prefetch",
    "read_image",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lenet.data.dataset": "Dataset Split batches prefetch",
        "lenet.data.image_files": "read_image",
        "lenet.data.image_folder": "load_image_folder",
    },
)
