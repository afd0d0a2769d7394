"""Link from a run's report to the page that `lenet show` has written beside it."""

from pathlib import Path

from lenet import limits
from lenet.files import read_regular_text, write_atomically
from lenet.runs.names import PAGE, REPORT

LINK = f'<p><a href="{PAGE}">Draw, and see this network think</a></p>'
AFTER = "</h1>\n"


def link_html(folder: Path) -> str:
    """Return the link as HTML if there is such a page in a folder, else nothing."""
    return LINK if (folder / PAGE).is_file() else ""


def add_link(folder: Path) -> None:
    """Add the link to the report in a folder, if there is a report that lacks it.

    Raises
    ------
    OSError
        If the report cannot be read or written.
    """
    path = folder / REPORT
    if not path.is_file():
        return
    try:
        content = read_regular_text(path, limits.REPORT_BYTES)
    except UnicodeDecodeError:
        return  # none of ours
    if LINK not in content and AFTER in content:
        write_atomically(path, content.replace(AFTER, f"{AFTER}{LINK}\n", 1).encode())
