"""Common style of figures: size, PNG output, names of classes and runs.

Names are drawn literally, never as mathematics, and shortened if they are long.
"""

import io
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 120


def new_figure(width: float, height: float) -> "Figure":
    """Return an empty figure of a size in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")


def png(figure: "Figure") -> bytes:
    """Return a figure as a PNG file."""
    return drawn(figure, format="png")


def drawn(figure: "Figure", **options: Any) -> bytes:
    """Return a figure as a file, with the options of ``Figure.savefig``."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Characters that matplotlib's fonts lack are drawn as boxes, which is good enough.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, **options)
    return buffer.getvalue()


def one_line(text: str, limit: int = 16) -> str:
    """Return text as one drawable line of at most `limit` characters."""
    line = " ".join(text.split())
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= limit else f"{line[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"
