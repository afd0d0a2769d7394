"""Shared parts of the command lines: parsing, running, errors of one line.

Imports nothing heavy, so that a wrong flag is answered at once.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from lenet import __version__
from lenet.terminal import flush_output
from lenet.text import nearest, shown, slip

# Flags of other programs, for what is meant by them here.
ELSEWHERE = {
    "learning_rate": "lr",
    "momentum": "mom",
    "optimizer": "update",
    "optimiser": "update",
    "scheduler": "schedule",
    "weight_decay": "l2_pen",
    "augmentation": "data_augm",
    "architecture": "model",
    "early_stopping": "patience",
    "normalise": "normalize",
    "initializer": "initialiser",
    "data": "dataset",
    "checkpoint": "resume",
}


class FullHelp(argparse.Action):
    """Action of ``--help-all``."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, 0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *arguments: Any) -> None:
        """Print the help of all flags, and exit."""
        parser.short = None  # type: ignore[attr-defined]
        parser.print_help()
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Parser of arguments in any order, whose errors are one line with a hint.

    Parameters
    ----------
    short : callable, optional
        Returns a parser of the flags that people need, whose help is that of ``--help``: there is
        ``--help-all`` then for that of all flags.
    """

    def __init__(self, short: "Callable[[], Parser] | None" = None, **keywords: Any) -> None:
        keywords.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **keywords)
        if self.add_help:
            self.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
        self.short = short
        if short is not None:
            self.add_argument("--help-all", action=FullHelp, help="show all flags, by group")

    def format_help(self) -> str:
        """Return the help of the flags that people need, or of all."""
        return super().format_help() if self.short is None else self.short().format_help()

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the arguments; flags may stand between those that have none."""
        given = sys.argv[1:] if args is None else list(args)
        # After "--", nothing is a flag, which argparse's other way of parsing forgets.
        known = self.parse_known_args if "--" in given else self.parse_known_intermixed_args
        found, unknown = known(given, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self.hint(unknown)}")
        return found

    def hint(self, unknown: Sequence[str]) -> str:
        """Return a question about the flag that the first unknown one may be a slip of."""
        for argument in unknown:
            if argument.startswith("-"):
                name = argument.lstrip("-").partition("=")[0].replace("-", "_").lower()
                flags = [flag[2:] for flag in self._option_string_actions if flag[:2] == "--"]
                meant = ELSEWHERE.get(name)
                near = meant if meant in flags else nearest(name, flags)
                return "" if near is None else f"; did you mean --{near}?"
        return ""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        names = list(map(str, action.choices))
        question = slip(str(value), names, lead=", ")
        raise argparse.ArgumentError(
            action, f"invalid choice: {value!r}{question} (choose from {', '.join(names)})"
        )

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, shown(f"{self.prog}: error: {message} (see --help)") + "\n")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Exit, after a help that nobody may have read to its end."""
        flush_output()
        super().exit(status, message)


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
