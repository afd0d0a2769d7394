"""What tests of pictures need."""

import io

import matplotlib.image
import numpy as np

HOSTILE = ("<b>$x$", "$\\frac{", "_hidden", "line\nbreak\x00", "世界", "a" * 200, "", "%s {0}")


def pixels(png):
    """Return the red, green and blue of a PNG file, from 0 to 1."""
    assert png.startswith(b"\x89PNG")
    return matplotlib.image.imread(io.BytesIO(png))[..., :3]


def fraction(picture, colour):
    """Return the share of the pixels that have a colour."""
    return (np.abs(picture - colour).max(axis=-1) < 0.02).mean()
