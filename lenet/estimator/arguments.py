"""Arguments of `LenetClassifier`: the settings of a training, and some of its own."""

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, check_non_negative

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
        if KEY not in each.metadata or each.name not in chosen:
            continue
        options, value = each.metadata[KEY][1], chosen[each.name]
        if options.get("nargs") == "+" and isinstance(value, str):
            chosen[each.name] = (value,)  # one name, rather than its letters
        if options.get("choices") and value not in options["choices"]:
            raise ValueError(
                f"{each.name}={value!r}: expected one of {', '.join(options['choices'])}"
            )
    return Settings(**chosen)


def weights_of(sample_weight: Any, n_images: int) -> np.ndarray | None:
    """Return the weights of images, shape (n,), or None if all count alike.

    Raises
    ------
    ValueError
        If they are not numbers of at least 0, one for each image, of which one is positive.
    """
    if sample_weight is None:
        return None
    given = np.full(n_images, sample_weight) if np.isscalar(sample_weight) else sample_weight
    weights = check_array(given, dtype=np.float64, ensure_2d=False, input_name="sample_weight")
    if weights.shape != (n_images,):
        raise ValueError(f"sample_weight of shape {weights.shape}: expected ({n_images},)")
    check_non_negative(weights, "sample_weight")
    if not weights.any():
        raise ValueError("sample_weight: all weights are zero, expected a positive one")
    return weights
