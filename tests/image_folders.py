"""Folders of pictures, a sub-folder for each class, for tests."""

import numpy as np
import pytensor
import pytest
from PIL import Image

from lenet import train

COUNTS = {"cat": 10, "dog": 20, "owl": 10}
FLAGS = ("--dataset", "folder", "--image_size", "8", "--cache_dir", "cache")


def noise(*shape, seed=0):
    """Return bytes of noise."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def write_folder(root, counts=COUNTS, seed=0, shape=(9, 7, 3)):
    """Write so many PNG files of each class, each of noise around a brightness of the class."""
    rng = np.random.default_rng(seed)
    for label, (name, count) in enumerate(counts.items()):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for k in range(count):
            pixels = rng.integers(80 * label, 80 * label + 60, shape).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{k:03d}.png")
    return root


def train_runs(place, runs, training):
    """Train in a folder: `runs` maps a run's name to the folder of its pictures and its own flags."""
    with pytest.MonkeyPatch.context() as patch, pytensor.config.change_flags(floatX="float32"):
        patch.chdir(place)
        for run, (form, flags) in runs.items():
            given = [*FLAGS, *training, "--image_dir", form, *flags.split(), "--out_dir", run]
            assert train.main(given) == 0
