"""Digits on paper that are read right: `python -m benchmarks.paper_digits RUN --data_dir FOLDER`.

Draws test images of MNIST as photographs and scans of paper would show them: uneven light, shadows, ruled paper, dark
tables, forms, with blur, noise and JPEG's traces. Each picture goes through `lenet predict --json`, and a table says how
many digits of each setting are right; where a picture holds several, none of them counts unless as many are found as
there are. The last rows show no digit, and count what is refused; `--photos FOLDER` does so with photographs.
"""

import argparse
import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from lenet.commands import predict
from lenet.data.picture_search import find_images
from lenet.input_pipeline import load_mnist

INK = 0.78  # of the light that a stroke takes


def enlarged(digit: np.ndarray, side: int) -> np.ndarray:
    """Scale a 28x28 digit as a pen would have drawn it: coverage by ink, 0 to 1, with sharp edges."""
    smooth = ndimage.zoom(digit / 255.0, side / 28, order=3, mode="nearest", grid_mode=True)
    return 1 / (1 + np.exp(-12 * (np.clip(smooth, 0, 1) - 0.45)))


def light(shape: tuple[int, int], rng: np.random.Generator, slope: float = 0.2) -> np.ndarray:
    """Light on a page that falls off to one side, 0 to 1."""
    rows, columns = np.meshgrid(*(np.linspace(-0.5, 0.5, side) for side in shape), indexing="ij")
    angle = rng.uniform(0, 2 * np.pi)
    return 0.82 + slope * (np.sin(angle) * rows + np.cos(angle) * columns)


def photographed(
    scene: np.ndarray, rng: np.random.Generator, blur: float = 0.8, noise: float = 3.0
) -> np.ndarray:
    """Photograph a scene, 0 to 1: blur, noise and a JPEG file of middling quality; uint8."""
    seen = 255 * ndimage.gaussian_filter(scene, blur) + rng.normal(0, noise, scene.shape)
    file = io.BytesIO()
    picture = Image.fromarray(np.clip(np.rint(seen), 0, 255).astype(np.uint8))
    picture.save(file, "JPEG", quality=int(rng.integers(60, 90)))
    return np.asarray(Image.open(file))


def laid(
    digits: Sequence[np.ndarray],
    corners: Sequence[tuple[int, int]],
    shape: tuple[int, int],
    side: int,
) -> np.ndarray:
    """Coverage by ink, 0 to 1, of a page with digits at these corners (row, column)."""
    page = np.zeros(shape)
    for digit, (row, column) in zip(digits, corners, strict=True):
        place = page[row : row + side, column : column + side]
        np.maximum(place, enlarged(digit, side), out=place)
    return page


def one(
    digit: np.ndarray, rng: np.random.Generator, shape: tuple[int, int] = (400, 360), side: int = 0
) -> np.ndarray:
    """Coverage by ink, 0 to 1, of a page with one digit about the middle."""
    side = side or int(rng.integers(170, 250))
    corner = [
        int(np.clip((length - side) / 2 + rng.normal(0, length / 20), 0, length - side))
        for length in shape
    ]
    return laid([digit], [(corner[0], corner[1])], shape, side)


def plain(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit on a page with a slope of light."""
    page = one(digits[0], rng)
    return photographed((1 - INK * page) * light(page.shape, rng), rng)


def small(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a small digit anywhere on a large page."""
    shape, side = (1200, 900), int(rng.integers(80, 130))
    row, column = (int(rng.integers(30, length - side - 30)) for length in shape)
    page = laid(digits, [(row, column)], shape, side)
    return photographed((1 - INK * page) * light(shape, rng), rng)


def shadow(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit across which a shadow with a rather sharp edge falls."""
    page = one(digits[0], rng)
    rows, columns = np.indices(page.shape)
    across = (columns - rng.uniform(0.3, 0.7) * page.shape[1]) + rng.uniform(-0.6, 0.6) * (
        rows - page.shape[0] / 2
    )
    shade = 1 - rng.uniform(0.25, 0.4) / (1 + np.exp(-across / 6))
    return photographed((1 - INK * page) * light(page.shape, rng) * shade, rng)


def squared(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit on squared paper."""
    page, step = one(digits[0], rng), int(rng.integers(24, 40))
    lines = np.zeros(page.shape)
    lines[int(rng.integers(step)) :: step] = 1
    lines[:, int(rng.integers(step)) :: step] = 1
    ruled = 1 - rng.uniform(0.15, 0.3) * np.maximum(lines, np.roll(lines, 1, axis=(0, 1)))
    return photographed((1 - INK * page) * ruled * light(page.shape, rng), rng)


def thresholded(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit of 28x28 pixels, black on white."""
    return np.where(digits[0] > 127, 0, 255).astype(np.uint8)


def vignette(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit in a picture whose corners have 45 % of the light of the middle."""
    page = one(digits[0], rng)
    rows, columns = np.meshgrid(*(np.linspace(-1, 1, side) for side in page.shape), indexing="ij")
    fall = 1 - 0.55 * (rows**2 + columns**2) / 2
    return photographed((1 - INK * page) * 0.9 * fall, rng)


def table_edge(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit on a sheet with a dark table on two of its sides."""
    page = one(digits[0], rng, (400, 400), int(rng.integers(150, 210)))
    scene = (1 - INK * page) * light(page.shape, rng)
    top, left = (int(rng.integers(20, 70)) for _ in range(2))
    rows, columns = np.indices(page.shape)
    tilt = rng.uniform(-0.06, 0.06)
    off = (rows < top + tilt * columns) | (columns < left - tilt * rows)
    off = np.rot90(off, int(rng.integers(4)))  # any two sides
    grain = 0.18 + 0.04 * ndimage.gaussian_filter1d(rng.normal(0, 3, page.shape), 6, axis=1)
    scene = np.where(off, np.clip(grain, 0.02, 1), scene)
    return photographed(scene, rng)


def card(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit on a card that is held before a webcam, in a dark room."""
    shape = (480, 640)
    room = ndimage.gaussian_filter(rng.normal(0, 1, shape), 25)
    scene = np.clip(0.14 + 0.05 * room / room.std(), 0.02, 0.35)
    side = int(rng.integers(110, 160))
    height, width = side + int(rng.integers(50, 110)), side + int(rng.integers(50, 140))
    middle = shape[0] / 2 + rng.uniform(-60, 60), shape[1] / 2 + rng.uniform(-120, 120)
    rows, columns = np.indices(shape)
    turn = rng.uniform(-0.08, 0.08)
    down = rows - middle[0] + turn * (columns - middle[1])
    along = columns - middle[1] - turn * (rows - middle[0])
    inside = (abs(down) < height / 2) & (abs(along) < width / 2)
    page = laid(digits, [(int(middle[0] - side / 2), int(middle[1] - side / 2))], shape, side)
    return photographed(np.where(inside, (1 - INK * page) * light(shape, rng), scene), rng, 1.2, 5)


def corner(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a digit of 28x28 pixels, light on dark, pushed into a corner."""
    rows, columns = (np.flatnonzero(digits[0].max(axis=axis) > 30) for axis in (1, 0))
    cut = digits[0][rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    picture = np.zeros((28, 28), np.uint8)
    row, column = (int(rng.choice([0, 28 - side])) for side in cut.shape)
    picture[row : row + cut.shape[0], column : column + cut.shape[1]] = cut
    return picture


def line(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw digits in one line, neither level nor evenly spaced."""
    side, gap = int(rng.integers(90, 130)), 0.72
    shape = (3 * side, int((len(digits) * gap + 1.5) * side))
    corners = [
        (
            int(side + rng.normal(0, side / 15)),
            int(side * (0.6 + gap * k) + rng.normal(0, side / 40)),
        )
        for k in range(len(digits))
    ]
    page = laid(digits, corners, shape, side)
    return photographed((1 - INK * page) * light(shape, rng), rng)


def lines(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw digits in two lines, the second of which is set in."""
    side, half = int(rng.integers(70, 100)), -(-len(digits) // 2)
    shape = (4 * side, (half + 2) * side)
    corners = [
        (
            int(side * (0.7 + 1.4 * (k // half)) + rng.normal(0, side / 20)),
            int(side * (0.5 + 0.4 * (k // half) + 0.8 * (k % half))),
        )
        for k in range(len(digits))
    ]
    page = laid(digits, corners, shape, side)
    return photographed((1 - INK * page) * light(shape, rng), rng)


def form(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a form: a row of boxes with a digit in each."""
    side = int(rng.integers(80, 110))
    box, top, left = int(1.25 * side), int(0.8 * side), int(0.6 * side)
    shape = (top + box + int(0.9 * side), 2 * left + len(digits) * box)
    page = laid(
        digits,
        [
            (
                top + (box - side) // 2 + int(rng.normal(0, side / 30)),
                left + k * box + (box - side) // 2 + int(rng.normal(0, side / 30)),
            )
            for k in range(len(digits))
        ],
        shape,
        side,
    )
    for k in range(len(digits) + 1):
        page[top : top + box + 3, left + k * box : left + k * box + 3] = 0.9
    for row in (top, top + box):
        page[row : row + 3, left : left + len(digits) * box + 3] = 0.9
    turned = ndimage.rotate(page, rng.uniform(-1.5, 1.5), reshape=False, order=1)
    return photographed((1 - INK * np.clip(turned, 0, 1)) * light(shape, rng), rng)


def blank(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw an empty page."""
    return photographed(light((400, 360), rng), rng)


def texture(digits: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a page that is all cloth or gravel."""
    grain = ndimage.gaussian_filter(rng.normal(0, 1, (400, 360)), rng.uniform(2, 8))
    return photographed(np.clip(0.5 + 0.18 * grain / grain.std(), 0, 1), rng)


# Each with the number of digits in a picture.
SETTINGS: dict[str, tuple[Callable, int]] = {
    "plain paper, a slope of light": (plain, 1),
    "small on a page": (small, 1),
    "a shadow across it": (shadow, 1),
    "squared paper": (squared, 1),
    "28x28, black on white": (thresholded, 1),
    "vignette, corners at 45 %": (vignette, 1),
    "dark table on two sides": (table_edge, 1),
    "card before a dark webcam": (card, 1),
    "28x28, in a corner": (corner, 1),
    "two in a line": (line, 2),
    "five in a line": (line, 5),
    "two lines of three": (lines, 6),
    "form with six boxes": (form, 6),
}
NO_DIGITS: dict[str, Callable] = {"empty page": blank, "texture": texture}


def drawn(
    images: np.ndarray, labels: np.ndarray, setting: str, seed: int, n_digits: int
) -> list[tuple[np.ndarray, list[int]]]:
    """Draw pictures of a setting, and say which digits each shows."""
    names = [*SETTINGS, *NO_DIGITS]
    rng = np.random.default_rng([seed, names.index(setting)])
    draw, each = SETTINGS[setting] if setting in SETTINGS else (NO_DIGITS[setting], 0)
    chosen = rng.choice(len(labels), (n_digits // max(each, 1), each), replace=False)
    return [(draw([images[k, 0] for k in row], rng), labels[row].tolist()) for row in chosen]


def predicted(run: Path, folder: Path) -> list[dict]:
    """Return what `lenet predict --json` says of the pictures in a folder."""
    output, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(said):
        predict.main(["--model_save_path", str(run), str(folder), "--json"])
    return json.loads(output.getvalue() or "[]")


def read(run: Path, pictures: Sequence[np.ndarray], folder: Path) -> list[list[int]]:
    """Return the digits that `lenet predict` reads in each picture."""
    for k, picture in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{k:04}.png")
    found: list[list[int]] = [[] for _ in pictures]
    for entry in predicted(run, folder):
        found[int(Path(entry["file"]).stem)].append(int(entry["prediction"]))
    return found


def tell_photos(run: Path, folder: Path) -> str:
    """Say how many of a folder's photographs are refused, doubtful or unsure."""
    n_photos = len(find_images(folder))
    entries = predicted(run, folder)
    answered = {entry["file"] for entry in entries}
    marked = {entry["file"] for entry in entries if entry["doubt"] or entry["unsure"]}
    return (
        f"{n_photos} photographs: {n_photos - len(answered)} refused, {len(marked)} doubtful or unsure, "
        f"{len(answered - marked)} taken for digits"
    )


def n_right(found: Sequence[list[int]], expected: Sequence[list[int]]) -> int:
    """Count the digits that are right; pictures without any count once if none is found."""
    right = 0
    for got, true in zip(found, expected, strict=True):
        if len(got) == len(true):
            right += sum(a == b for a, b in zip(got, true, strict=True)) if true else 1
    return right


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a network that has learnt MNIST")
    parser.add_argument("--data_dir", type=Path, help="folder with MNIST's files")
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 4, 5])
    parser.add_argument("--num_digits", type=int, default=60, help="digits of each setting")
    parser.add_argument("--only", default="", help="settings whose name has this text")
    parser.add_argument("--photos", type=Path, help="folder of pictures that show no digit")
    arguments = parser.parse_args(argv)
    if arguments.photos is not None:
        print(tell_photos(arguments.run, arguments.photos))
        return 0
    images, labels = load_mnist(arguments.data_dir).test
    names = [name for name in (*SETTINGS, *NO_DIGITS) if arguments.only in name]
    print(f"right of {arguments.num_digits}, seeds {arguments.seeds}")
    for name in names:
        counts = []
        for seed in arguments.seeds:
            pictures, expected = zip(
                *drawn(images, labels, name, seed, arguments.num_digits), strict=True
            )
            with tempfile.TemporaryDirectory() as folder:
                counts.append(n_right(read(arguments.run, pictures, Path(folder)), expected))
        print(f"{name:32} {'  '.join(f'{count:3}' for count in counts)}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
