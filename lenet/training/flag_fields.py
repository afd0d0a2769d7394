"""Fields of a dataclass that are flags, too.

They are flags of a command line, of a file of flags and of a config.json.

Each field says beside its default what it is for and what it may be; parsers and readers of files are made
from that, and so agree.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from lenet import limits
from lenet.text import slip

KEY = "flag"
AUGMENTATION = "augmentation"
MAX_PORT = 65535


@dataclass(frozen=True)
class Flag:
    """A field as a flag.

    Attributes
    ----------
    name : str
        Without dashes.
    default : value
    group : str
        Title below which ``lenet-train --help`` has it; empty for none.
    options : mapping
        For ``add_argument``: `type`, `choices`, `nargs`, `metavar`, `const`, `help`.
    collect : callable or None
        Turns the list of values of a flag with several into what the field holds, or raises ValueError.
    """

    name: str
    default: Any
    group: str
    options: Mapping[str, Any]
    collect: Callable[[Sequence[Any]], Any] | None

    @property
    def is_switch(self) -> bool:
        """Whether it is on or off, or chosen if it is neither."""
        return self.options.get("type") is bool or self.default is False

    def add_to(self, parser: Any, contrary: str | None = None, **changes: Any) -> None:
        """Add it to a parser or a group of its arguments.

        A switch is added with its contrary, which wins over a preset, and is explained by `contrary`.
        """
        flag = f"--{self.name}"
        if not self.is_switch:
            options: dict[str, Any] = {"default": self.default, **self.options, **changes}
            if self.collect is not None:
                options["action"] = collecting(self.collect)
            parser.add_argument(flag, **options)
            return
        help_line = self.options["help"]
        parser.add_argument(flag, action="store_true", default=self.default, help=help_line)
        parser.add_argument(
            f"--no_{self.name}",
            dest=self.name,
            action="store_false",
            default=argparse.SUPPRESS,
            help=contrary or f"turn {flag} off, where a preset has turned it on",
        )

    def of_file(self, given: Any) -> Any:
        """Return the value of the field that a file of flags has given.

        Raises
        ------
        TypeError
            If it is neither a number nor a text, nor several of them where there may be several.
        ValueError
            If it is none of those that the flag may have.
        """
        if self.is_switch:
            if not isinstance(given, bool):
                raise ValueError(f"expected true or false, got {given!r}")
            return given
        if isinstance(given, Mapping) and self.collect is dict:
            given = [f"{name}={text_of(value)}" for name, value in given.items()]
        wanted = self.options.get("nargs")
        if given is True and wanted == "?":  # as if it stood alone
            return self.options["const"]
        several = wanted not in (None, "?")
        is_list = isinstance(given, list | tuple) and (several or len(given) == 1)
        entries = given if is_list else [given]
        if given is True and wanted == "*":
            entries = []
        if isinstance(wanted, int) and len(entries) != wanted:
            raise ValueError(f"expected {wanted} of them, got {len(entries)}")
        values = [self._parsed(text_of(entry)) for entry in entries]
        if self.collect is not None:
            return self.collect(values)
        return values if several else values[0]

    def _parsed(self, text: str) -> Any:
        try:
            value = self.options.get("type", str)(text)
        except (argparse.ArgumentTypeError, ValueError) as error:
            raise ValueError(str(error)) from error
        choices = self.options.get("choices")
        if choices is not None and value not in choices:
            names = list(map(str, choices))
            question = slip(text, names)
            raise ValueError(f"expected one of {', '.join(names)}, got {text!r}{question}")
        return value


def text_of(value: Any) -> str:
    """Return a value of a file as it would be typed.

    Raises
    ------
    TypeError
        If it is neither a number nor a text.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise TypeError("expected a number or a text")
    return str(value)


def flag(
    default: Any,
    help: str,
    group: str = "",
    collect: Callable[[Sequence[Any]], Any] | None = None,
    **options: Any,
) -> Any:
    """Return a field of a dataclass that is a flag; see `Flag`."""
    metadata = {KEY: (group, {"help": help, **options}, collect)}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def flags_of(cls: type) -> dict[str, Flag]:
    """Return the fields of a dataclass that are flags, by name."""
    return {
        each.name: Flag(
            each.name,
            {} if callable(each.default_factory) else each.default,
            *each.metadata[KEY],
        )
        for each in fields(cls)
        if KEY in each.metadata
    }


def collecting(collect: Callable[[Sequence[Any]], Any]) -> type[argparse.Action]:
    """Return argparse's action for a flag whose values become one."""

    class Collect(argparse.Action):
        """Keeps what the values become."""

        def __call__(
            self,
            parser: argparse.ArgumentParser,
            namespace: argparse.Namespace,
            values: Any,
            option_string: str | None = None,
        ) -> None:
            """Take note of them."""
            try:
                setattr(namespace, self.dest, collect(values))
            except ValueError as error:
                raise argparse.ArgumentError(self, str(error)) from error

    return Collect


def number(
    convert: Callable[[str], Any], expected: str, is_valid: Callable[[Any], bool]
) -> Callable[[str], Any]:
    """Return a function that turns a text into a number, or says what was expected."""

    def parse(text: str) -> Any:
        try:
            value = convert(text)
        except ValueError:
            value = math.nan
        if not is_valid(value):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
        return value

    return parse


def integer(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of integers in a range, which says what was expected."""
    return number(int, f"an integer from {low} to {high}", lambda value: low <= value <= high)


any_number = number(float, "a number", math.isfinite)
positive_int = number(
    int, "a positive integer below 2**63", lambda value: 1 <= value <= limits.MAX_COUNT
)
natural = number(int, "an integer of at least 0", lambda value: value >= 0)
positive = number(float, "a positive number", lambda value: 0 < value < math.inf)
non_negative = number(float, "a number of at least 0", lambda value: 0 <= value < math.inf)
fraction = number(float, "a number from 0 to below 1", lambda value: 0 <= value < 1)
share = number(float, "a number from 0 to 1", lambda value: 0 <= value <= 1)


def option(text: str) -> tuple[str, float | bool]:
    """Return name and value of a text such as ``beta1=0.9``."""
    name, equals, value = text.partition("=")
    if value in ("true", "false"):
        return name, value == "true"
    try:
        parsed = float(value)
    except ValueError:
        parsed = math.nan
    if not (name.isidentifier() and equals and math.isfinite(parsed)):
        raise argparse.ArgumentTypeError(f"expected NAME=NUMBER, got {text!r}")
    is_count = parsed.is_integer() and abs(parsed) < limits.MAX_COUNT
    return name, int(parsed) if is_count else parsed


def port(text: str) -> int:
    """Return the number of a port, 0 for one of the system's choice."""
    if not text.isdecimal() or len(text) > len(str(MAX_PORT)) or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(
            f"expected a port from 1 to {MAX_PORT}, or 0 for a free one, got {text!r}; images stand before the flag"
        )
    return int(text)


def address(text: str) -> str:
    """Return an address such as ``10.0.0.1:1234`` or ``[::1]:1234``, if it is one."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 1 <= int(port) <= MAX_PORT:
        raise argparse.ArgumentTypeError(
            f"expected HOST:PORT, with a port from 1 to {MAX_PORT}, got {text!r}"
        )
    return text


def texts(alone: str, metavar: str, help: str) -> Any:
    """Return a flag that takes numbers or a range, or `alone` if it stands alone."""
    return flag(
        None,
        f"{help} (alone: {alone})",
        AUGMENTATION,
        nargs="*",
        metavar=metavar,
        collect=lambda given: list(given) or alone.split(),
    )


def amount(alone: float, metavar: str, help: str) -> Any:
    """Return a flag that takes a number, or `alone` if it stands alone."""
    return flag(
        None,
        f"{help} (alone: {alone:g})",
        AUGMENTATION,
        nargs="?",
        type=any_number,
        const=alone,
        metavar=metavar,
    )
