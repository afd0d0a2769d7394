"""Files and recipes that hold flags: `--config FILE` and `--recipe NAME`.

Whatever they hold becomes arguments that stand before those of the command line, which therefore win,
and is checked in the same way.
"""

import argparse
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lenet import limits
from lenet.commands.base import Parser
from lenet.errors import CommandError
from lenet.files import read_regular_text
from lenet.runs.flag_text import LEFT_OUT, arguments_of

RECIPES = Path(__file__).with_name("recipes.toml")


def with_presets(argv: Sequence[str], program: str) -> list[str]:
    """Return the arguments, those of files and recipes before them.

    Parameters
    ----------
    argv : sequence of str
        Of the command line.
    program : str
        Whose errors they are.

    Raises
    ------
    CommandError
        If a file cannot be read or holds something else than flags, or there is no such recipe.
    """
    parser = Parser(prog=program, add_help=False)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--recipe")
    parser.add_argument("--dataset", default="cifar10")
    argv = list(argv)
    known, _ = parser.parse_known_args(argv)
    before: list[str] = []
    if known.config is not None:
        origin = f"--config {known.config}"
        before = arguments_of(read_flags(known.config, origin), origin)
        known, _ = parser.parse_known_args([*before, *argv])
    if known.recipe is not None:
        before = [*recipe(known.recipe, known.dataset), *before]
    return [*before, *argv]


def recipe(name: str, dataset: str) -> list[str]:
    """Return the arguments of a recipe for a data set.

    Raises
    ------
    CommandError
        If there is none.
    """
    recipes = tomllib.loads(RECIPES.read_text(encoding="utf-8"))
    if name not in recipes:
        raise CommandError(f"--recipe {name}: expected one of {', '.join(recipes)}")
    flags = recipes[name].get(dataset, recipes[name]["default"])
    return arguments_of(flags, f"--recipe {name}")


def read_flags(path: Path, origin: str) -> Mapping[str, Any]:
    """Return the flags of a TOML or JSON file; of the config.json of a run, those that repeat it.

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
    return {k: v for k, v in flags.items() if not (is_of_run and k in LEFT_OUT)}


def add_preset_flags(group: argparse._ArgumentGroup) -> None:
    """Add `--config` and `--recipe` to a group."""
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="a TOML file with any of these flags (nepochs = 20), or the config.json of a run, which "
        "repeats it; flags of the command line win",
    )
    group.add_argument(
        "--recipe",
        metavar="NAME",
        help="flags that others have tuned: best is our best for the documented network; flags of the "
        "command line win",
    )
