"""What each transform of training images takes, on one core: `python -m benchmarks.transforms`.

Batches of 500 are made of the first 4 000 images of CIFAR-10 and of MNIST, and nothing else is done. Prints the
median of the processor's time for an image.
"""

import argparse
import statistics
import sys
import time
from collections import deque
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.timing import table
from lenet.augment.compose import Augmentation
from lenet.augment.transforms import (
    Brightness,
    Crop,
    Elastic,
    Flip,
    Noise,
    Range,
    Rotate,
    Scale,
    Shift,
    Transform,
)
from lenet.compile.backends import select_backend
from lenet.data.dataset import Split, limited
from lenet.input_pipeline import load_dataset

DATASETS = ("cifar10", "mnist")
BATCH, IMAGES = 500, 4_000
ALL: tuple[Transform, ...] = (
    *(Crop(), Flip("both"), Rotate(Range(-15, 15)), Scale(), Shift(), Elastic(), Brightness()),
    Noise(),
)
COURSE = (Rotate((90, -90, 45)), Flip("both"), Noise())
AUGMENTATIONS = {
    "none: images are only taken": Augmentation(),
    "--rotate 90 -90": Augmentation((Rotate((90, -90)),), "random"),
    **{f"--{transform}": Augmentation((transform,), "random") for transform in ALL},
    "--rotate -15 to 15 --fill background": Augmentation((ALL[2],), "random", "background"),
    "all eight together": Augmentation(ALL, "random"),
    "--rotate 90 -90 45 --flip both --noise 0.1 --augment each": Augmentation(COURSE),
}


def seconds_an_image(split: Split, augmentation: Augmentation, rng: np.random.Generator) -> float:
    """Return the processor's time for an epoch, divided by its images."""
    start = time.process_time()
    deque(augmentation.batches(split, BATCH, rng), maxlen=0)
    return (time.process_time() - start) / (len(split.labels) * augmentation.appearances)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data_dir", type=Path, metavar="DIR", help="see lenet-train")
    parser.add_argument("--turns", type=int, default=9, metavar="N", help="of each (default 9)")
    arguments = parser.parse_args(argv)
    select_backend("c", 1)
    rng = np.random.default_rng(0)
    rows = [[name] for name in AUGMENTATIONS]
    for dataset in DATASETS:
        split = limited(load_dataset(dataset, arguments.data_dir), IMAGES, None).train
        medians = []
        for augmentation in AUGMENTATIONS.values():
            seconds_an_image(split, augmentation, rng)  # compiles, and fills the memory
            turns = [seconds_an_image(split, augmentation, rng) for _ in range(arguments.turns)]
            medians.append(statistics.median(turns))
        for row, median in zip(rows, medians, strict=True):
            row.append(f"{1e6 * median:.1f}")
    print(f"{describe_machine()}\nmicroseconds an image, one thread\n")
    print(table(["transforms", *DATASETS], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
