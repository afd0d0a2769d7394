"""Trained networks that come with the package, by name.

Each is a file as `lenet-train` writes it, beside a page (Markdown) that says what it has learnt and how well.
`python -m benchmarks.trained` makes both anew.
"""

import os
from pathlib import Path

PLACE = Path(__file__).parent
NAMES = ("mnist", "mnist-1998")  # written out, so that no command waits for the disk
DEFAULT = NAMES[0]  # sees digits, as most people's first picture is


def is_included(name: str | os.PathLike) -> bool:
    """Return whether a name is that of an included network, and no path that exists."""
    return os.fspath(name) in NAMES and not os.path.lexists(name)


def network_path(name: str | os.PathLike) -> Path:
    """Return the file of an included network; another path, or a real one, as it is."""
    return PLACE / f"{os.fspath(name)}.h5" if is_included(name) else Path(name)
