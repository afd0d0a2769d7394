"""Settings of refinements: clipped gradients, averaged weights, mixed images."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lenet.training.choices import AVERAGES, MIXED_LOSSES
from lenet.training.flag_fields import flag, number, option, positive

REFINEMENT = "refinements"
MAX_ALPHA = 1000.0
alpha = number(float, "a number above 0, at most 1000", lambda value: 0 < value <= MAX_ALPHA)

# What the options of that name must be.
RANGES: dict[str, tuple[str, Callable[[float], bool]]] = {
    "decay": ("a number from 0 to below 1", lambda value: 0 <= value < 1),
    "steps": ("a positive integer", lambda value: 1 <= value < math.inf and value == int(value)),
    "rate": ("a number above 0, at most 1", lambda value: 0 < value <= 1),
}


@dataclass(frozen=True)
class RefinementOptions:
    """Refinements of a training, which go with any network and update rule.

    Attributes are flags of `lenet-train`, each explained beside it.
    """

    clip_norm: float | None = flag(
        None,
        "scale the gradients of a step, all by the same factor, where their norm over all parameters is above this "
        "(default: off)",
        REFINEMENT,
        type=positive,
        metavar="NORM",
    )
    average: str = flag(
        "",
        "validate, test and save an average of the weights, while training goes on with its own: ema, an exponential "
        "moving average; or lookahead, slow weights to which training comes back every few steps (default: none)",
        REFINEMENT,
        choices=tuple(AVERAGES),
    )
    average_options: Mapping[str, float] = flag(
        {},
        "numbers of --average: decay of ema (default 0.999, reached by a warm-up), steps and rate of lookahead "
        "(default 5 and 0.8)",
        REFINEMENT,
        type=option,
        nargs="+",
        metavar="NAME=VALUE",
        collect=dict,
    )
    mixup: float | None = flag(
        None,
        "train on mixtures of two images of a batch and of their labels, of which one has a share drawn from "
        "Beta(ALPHA, ALPHA); with --loss cross_entropy, mse or map. The training error counts which of the two is the "
        "larger part (alone: 0.2; default: off)",
        REFINEMENT,
        nargs="?",
        type=alpha,
        const=0.2,
        metavar="ALPHA",
    )

    def check_refinements(self, loss: str) -> None:
        """Refuse refinements that cannot be, or that do not go with a loss.

        Raises
        ------
        ValueError
        """
        for name, value in self.average_options.items():
            if not self.average:
                raise ValueError(f"--average_options {name}: goes with --average ema or lookahead")
            known = AVERAGES[self.average]
            if name not in known:
                raise ValueError(
                    f"--average {self.average}: no option {name!r}; expected {', '.join(known)}"
                )
            expected, is_valid = RANGES[name]
            if isinstance(value, bool) or not is_valid(value):
                raise ValueError(
                    f"--average {self.average}: {name} is {value!r}, expected {expected}"
                )
        if self.mixup is not None and not (
            isinstance(self.mixup, int | float) and 0 < self.mixup < math.inf
        ):
            raise ValueError(f"--mixup {self.mixup!r}: expected a positive number")
        if self.mixup is not None and loss not in MIXED_LOSSES:
            raise ValueError(
                f"--mixup does not go with --loss {loss}, which has no cost of mixed labels; choose "
                f"{', '.join(MIXED_LOSSES[:-1])} or {MIXED_LOSSES[-1]}"
            )
