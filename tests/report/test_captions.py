"""Captions, read back from the pixels: where they are, how long bars are, what fits."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lenet.report import captions
from lenet.report.captions import Row, captioned, draw_box, enlarged, enlargement, fitted

SIZES = [
    (64, 64),
    (28, 28),
    (64, 48),
    (160, 120),
    (640, 480),
    (1000, 64),
    (1920, 1080),
    (3840, 2160),
]


def plain(size, level):
    image = Image.new("RGB", size, (level,) * 3)
    return enlarged(image, enlargement(size))


def values(image):
    return np.asarray(image).astype(int)


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", SIZES)
def test_a_caption_is_large_enough_and_stands_out(size, level):
    image = plain(size, level)
    found = values(captioned(image, [Row("frog", 0.9)]))
    assert found.shape[1::-1] == image.size
    changed = (found != level).any(axis=2)
    rows = np.flatnonzero(changed.any(axis=1))
    assert rows[-1] >= image.height - 2
    assert len(rows) >= max(20, min(image.size) / 20)
    assert not changed[: image.height - 2 * len(rows)].any()
    # White letters, each with black around it.
    strip = found[rows[0] :]
    white = (strip > 240).all(axis=2)
    assert white.any(axis=1).sum() >= 8
    assert (strip < 15).all(axis=2).any()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_a_bar_is_as_long_as_its_class_is_probable(share):
    found = values(captioned(plain((400, 300), 128), [Row("", share)]))
    last = found[-4]
    blue = last[:, 2] - last[:, 0] > 60
    assert blue.sum() == pytest.approx(share * 400, abs=2)


def test_a_bar_in_doubt_has_another_colour():
    sure, doubtful = (
        values(captioned(plain((400, 300), 128), [Row("", 0.7, is_sure)]))[-4, 5]
        for is_sure in (True, False)
    )
    assert sure[2] > sure[0]
    assert doubtful[0] > doubtful[2]


def test_rows_leave_half_of_the_picture_free():
    rows = [Row(str(k), 0.1) for k in range(50)]
    found = values(captioned(plain((400, 300), 128), rows))
    assert (found[: 300 // 2] == 128).all()


@pytest.mark.parametrize("room", [0, 30, 100, 300, 3000])
def test_long_names_are_shortened_to_fit(room):
    font = captions._font(20)
    text = "Scarabaeus sacer, in a very long name"
    found = fitted(text, font, room)
    if room == 3000:
        assert found == text
    elif room >= 30:
        assert found.endswith("…")
        assert text.startswith(found[:-1])
        assert font.getlength(found) <= room
        assert font.getlength(text[: len(found) + 1] + "…") > room


def test_hostile_names_are_one_line():
    captioned(plain((400, 300), 0), [Row("a\nb\x1b[31m\u202e" + "x" * 100_000, 0.5)])


def test_the_font_has_letters_of_many_languages():
    font = captions._font(20)
    missing = bytes(font.getmask("\uffff"))
    assert all(bytes(font.getmask(letter)) != missing for letter in "aäéŁжλ…%")


def test_boxes_are_drawn_around_what_is_within():
    found = values(captioned(plain((400, 300), 200), [], [((100, 100, 150, 180), "7")]))
    red = found[..., 0] - found[..., 1] > 80
    assert red[140, 92:100].any()
    assert red[140, 150:158].any()
    assert (found[105:175, 102:148] == 200).all()
    assert (found[70:98, 100:150] > 240).all(axis=2).any()  # the text


def test_the_text_of_a_box_at_the_border_stays_within():
    image = plain((400, 300), 0)
    draw_box(ImageDraw.Draw(image), (100, 0, 150, 80), "7")
    found = values(image)[:24, 100:130]
    inner = found[4:, 6:]
    assert inner.any()


@pytest.mark.parametrize(
    ("size", "factor"), [((28, 28), 11), ((64, 64), 5), ((300, 20), 1), ((3840, 2160), 1)]
)
def test_small_pictures_are_enlarged_by_whole_numbers(size, factor):
    assert enlargement(size) == factor
    pixels = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), np.uint8)
    found = np.asarray(enlarged(Image.fromarray(pixels), factor))
    np.testing.assert_array_equal(found, pixels.repeat(factor, axis=0).repeat(factor, axis=1))
