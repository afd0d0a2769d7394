"""A table in a Markdown file, of which single rows are measured anew."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from lenet.errors import DataError
from lenet.files import write_atomically

BEGIN, END = "<!-- programs -->\n", "<!-- /programs -->\n"


def put_rows(path: Path, rows: Iterable[Sequence[str]], order: Sequence[str]) -> None:
    """Replace or add rows of the table between `BEGIN` and `END`; the others stay as they are.

    Parameters
    ----------
    path : Path
        Has the table, with its header.
    rows : iterable of sequences of str
        Cells, of which the first is the row's name.
    order : sequence of str
        All names, as they are to stand; a row of any other is left out.

    Raises
    ------
    DataError
        If the marks are not in the file.
    OSError
        If the file cannot be read or written.
    """
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    old, end, after = rest.partition(END)
    head, lines = old.splitlines()[:2], old.splitlines()[2:]
    if not end or not all(line.startswith("|") for line in [*head, *lines]):
        raise DataError(f"{path}: has no table between {BEGIN.strip()} and {END.strip()}")
    known = {line.split("|")[1].strip(): line for line in lines}
    known |= {cells[0]: f"| {' | '.join(cells)} |" for cells in rows}
    table = [*head, *(known[name] for name in order if name in known)]
    content = "".join([before, begin, *(f"{line}\n" for line in table), end, after])
    write_atomically(path, content.encode())
