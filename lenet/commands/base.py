"""Shared parts of the command lines: parsing, running, errors of one line.

Imports nothing heavy, so that a wrong flag is answered at once.
"""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from lenet.text import shown


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage before it."""

    def __init__(self, **keywords: Any) -> None:
        keywords.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **keywords)

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, shown(f"{self.prog}: error: {message} (see --help)") + "\n")


def parse(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the checked arguments, `threads` among them as a number."""
    from lenet.compile.threads import default_threads
    from lenet.errors import BackendError

    arguments = parser.parse_args(argv)
    if "threads" in arguments and arguments.threads is None:
        try:
            arguments.threads = default_threads()
        except BackendError as error:
            parser.error(str(error))
    return arguments
