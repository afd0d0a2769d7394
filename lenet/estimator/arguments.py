"""Arguments of `LenetClassifier`: the settings of a training, and some of its own."""

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from lenet.seeds import DEFAULT_SEED
from lenet.training.flag_fields import KEY
from lenet.training.settings import Settings

OWN: dict[str, Any] = {
    "validation_split": 0.1,
    "image_shape": None,
    "image_size": None,
    "class_names": None,
    "seed": DEFAULT_SEED,
    "backend": "c",
    "threads": None,
    "tta": False,
    "callbacks": (),
    "verbose": 0,
}


def default_of(name: str) -> Any:
    """Return the default of a setting: its flag's; None if it is empty or fits others."""
    (field,) = (each for each in fields(Settings) if each.name == name)
    default = field.default if field.default is not MISSING else None
    return None if default == "" or name in ("augmentation", "model") else default


def setting_names() -> list[str]:
    """Return the names of the settings, those of base classes last."""
    names = [each.name for each in fields(Settings)]
    first = names.index("nepochs")
    return names[first:] + names[:first]


DEFAULTS = {name: default_of(name) for name in setting_names()} | OWN
SIGNATURE = inspect.Signature(
    [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    + [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        for name, default in DEFAULTS.items()
    ]
)


def settings_of(arguments: Mapping[str, Any], model: str) -> Settings:
    """Return the settings among the arguments, with `model` if none was chosen.

    Raises
    ------
    ValueError
        If one of them is none of its flag's choices, or two do not go together.
    """
    chosen = {
        each.name: arguments[each.name]
        for each in fields(Settings)
        if arguments[each.name] is not None
    }
    chosen.setdefault("model", model)
    for each in fields(Settings):
        takes_several = KEY in each.metadata and each.metadata[KEY][1].get("nargs") == "+"
        if takes_several and isinstance(chosen.get(each.name), str):
            chosen[each.name] = (chosen[each.name],)  # one name, rather than its letters
    for each in fields(Settings):
        choices = each.metadata[KEY][1].get("choices") if KEY in each.metadata else None
        if choices and each.name in chosen and chosen[each.name] not in choices:
            raise ValueError(
                f"{each.name}={chosen[each.name]!r}: expected one of {', '.join(choices)}"
            )
    return Settings(**chosen)
