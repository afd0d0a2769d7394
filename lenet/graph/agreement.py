"""Comparison of layers and gradients: C, Python, JAX and finite differences.

Everything here is float64, where an error stands out clearly from rounding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytensor
from pytensor.compile.executor import Function
from pytensor.compile.mode import Mode
from pytensor.link.vm import VMLinker
from pytensor.tensor.variable import TensorVariable

from lenet.graph.subject import Subject
from lenet.layers import described
from lenet.layers.initialisers import glorot
from lenet.models.network import network_of_layers
from lenet.terminal import progress

Batch = tuple[np.ndarray, np.ndarray]

# Relative to the largest element. Sums in another order differ by less than the first. Errors of finite
# differences come from rounding, and from each maximum or ReLU that the small step moves across its kink.
MAX_ROUNDING, MAX_QUOTIENT_ERROR = 1e-9, 1e-4
STEP = 1e-7
# Smaller slopes are lost in rounding.
NOTHING = 1e-2
PYTHON = Mode(linker=VMLinker(c_thunks=False), optimizer=None)
PYTHON_REWRITTEN = Mode(linker=VMLinker(c_thunks=False), optimizer="fast_run")


@dataclass(frozen=True)
class Result:
    """Difference of one result from the reference, relative to its largest element.

    Attributes
    ----------
    name : str
    differences : dict of str to float
        By what was compared; NaN where either value is not finite.
    """

    name: str
    differences: dict[str, float]

    def disagreeing(self) -> list[str]:
        """Return the names of the differences that exceed their tolerance."""
        return [
            what
            for what, difference in self.differences.items()
            if not difference <= (MAX_QUOTIENT_ERROR if what == "quotient" else MAX_ROUNDING)
        ]


def in_double_precision(subject: Subject, rng: np.random.Generator) -> Subject:
    """Return the network in float64, with random values in all-zero weight matrices.

    A new output layer has only zeros: no gradient would pass it, and all other gradients would be zero.
    """
    model = subject.network.model
    layers = [described(layer) for layer in model.network.describe()]
    network = network_of_layers(
        layers, model.network.input_shape, rng, l2_pen=subject.settings.l2_pen
    )
    for param, original in zip(network.model.params, subject.network.model.params, strict=True):
        value = original.get_value()
        if value.ndim == 2 and not value.any():
            n_in, n_out = value.shape
            value = glorot(rng, value.shape, n_in, n_out)
        param.set_value(value.astype(param.dtype))
    return replace(subject, network=network)


def forward_results(subject: Subject) -> dict[str, TensorVariable]:
    """Return the outputs of layers, from input to output, and the cost, by name."""
    return {
        **subject.hidden_outputs,
        "p_y_given_x": subject.network.model.p_y_given_x,
        "cost": subject.network.model.cost,
    }


def results_of(subject: Subject) -> dict[str, TensorVariable]:
    """Return the results to compare, by name: layers, cost and gradients.

    Layers run from input to output, gradients back again.
    """
    model = subject.network.model
    params = model.params[::-1]
    gradients = zip(params, pytensor.grad(model.cost, params), strict=True)
    return forward_results(subject) | {
        f"d cost/d {param.name}": gradient for param, gradient in gradients
    }


def compile_results(subject: Subject, results: dict[str, TensorVariable], mode: Mode) -> Function:
    """Compile one function of (images, labels) that computes all results."""
    inputs = [subject.network.images, subject.network.labels]
    return pytensor.function(inputs, list(results.values()), mode=mode, name="results")


def compare(
    subject: Subject, batch: Batch, modes: dict[str, Mode], rng: np.random.Generator
) -> list[Result]:
    """Compare all results with Python's, and gradients with finite differences.

    Parameters
    ----------
    subject : Subject
        From `in_double_precision`.
    batch : (images, labels)
    modes : dict of str to Mode
        The modes to compare, by name. The first of them computes the finite differences.
    rng : numpy.random.Generator
        Directions of the finite differences.
    """
    results = results_of(subject)
    functions, values = {}, {}
    for name, mode in progress({**modes, "Python": PYTHON}.items(), "results", "backend"):
        functions[name] = compile_results(subject, results, mode)
        values[name] = list(map(np.asarray, functions[name](*batch)))
    reference = dict(zip(results, values.pop("Python"), strict=True))
    quotients = directional_errors(subject, batch, next(iter(functions.values())), reference, rng)
    compared = []
    for i, name in enumerate(results):
        differences = {
            what: relative_difference(found[i], reference[name]) for what, found in values.items()
        }
        if name in quotients:
            differences["quotient"] = quotients[name]
        compared.append(Result(name, differences))
    return compared


def relative_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference relative to the largest expected value.

    NaN if a value is not finite, or if the shapes differ.
    """
    if found.shape != expected.shape or not (
        np.isfinite(found).all() and np.isfinite(expected).all()
    ):
        return np.nan
    scale = np.abs(expected).max(initial=0.0) or 1.0
    return float(np.abs(found - expected).max(initial=0.0) / scale)


def directional_errors(
    subject: Subject,
    batch: Batch,
    function: Callable[..., Sequence[np.ndarray]],
    gradients: dict[str, np.ndarray],
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return the error of each gradient's slope along a random direction.

    The slope is compared with a finite difference.
    """
    position = list(gradients).index("cost")
    errors = {}
    for param in progress(subject.network.model.params, "quotients", "parameter"):
        name = f"d cost/d {param.name}"
        value = param.get_value()
        direction = rng.standard_normal(value.shape)
        costs = []
        for sign in (1, -1):
            param.set_value(value + sign * STEP * direction)
            costs.append(float(function(*batch)[position]))
        param.set_value(value)
        quotient = (costs[0] - costs[1]) / (2 * STEP)
        slope = float((gradients[name] * direction).sum())
        errors[name] = abs(quotient - slope) / max(abs(quotient), abs(slope), NOTHING)
    return errors
