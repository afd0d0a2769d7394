"""Tables as aligned text."""

from collections.abc import Sequence

from lenet.text import shown


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned text, each a line: the first column to the left, the others to the right."""
    rows = [list(map(shown, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
