"""Figures written to files atomically."""

from pathlib import Path
from typing import TYPE_CHECKING

from lenet.files import write_atomically
from lenet.report.style import drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 110


def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG or SVG, by the file's suffix, reproducibly.

    The same figure gives the same bytes.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    import matplotlib

    kind = path.suffix.removeprefix(".").lower()
    metadata = {"Date": None} if kind == "svg" else {}
    with matplotlib.rc_context({"svg.hashsalt": "lenet"}):
        content = drawn(figure, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
    write_atomically(path, content)
