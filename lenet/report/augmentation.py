"""Picture of training images beside their augmented versions."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lenet.augment.compose import Augmentation
from lenet.data.dataset import Dataset, Split
from lenet.files import write_atomically
from lenet.report import figures
from lenet.runs.names import AUGMENTATION

MAX_CLASSES, MAX_VERSIONS, DRAWS = 10, 12, 9


def augmentation_picture(
    split: Split,
    class_names: Sequence[str],
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> bytes:
    """Draw an image of each class and, beside it, augmented versions of it.

    Parameters
    ----------
    split : Split
        Of each of the first ten classes, its first image is drawn.
    class_names : sequence of str
    augmentation : Augmentation
        With transforms. Of "each", up to twelve versions are drawn; of "random", nine draws.
    rng : numpy.random.Generator
    """
    classes, first = np.unique(split.labels, return_index=True)
    classes, first = classes[:MAX_CLASSES], first[:MAX_CLASSES]
    images = np.stack([split.images[place : place + 1][0] for place in first])
    names = ["itself"]
    if augmentation.merges:
        known = [transform.versions[version] for transform, version in augmentation.versions]
        names += known[:MAX_VERSIONS]
        drawn = "" if len(known) <= MAX_VERSIONS else f", of which {MAX_VERSIONS} are drawn"
        title = f"an epoch has each image and {len(known)} versions of it{drawn}"
    else:
        names += [""] * DRAWS
        title = augmentation.description
    columns = [
        augmentation.altered(images, rng, np.full(len(images), column))
        if augmentation.merges
        else augmentation.altered(images, rng)
        for column in range(1, len(names))
    ]
    return figures.versions_of_images(
        np.stack([images, *columns], axis=1), [class_names[k] for k in classes], names, title
    )


def write_augmentation_picture(
    folder: Path, dataset: Dataset, augmentation: Augmentation, rng: np.random.Generator
) -> bytes | None:
    """Write the picture of augmented images into a run's folder, and return it.

    Without transforms there is none, and None is returned.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    if not augmentation:
        return None
    picture = augmentation_picture(dataset.train, dataset.class_names, augmentation, rng)
    write_atomically(folder / AUGMENTATION, picture)
    return picture
