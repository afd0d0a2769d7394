"""Averages of weights along the path of training.

They often generalise better than its end. Each is a function ``average(updates, averages, hyper-parameters) -> updates``:

- `updates` are those of a training step: new values of the variables that are trained, and others;
- `averages` says for each trained variable which shared variable is to hold its average; both begin with the
  same value;
- the updates that are returned are those of the step and of the averages. What an average remembers besides is
  a new shared variable among them.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable

from lenet.layers.parameters import shared_parameter
from lenet.optim.updates import Updates, scalar

Averages: TypeAlias = Mapping[SharedVariable, SharedVariable]


def ema(updates: Updates, averages: Averages, decay: Any = 0.999) -> Updates:
    """Exponential moving average of the trained variables, with a warm-up.

    ``average += (1 - d) * (new - average)``, where ``d`` is `decay`, or ``(1 + t) / (10 + t)`` as long as that is
    less; `t` counts the steps before this one. So the average is over the last tenth of the steps, about, until these
    are as many as `decay` spans, and short trainings profit from it, too. The state is ``ema_steps``.

    Parameters
    ----------
    updates, averages
        See `lenet.optim.averaging`.
    decay : float
        From 0 to below 1; it spans about ``1 / (1 - decay)`` steps.

    References
    ----------
    Polyak, B. T. and Juditsky, A. B. (1992). Acceleration of stochastic approximation by averaging. SIAM Journal
    on Control and Optimization 30(4).
    Shamir, O. and Zhang, T. (2013). Stochastic gradient descent for non-smooth optimization. ICML. (Averages over a
    constant share of the steps.)
    """
    before = shared_parameter(0, "ema_steps")
    kept = pt.minimum(scalar(decay), (scalar(1) + before) / (scalar(10) + before))
    new = dict(updates)
    averaged = [
        (average, average + (1 - kept) * (new[trained] - average))
        for trained, average in averages.items()
    ]
    return [*updates, *averaged, (before, before + scalar(1))]


def lookahead(updates: Updates, averages: Averages, steps: Any = 5, rate: Any = 0.8) -> Updates:
    """Lookahead: k steps forward, one step back.

    After every `steps` steps, the average (the slow weights) goes the share `rate` of the way to the trained
    variables (the fast weights), ``average += rate * (new - average)``, and these go on from there. The state is
    ``lookahead_steps``, the number of steps since then.

    Parameters
    ----------
    updates, averages
        See `lenet.optim.averaging`.
    steps : int
        At least 1.
    rate : float
        Above 0, at most 1.

    References
    ----------
    Zhang, M. R., Lucas, J., Hinton, G. and Ba, J. (2019). Lookahead optimizer: k steps forward, 1 step back.
    NeurIPS.
    """
    before = shared_parameter(0, "lookahead_steps")
    made = before + scalar(1)
    is_due, rate = pt.ge(made, scalar(steps)), scalar(rate)
    result: Updates = []
    for variable, new in updates:
        if variable not in averages:
            result.append((variable, new))
            continue
        slow = averages[variable]
        looked = slow + rate * (new - slow)
        result += [
            (variable, pt.switch(is_due, looked, new)),
            (slow, pt.switch(is_due, looked, slow)),
        ]
    return [*result, (before, pt.switch(is_due, scalar(0), made))]


AVERAGES: dict[str, Callable[..., Updates]] = {
    function.__name__: function for function in (ema, lookahead)
}


def hyper_parameters(name: str) -> dict[str, float]:
    """Return the hyper-parameters of an average, with their defaults."""
    _, _, *rest = inspect.signature(AVERAGES[name]).parameters.values()
    return {parameter.name: parameter.default for parameter in rest}
