"""Schedules of learning rate and momentum.

Each is a function of how far training has come.

A schedule is a function ``(progress, epochs, options) -> Factors``, by which the learning rate and
momentum that the user has chosen are multiplied. `progress` counts finished epochs: 3.25 is a quarter of
the fourth epoch.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

DECAY = 0.95
EPOCHS_PER_DECAY = 10


class Factors(NamedTuple):
    """Factors of learning rate and momentum."""

    learning_rate: float = 1.0
    momentum: float = 1.0


def constant(progress: float, epochs: float) -> Factors:
    """Keep learning rate and momentum constant."""
    return Factors()


def decay(progress: float, epochs: float) -> Factors:
    """Reduce learning rate and momentum by 5 % after every ten epochs."""
    factor = DECAY ** (int(progress) // EPOCHS_PER_DECAY)
    return Factors(factor, factor)


def exponential(progress: float, epochs: float, multiplier: float = -0.05) -> Factors:
    """Multiply the learning rate by ``exp(multiplier * epoch)``.

    The first epoch is 0.
    """
    return Factors(math.exp(multiplier * int(progress)))


def step(progress: float, epochs: float, gamma: float = 0.1, every: int = 30) -> Factors:
    """Multiply the learning rate by `gamma` after every so many epochs."""
    return Factors(gamma ** (int(progress) // every))


def cosine(progress: float, epochs: float, final: float = 0.0) -> Factors:
    """Anneal the learning rate to its fraction `final` along half a cosine.

    References
    ----------
    Loshchilov, I. and Hutter, F. (2017). SGDR: Stochastic gradient descent with warm restarts. ICLR.
    """
    return Factors(between(1, final, progress / epochs))


def one_cycle(
    progress: float,
    epochs: float,
    rise: float = 0.3,
    start: float = 1 / 25,
    final: float = 4e-6,
    low_momentum: float = 0.85 / 0.95,
    linear: bool = False,
) -> Factors:
    """Raise and then anneal the learning rate; momentum goes the other way.

    Parameters
    ----------
    rise : float
        Fraction of the training after which the learning rate is at its highest.
    start, final : float
        Fractions of the highest learning rate to begin and to end with.
    low_momentum : float
        Fraction of the momentum that is left where the learning rate is at its highest.
    linear : bool
        Rise, and let momentum fall, along a straight line, not half a cosine.

    References
    ----------
    Smith, L. N. and Topin, N. (2018). Super-convergence: Very fast training of neural networks using
    large learning rates. arXiv:1708.07120. The numbers are those that PyTorch has.
    """
    done = progress / epochs
    if done < rise:
        shape = along_a_line if linear else between
        return Factors(shape(start, 1, done / rise), shape(1, low_momentum, done / rise))
    fallen = (done - rise) / (1 - rise)
    return Factors(between(1, final, fallen), between(low_momentum, 1, fallen))


def between(first: float, last: float, done: float) -> float:
    """Interpolate from `first` to `last` along half a cosine; `done` is 0 to 1."""
    return last + (first - last) * (1 + math.cos(math.pi * min(done, 1))) / 2


def along_a_line(first: float, last: float, done: float) -> float:
    """Interpolate linearly from `first` to `last`; `done` is 0 to 1."""
    return first + (last - first) * done


def lenet5_1998(progress: float, epochs: float) -> Factors:
    """Step schedule of LeNet-5 in 1998.

    From 0.0005 to 0.0002, 0.0001, 0.00005 and 0.00001, or like fractions of another rate.

    References
    ----------
    LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied to document
    recognition. Proceedings of the IEEE 86(11), section III.B.
    """
    falls = ((2, 1.0), (5, 0.4), (8, 0.2), (12, 0.1))
    return Factors(next((factor for end, factor in falls if progress < end), 0.02))


SCHEDULES: dict[str, Callable[..., Factors]] = {
    function.__name__: function
    for function in (constant, decay, exponential, step, cosine, one_cycle, lenet5_1998)
}
# The others change between epochs only.
CHANGING_WITHIN_EPOCHS = ("cosine", "one_cycle")

# What the options of that name must be, whatever the schedule.
RANGES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "multiplier": ("a number of at most 0", lambda value: -math.inf < value <= 0),
    "gamma": ("a number above 0, and at most 1", lambda value: 0 < value <= 1),
    "every": ("a positive integer", lambda value: value >= 1 and value == int(value)),
    "rise": ("a number above 0 and below 1", lambda value: 0 < value < 1),
    "start": ("a number from 0 to 1", lambda value: 0 <= value <= 1),
    "final": ("a number from 0 to 1", lambda value: 0 <= value <= 1),
    "low_momentum": ("a number from 0 to 1", lambda value: 0 <= value <= 1),
    "linear": ("true or false", lambda value: isinstance(value, bool)),
}


@dataclass(frozen=True)
class Schedule:
    """Schedule with its options, which JSON can keep.

    Attributes
    ----------
    name : str
        One of `SCHEDULES`.
    epochs : int
        Of the whole training.
    warm_up : float
        Epochs before the schedule begins, in which the learning rate rises from 0 along a straight line.
        The schedule has the others.
    options : mapping of str to number or bool
        See the schedule's function, and `options_of`.

    Raises
    ------
    ValueError
        If one of these cannot be.

    Examples
    --------
    >>> Schedule("step", 60, warm_up=1, options={"every": 20}).learning_rate(0.25, 0.1)
    0.025
    """

    name: str
    epochs: int
    warm_up: float = 0.0
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in SCHEDULES:
            raise ValueError(f"schedule {self.name!r}: expected one of {', '.join(SCHEDULES)}")
        if not self.epochs >= 1:
            raise ValueError(f"{self.epochs} epochs: expected a positive number of epochs")
        if not 0 <= self.warm_up < self.epochs:
            raise ValueError(
                f"a warm-up of {self.warm_up} epochs: expected 0 or more, and fewer than the "
                f"{self.epochs} epochs of the training"
            )
        known = options_of(self.name)
        for option, value in self.options.items():
            if option not in known:
                raise ValueError(
                    f"schedule {self.name}: no option {option!r}; expected "
                    f"{', '.join(known) or 'none'}"
                )
            expected, is_valid = RANGES[option]
            if not isinstance(value, int | float) or not is_valid(value):
                raise ValueError(
                    f"schedule {self.name}: {option} is {value!r}, expected {expected}"
                )

    @property
    def per_step(self) -> bool:
        """Whether learning rate or momentum change within an epoch."""
        return self.warm_up > 0 or self.name in CHANGING_WITHIN_EPOCHS

    def learning_rate(self, progress: float, value: float = 1.0) -> float:
        """Return the scheduled learning rate for a full rate of `value`."""
        warmth = 1.0 if progress >= self.warm_up else progress / self.warm_up
        return value * (warmth * self._factors(progress).learning_rate)

    def momentum(self, progress: float, value: float = 1.0) -> float:
        """Return the scheduled momentum for a full momentum of `value`."""
        return value * self._factors(progress).momentum

    def _factors(self, progress: float) -> Factors:
        since_warm_up = max(progress - self.warm_up, 0)
        return SCHEDULES[self.name](since_warm_up, self.epochs - self.warm_up, **self.options)


def options_of(name: str) -> dict[str, float]:
    """Return the options that a schedule takes, with their defaults."""
    _, _, *options = inspect.signature(SCHEDULES[name]).parameters.values()
    return {option.name: option.default for option in options}
