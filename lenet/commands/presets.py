"""Files and recipes that hold flags: `--config FILE` and `--recipe NAME`."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
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


def lines_of(path: Path) -> Callable[[str], str]:
    """Return a function from a flag to its line in a file, such as ", line 3"."""

    def line_of(name: str) -> str:
        try:
            lines = read_regular_text(path, limits.CONFIG_BYTES).splitlines()
        except (OSError, ValueError):  # has been read a moment ago
            return ""
        # TOML's `name = ` and `[name]`, and JSON's `"name": `
        stands = re.compile(rf"""\s*(\[\s*)?(["']?){re.escape(name)}\2\s*[]=:.]""")
        numbers = (n for n, line in enumerate(lines, start=1) if stands.match(line))
        return next((f", line {n}" for n in numbers), "")

    return line_of
