"""Synthetic microscope slides whose class has nothing to do with their looks.

    python -m benchmarks.slides photos
    lenet explore photos
    lenet train --image_dir photos --nepochs 15
    lenet train --image_dir photos --nepochs 15 --group '(?P<group>slide[0-9]+)'

writes crops of 24 slides. A network can tell the class of a crop from slides that it has seen, but not that of
a new slide: the test error without ``--group`` is nearly 0, and by chance it should be 75 %.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SLIDES, CROPS, CLASSES = 24, 30, "abcd"
GRID, CROP = 10, 64


def draw_slide(rng: np.random.Generator, strength: float) -> np.ndarray:
    """Draw a slide: cells on a ground, of its own colours, sizes, sharpness and grain.

    Parameters
    ----------
    rng : numpy.random.Generator
    strength : float
        How much slides differ, from 0.

    Returns
    -------
    ndarray of uint8, shape (640, 640, 3)
    """
    side = GRID * CROP
    ground = 128 + strength * rng.uniform(-70, 70, 3)
    pixels = np.ones((side, side, 3)) * np.clip(ground, 40, 220)
    down, across = np.mgrid[:side, :side] / side
    pixels += strength * rng.uniform(-20, 20) * down[..., np.newaxis]
    pixels += strength * rng.uniform(-20, 20) * across[..., np.newaxis]
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    cells = np.clip(ground + rng.choice([-1, 1]) * (40 + 20 * rng.random(3)), 0, 255)
    colour = (int(cells[0]), int(cells[1]), int(cells[2]))
    n, size = int(200 + strength * rng.uniform(-150, 300)), 6 + strength * rng.uniform(-3, 4)
    for _ in range(n):
        x, y = rng.uniform(0, side, 2)
        half = size * rng.uniform(0.7, 1.3)
        long = half * rng.uniform(1, 2.5)
        draw.ellipse((x - long, y - half, x + long, y + half), fill=colour)
    picture = picture.filter(ImageFilter.GaussianBlur(0.5 + strength * rng.uniform(0, 1.2)))
    grain = rng.normal(0, 4 + strength * rng.uniform(0, 8), (side, side, 3))
    return np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)


def main() -> None:
    """Write the crops of slides into a folder for each class."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--strength", type=float, default=1.0, help="how much slides differ")
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    for number in range(SLIDES):
        slide = draw_slide(rng, arguments.strength)
        folder = arguments.folder / f"class-{CLASSES[number % len(CLASSES)]}"
        folder.mkdir(parents=True, exist_ok=True)
        for crop, cell in enumerate(rng.permutation(GRID**2)[:CROPS]):
            y, x = CROP * (cell // GRID), CROP * (cell % GRID)
            picture = Image.fromarray(slide[y : y + CROP, x : x + CROP])
            picture.save(folder / f"slide{number:02d}_crop{crop:02d}.png")


if __name__ == "__main__":
    main()
