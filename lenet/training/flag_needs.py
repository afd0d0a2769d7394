"""Flags that have an effect only beside others."""

from collections.abc import Callable, Collection, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple

from lenet.augment.transforms import TRANSFORMS
from lenet.data.registry import NOT_MIRRORED
from lenet.training.flag_fields import flags_of
from lenet.training.options import RunOptions


class Need(NamedTuple):
    """Condition of a flag, in words and as a test of the options."""

    words: str
    is_met: Callable[[RunOptions], bool]


def has_transform(options: RunOptions) -> bool:
    """Return whether training images are transformed, by other flags than --data_augm."""
    return any(getattr(options, kind.name) is not None for kind in TRANSFORMS)


_transform = Need(
    f"a transform: {', '.join(f'--{kind.name}' for kind in TRANSFORMS)}", has_transform
)
NEEDS: Mapping[str, Need] = {
    "ncrops": Need("--data_augm", lambda options: options.data_augm),
    "mom": Need(
        "--update momentum or nesterov", lambda options: options.update in ("momentum", "nesterov")
    ),
    "rubbish_distance": Need("--loss map", lambda options: options.loss == "map"),
    "augment": _transform,
    "fill": _transform,
}


def without_effect(flags: Mapping[str, Any]) -> set[str]:
    """Return the names of flags that change nothing beside the others of a run."""
    given: Any = SimpleNamespace(**{**RunOptions().flags(), **flags})
    return {name for name, need in NEEDS.items() if not need.is_met(given)}


def refuse_without_effect(options: RunOptions, typed: Collection[str]) -> None:
    """Raise `ValueError` if a flag that was typed changes nothing.

    Parameters
    ----------
    options : RunOptions
    typed : collection of str
        Flags of the command line. Those of files may have no effect: the config.json of a run names all
        flags there are.
    """
    defaults = {name: each.default for name, each in flags_of(RunOptions).items() if name in NEEDS}
    for name, need in NEEDS.items():
        value = getattr(options, name)
        if name in typed and value != defaults[name] and not need.is_met(options):
            raise ValueError(f"--{name} {value} has no effect without {need.words}")
    if "ncrops" in typed and options.ncrops == 0 and options.dataset in NOT_MIRRORED:
        raise ValueError(
            f"--data_augm --ncrops 0 has no effect on {options.dataset}, whose images are not mirrored: "
            "choose --ncrops 1 or more"
        )
