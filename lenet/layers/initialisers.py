"""Initial weights: functions ``(rng, shape, fan_in, fan_out) -> ndarray``.

`fan_in` and `fan_out` are the numbers of inputs that a unit has and of units that an input feeds.
"""

from collections.abc import Callable, Sequence
from math import inf, prod, sqrt

import numpy as np

Rng = np.random.Generator | np.random.RandomState
Initialiser = Callable[[Rng, Sequence[int], float, float], np.ndarray]


class Unfilled(np.random.Generator):
    """Random generator that returns zeros, for weights that a file has.

    Parameters
    ----------
    most : int
        How many values the file has.
    """

    def __init__(self, most: int) -> None:
        super().__init__(np.random.PCG64(0))
        self.left = most

    def zeros(self, size: Sequence[int]) -> np.ndarray:
        """Return zeros.

        Raises
        ------
        ValueError
            If there are then more than the file has.
        """
        self.left -= prod(size)
        if self.left < 0:
            raise ValueError(f"weights of shape {tuple(size)} are more than the file has")
        return np.zeros(tuple(size))

    def uniform(self, low=0.0, high=1.0, size=None):  # type: ignore[no-untyped-def]
        """Return zeros in place of draws."""
        return self.zeros(size)

    def normal(self, loc=0.0, scale=1.0, size=None):  # type: ignore[no-untyped-def]
        """Return zeros in place of draws."""
        return self.zeros(size)


def glorot(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
    """Draw uniformly from +-sqrt(6 / (fan_in + fan_out)).

    References
    ----------
    Glorot, X. and Bengio, Y. (2010). Understanding the difficulty of training deep feedforward neural
    networks. AISTATS.
    """
    return _uniform(rng, shape, sqrt(6 / (fan_in + fan_out)))


def glorot_normal(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
    """Draw from the normal distribution with variance 2 / (fan_in + fan_out).

    That is the variance of `glorot`.
    """
    return _normal(rng, shape, sqrt(2 / (fan_in + fan_out)))


def glorot_sigmoid(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
    """Draw uniformly from +-4 sqrt(6 / (fan_in + fan_out)), for the logistic function.

    It is a quarter as steep as tanh, for which `glorot` is.

    References
    ----------
    Glorot, X. and Bengio, Y. (2010), as in the deep learning tutorials for Theano.
    """
    return _uniform(rng, shape, 4 * sqrt(6 / (fan_in + fan_out)))


def he(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
    """Draw from the normal distribution with variance 2 / fan_in, for rectifiers.

    References
    ----------
    He, K., Zhang, X., Ren, S. and Sun, J. (2015). Delving deep into rectifiers: Surpassing human-level
    performance on ImageNet classification. ICCV.
    """
    return _normal(rng, shape, sqrt(2 / fan_in))


def he_uniform(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
    """Draw uniformly from +-sqrt(6 / fan_in), with the variance of `he`."""
    return _uniform(rng, shape, sqrt(6 / fan_in))


def lecun(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
    """Draw from the normal distribution with standard deviation 1 / sqrt(fan_in).

    References
    ----------
    LeCun, Y., Bottou, L., Orr, G. B. and Müller, K.-R. (1998). Efficient BackProp. Neural Networks:
    Tricks of the Trade.
    """
    return _normal(rng, shape, 1 / sqrt(fan_in))


def lecun_uniform(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
    """Draw uniformly from +-2.4 / fan_in, as LeNet-5 of 1998.

    References
    ----------
    LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied to document
    recognition, appendix A. Proceedings of the IEEE 86.
    """
    return _uniform(rng, shape, 2.4 / fan_in)


def zeros(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
    """Return zeros; `rng` is left as it was."""
    return constant(rng, shape, 0)


def constant(rng: Rng, shape: Sequence[int], value: float) -> np.ndarray:
    """Return an array of one value; `rng` is left as it was."""
    return rng.zeros(shape) if isinstance(rng, Unfilled) else np.full(tuple(shape), float(value))


def normal(sd: float) -> Initialiser:
    """Return the initialiser of the normal distribution with standard deviation `sd`."""

    def draw(rng: Rng, shape: Sequence[int], fan_in: float, fan_out: float) -> np.ndarray:
        return _normal(rng, shape, sd)

    return draw


INITIALISERS: dict[str, Initialiser] = {
    function.__name__: function
    for function in (
        *(glorot, glorot_normal, glorot_sigmoid, he, he_uniform, lecun, lecun_uniform),
        zeros,
    )
}


def initialiser(text: str) -> Initialiser:
    """Return an initialiser by name: one of `INITIALISERS`, or ``normal:SD``.

    Raises
    ------
    ValueError
        If there is none, or SD is not a positive number.
    """
    name, _, number = str(text).partition(":")
    if name in INITIALISERS and not number:
        return INITIALISERS[name]
    try:
        sd = float(number)
    except ValueError:
        sd = 0.0
    if name == "normal" and 0 < sd < inf:
        return normal(sd)
    raise ValueError(
        f"initialiser {text!r}: expected one of {', '.join(INITIALISERS)}, or normal:SD with a positive "
        "standard deviation, such as normal:0.05"
    )


def _uniform(rng: Rng, shape: Sequence[int], bound: float) -> np.ndarray:
    return rng.uniform(-bound, bound, size=tuple(shape))


def _normal(rng: Rng, shape: Sequence[int], sd: float) -> np.ndarray:
    return rng.normal(0, sd, size=tuple(shape))
