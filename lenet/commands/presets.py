"""Files and recipes that hold flags: `--config FILE` and `--recipe NAME`."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lenet import limits
from lenet.errors import CommandError
from lenet.files import read_regular_text
from lenet.runs.flag_text import LEFT_OUT
from lenet.text import did_you_mean
from lenet.training.defaults import of_earlier_version

RECIPES = Path(__file__).with_name("recipes.toml")


def recipe(name: str, dataset: str) -> Mapping[str, Any]:
    """Return the flags of a recipe for a data set.

    Raises
    ------
    CommandError
        If there is none.
    """
    recipes = tomllib.loads(RECIPES.read_text(encoding="utf-8"))
    if name not in recipes:
        raise CommandError(f"--recipe {name}: no such recipe; {did_you_mean(name, list(recipes))}")
    return recipes[name].get(dataset, recipes[name]["default"])


def read_flags(path: Path, origin: str) -> Mapping[str, Any]:
    """Return the flags of a TOML or JSON file.

    Of the config.json of a run, they are those that repeat it.

    Parameters
    ----------
    path : Path
    origin : str
        The flag that names the file, for errors.

    Raises
    ------
    CommandError
        If there is no such file, or it holds something else.
    """
    read = json.loads if path.suffix == ".json" else tomllib.loads
    try:
        found = read(read_regular_text(path, limits.CONFIG_BYTES))
    except OSError as error:
        raise CommandError(f"{origin}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(
            f'{origin}: {error}; expected a TOML file of flags, such as "nepochs = 20", or the '
            "config.json of a run"
        ) from error
    is_of_run = isinstance(found, dict) and "flags" in found
    flags = found["flags"] if is_of_run else found
    if not isinstance(flags, dict):
        raise CommandError(f"{origin}: expected flags and their values")
    if not is_of_run and "config" in flags:
        raise CommandError(f"{origin}: names another file of flags, of which there can be one only")
    if not is_of_run:
        return flags
    return {k: v for k, v in of_earlier_version(flags).items() if k not in LEFT_OUT}


def lines_of(path: Path, *table: str) -> Callable[[str], str]:
    """Return a function that names the line of a flag in a file, as ", line 3".

    Parameters
    ----------
    path : Path
    table : str
        Names of the TOML table in which the flag stands; none if it stands outside of all tables.
    """

    def line_of(name: str) -> str:
        try:
            lines = read_regular_text(path, limits.CONFIG_BYTES).splitlines()
        except (OSError, ValueError):  # has been read a moment ago
            return ""
        # TOML's `name = `, and JSON's `"name": `
        stands = re.compile(rf"""\s*(["']?){re.escape(name)}\1\s*[=:.]""")
        found: dict[tuple[str, ...], int] = {}
        inside: tuple[str, ...] = ()
        for number, line in enumerate(lines, start=1):
            header = header_of(line)
            if header:
                inside = header
                found.setdefault(header, number)
            elif stands.match(line):
                found.setdefault((*inside, name), number)
        place = found.get((*table, name))
        return "" if place is None else f", line {place}"

    return line_of


def header_of(line: str) -> tuple[str, ...]:
    """Return the names in a TOML header, such as ``[runs.small]``; else none."""
    names: list[str] = []
    if line.lstrip().startswith("["):
        with suppress(ValueError):
            found: Any = tomllib.loads(line)
            while found and isinstance(found, dict):
                ((name, found),) = found.items()
                names.append(name)
    return tuple(names)
