"""Flags of runs as text: as typed, and the differences between runs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lenet.errors import CommandError
from lenet.training.choices import FOREIGN
from lenet.training.flag_fields import text_of
from lenet.training.flag_needs import without_effect

if TYPE_CHECKING:
    from lenet.runs.reader import Run

# Flags for the places of files, the origin of settings, the page of a run and the hosts: they do not affect the computation.
LEFT_OUT = (
    *("out_dir", "resume", "config", "recipe", "model_save_path", "find_lr", "dashboard"),
    *("coordinator", "num_hosts", "host_index"),
)
# Flags that choose files and places, not the computation.
WHERE_FLAGS = (
    *("out_dir", "data_dir", "model_save_path", "config", "resume", "tensorboard", "dashboard"),
    "show",
)


def arguments_of(flags: Mapping[str, Any], origin: str) -> list[str]:
    """Return flags as command-line arguments.

    Raises
    ------
    CommandError
        If a value cannot be an argument; `origin` names where it comes from.
    """
    arguments: list[str] = []
    for name, value in flags.items():
        flag = f"--{name}"
        if value in (None, "", [], {}):
            continue
        match value:
            case bool():
                arguments.append(flag if value else f"--no_{name}")
            case list() if all(map(is_plain, value)):
                arguments += [flag, *map(str, value)]
            case dict() if all(map(is_plain, value.values())):
                arguments += [flag, *(f"{key}={text_of(entry)}" for key, entry in value.items())]
            case str() | int() | float():
                arguments.append(f"{flag}={value}")
            case _:
                raise CommandError(f"{origin}: {name} = {value!r}, expected a number or a text")
    return arguments


def is_plain(value: Any) -> bool:
    """Return whether a value can be an argument of a flag, and is not a flag itself."""
    return isinstance(value, str | int | float) and not str(value).startswith("--")


def flags_with_meaning(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags of a run that have an effect beside the others."""
    idle = {*FOREIGN.get(str(flags.get("model")), ()), *without_effect(flags)}
    return {name: value for name, value in flags.items() if name not in idle}


def differing_flags(runs: Sequence["Run"]) -> list[str]:
    """Return the flags with different values in some runs.

    Names of places are left out, and flags that mean nothing to any of the runs.
    """
    meant = [flags_with_meaning(run.flags) for run in runs]
    flags = dict.fromkeys(flag for run in meant for flag in run if flag not in WHERE_FLAGS)
    return [
        flag
        for flag in flags
        if any(run.flags.get(flag) != runs[0].flags.get(flag) for run in runs)
    ]
