"""Augmentation of training images."""

from typing import TYPE_CHECKING

from lenet.lazy import lazy_names

if TYPE_CHECKING:
    from lenet.augment.compose import Augmentation
    from lenet.augment.transforms import (
        Brightness,
        Crop,
        Cutout,
        Elastic,
        Flip,
        Noise,
        Range,
        Rotate,
        Scale,
        Shift,
    )

__all__ = [
    "Augmentation",
    "Brightness",
    "Crop",
    "Cutout",
    "Elastic",
    "Flip",
    "Noise",
    "Range",
    "Rotate",
    "Scale",
    "Shift",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lenet.augment.compose": "Augmentation",
        "lenet.augment.transforms": "Brightness Crop Cutout Elastic Flip Noise Range Rotate Scale Shift",
    },
)
