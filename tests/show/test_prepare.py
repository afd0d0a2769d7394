"""The page prepares pictures as `lenet predict` does."""

import base64
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lenet.data.image_files import fit_to, read_image, resize
from lenet.data.paper_digits import read_digits
from lenet.errors import ImageError
from lenet.input_pipeline import load_digits
from tests.show.node import needs_node, packed, run_node

ROOT = Path(__file__).parents[2]
# Pillow's own versions differ by so much: since 13 it may scale columns before rows.
CLOSE = 8
DIGITS = {"channels": 1, "size": 28, "digits": True, "keepAspect": True}


def ask(pictures, **further):
    shapes = [{"shape": p.shape, "bytes": packed(p)} for p in pictures]
    return run_node("prepare_pictures.mjs", {"pictures": shapes, **further})


def bytes_of(text, shape):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(shape)


def drawings():
    """Yield digits as people send them: bare, on large paper, with shadows, several, broken, off the middle."""
    rng = np.random.default_rng(4)
    images = load_digits().test.images[:12, 0]
    for k, digit in enumerate(images):
        yield digit[np.newaxis]
        yield np.roll(digit, 6, axis=k % 2)[np.newaxis]
        paper = np.zeros((190, 230), np.uint8)
        paper[20:160, 40:180] = np.asarray(Image.fromarray(digit).resize((140, 140)))
        yield paper[np.newaxis] if k % 3 else 255 - paper[np.newaxis]
        if k < 6:
            shadow = (255 - paper) * np.linspace(0.6, 1, 230) * 0.9 + rng.normal(0, 3, paper.shape)
            yield np.clip(shadow, 0, 255).astype(np.uint8)[np.newaxis]
    row = np.concatenate([np.pad(image, 8) for image in images[:4]], axis=1)
    yield 255 - row[np.newaxis]
    table = np.full((200, 260), 30, np.uint8)
    table[30:170, 40:220] = 230
    table[60:144, 70:154] = 230 - np.asarray(Image.fromarray(images[3]).resize((84, 84))) // 5 * 4
    yield table[np.newaxis]
    framed = np.full((120, 120), 255, np.uint8)
    framed[[20, 21, 98, 99], 20:100] = framed[20:100, [20, 21, 98, 99]] = 40
    framed[30:90, 30:90] = 255 - np.asarray(Image.fromarray(images[5]).resize((60, 60)))
    yield framed[np.newaxis]


@needs_node
def test_digits_are_cut_out_scaled_and_centred_alike():
    pictures = [*drawings(), read_image(ROOT / "docs" / "four.png", 1)]
    same = 0
    for picture, found in zip(pictures, ask(pictures, sight=DIGITS), strict=True):
        expected, _ = read_digits(picture, 28)
        assert len(found) == len(expected)
        for ours, theirs in zip(found, expected, strict=True):
            image = bytes_of(ours["image"], (1, 28, 28)).astype(int)
            assert np.abs(image - theirs.image).max() <= CLOSE
            assert bool(ours["note"]) == bool(theirs.doubt)
            same += np.array_equal(image, theirs.image)
    assert same > 0.8 * len(pictures)


@needs_node
def test_what_shows_no_digit_is_refused_alike():
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (1, 90, 90), np.uint8)
    soft = np.asarray(Image.fromarray(noise[0]).resize((180, 180), Image.Resampling.BICUBIC))
    pictures = [
        np.full((1, 60, 80), 200, np.uint8),
        np.zeros((1, 28, 28), np.uint8),
        soft[np.newaxis],
    ]
    for picture, found in zip(pictures, ask(pictures, sight=DIGITS), strict=True):
        with pytest.raises(ImageError):
            read_digits(picture, 28)
        assert found == "nothing"  # its name in the tables of texts


@needs_node
@pytest.mark.parametrize("keep_aspect", [True, False])
def test_other_pictures_are_framed_or_stretched_alike(keep_aspect):
    rng = np.random.default_rng(6)
    pictures = [
        rng.integers(0, 256, (3, *shape), np.uint8)
        for shape in ((40, 90), (33, 32), (32, 32), (7, 5))
    ]
    sight = {"channels": 3, "size": 32, "digits": False, "keepAspect": keep_aspect}
    for picture, (found,) in zip(pictures, ask(pictures, sight=sight), strict=True):
        expected = fit_to(picture, 32, keep_aspect).astype(int)
        assert np.abs(bytes_of(found["image"], (3, 32, 32)) - expected).max() <= CLOSE


@needs_node
def test_pictures_are_scaled_to_the_byte():
    """Along one axis, and along both where Pillow begins with rows."""
    rng = np.random.default_rng(7)
    cases = [
        ((280, 280), (20, 15)),
        ((300, 77), (300, 20)),
        ((5, 9), (20, 20)),
        ((1000, 400), (70, 400)),
    ]
    pictures = [rng.integers(0, 256, (1, *shape), np.uint8) for shape, _ in cases]
    sizes = [size for _, size in cases]
    for picture, size, found in zip(pictures, sizes, ask(pictures, sizes=sizes), strict=True):
        np.testing.assert_array_equal(bytes_of(found, size), resize(picture, *size)[0])
