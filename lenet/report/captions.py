"""Captions in pictures: classes with bars of their probability, boxes with texts."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lenet.report.style import one_line

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

SMALLEST_SHOWN = 300  # pixels; smaller pictures are enlarged before anything is drawn into them
# Height of letters in pixels: at least, and of the shorter side of a frame.
SMALLEST_TEXT, TEXT = 14, 1 / 20
# Of the height of letters: of a row, of what is left free beside a text, and the width of an outline.
ROW, MARGIN, OUTLINE = 1.6, 0.5, 0.12
LONGEST_NAME = 200
PAPER, BAR, DOUBTFUL_BAR = (0, 0, 0, 150), (38, 110, 200, 225), (200, 110, 20, 225)
WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (220, 40, 40)

Box = tuple[int, int, int, int]


class Row(NamedTuple):
    """Line of a caption.

    Attributes
    ----------
    text : str
        Shortened if it is too long.
    share : float or None
        Probability, drawn as a bar and written in percent; None if it has none.
    is_sure : bool
        Whether the bar is blue, not orange.
    """

    text: str
    share: float | None = None
    is_sure: bool = True


def enlargement(size: tuple[int, int]) -> int:
    """Return the whole number by which a picture is enlarged before drawing into it."""
    return max(1, round(SMALLEST_SHOWN / max(size)))


def enlarged(image: "Image.Image", factor: int) -> "Image.Image":
    """Return a picture whose pixels have become squares of so many."""
    from PIL import Image

    if factor == 1:
        return image
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def captioned(
    image: "Image.Image", rows: Sequence[Row], boxes: Sequence[tuple[Box, str]] = ()
) -> "Image.Image":
    """Return a picture with a caption along its lower border, and with boxes.

    Parameters
    ----------
    image : PIL.Image.Image
        In colours.
    rows : sequence of Row
        From top to bottom; those that find no room are left out, the first last.
    boxes : sequence of (box, str)
        See `draw_box`.
    """
    from PIL import Image, ImageDraw

    size = max(SMALLEST_TEXT, round(min(image.size) * TEXT))
    seen = image.copy()
    drawing = ImageDraw.Draw(seen)
    for box, text in boxes:
        draw_box(drawing, box, text, outline=BLACK)
    height = round(size * ROW)
    rows = rows[: max(1, image.height // (2 * height))]
    if not rows:
        return seen
    # On glass of its own, which lets the picture through.
    strip = Image.new("RGBA", (image.width, height * len(rows)), PAPER)
    drawing = ImageDraw.Draw(strip)
    for k, row in enumerate(rows):
        _draw_row(drawing, row, k * height, height, size)
    seen.paste(strip, (0, max(0, image.height - strip.height)), strip)
    return seen


def draw_box(
    drawing: "ImageDraw.ImageDraw",
    box: Box,
    text: str,
    outline: tuple[int, int, int] | None = None,
) -> None:
    """Draw a box around left, top, right and bottom, and a text above it.

    Parameters
    ----------
    drawing : PIL.ImageDraw.ImageDraw
    box : tuple of int
        In pixels; right and bottom are excluded.
    text : str
    outline : tuple of int, optional
        Colour around the line and a white text, to be seen on any ground.
    """
    width, height = drawing.im.size
    line = max(2, max(width, height) // 400)
    left, top, right, bottom = box
    left, top = max(0, left - 2 * line), max(0, top - 2 * line)
    right, bottom = min(right + 2 * line, width - 1), min(bottom + 2 * line, height - 1)
    if outline is not None:
        drawing.rectangle((left, top, right, bottom), outline=outline, width=line + 2)
    drawing.rectangle((left, top, right, bottom), outline=RED, width=line)
    size = max(SMALLEST_TEXT, (bottom - top) // 4)
    stroke, colour = (0, RED) if outline is None else (line, WHITE)
    place = (left + 2 * line, max(top - stroke, size))  # within the picture
    written: dict[str, Any] = {"anchor": "lb", "stroke_width": stroke, "stroke_fill": outline}
    drawing.text(place, text, fill=colour, font=_font(size), **written)


def _draw_row(drawing: "ImageDraw.ImageDraw", row: Row, top: int, height: int, size: int) -> None:
    """Draw a line of a caption into a strip."""
    width = drawing.im.size[0]
    font, margin, stroke = _font(size), round(size * MARGIN), max(1, round(size * OUTLINE))
    middle, room = top + height // 2, width - 2 * margin
    written: dict[str, Any] = {
        "font": font,
        "fill": WHITE,
        "stroke_width": stroke,
        "stroke_fill": BLACK,
    }
    if row.share is not None:
        colour = BAR if row.is_sure else DOUBTFUL_BAR
        drawing.rectangle((0, top, round(row.share * (width - 1)), top + height - 2), fill=colour)
        percent = f"{100 * row.share:.0f} %"
        drawing.text((width - margin, middle), percent, anchor="rm", **written)
        room -= round(font.getlength(percent)) + margin
    drawing.text((margin, middle), fitted(row.text, font, room), anchor="lm", **written)


def fitted(text: str, font: "ImageFont.FreeTypeFont", room: float) -> str:
    """Return as much of a text as fits a width, with an ellipsis if it is cut."""
    text = one_line(text, LONGEST_NAME)
    limit = len(text)
    while limit > 1 and font.getlength(one_line(text, limit)) > room:
        limit -= 1
    return one_line(text, limit)


@cache
def _font(size: int) -> "ImageFont.FreeTypeFont":
    """Return matplotlib's font, with letters of many languages, at a size in pixels."""
    import matplotlib
    from PIL import ImageFont

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(fonts / "DejaVuSans-Bold.ttf"), size)
