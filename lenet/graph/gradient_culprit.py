"""Search for the first Op whose gradient disagrees with finite differences."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import pytensor
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.traversal import toposort
from pytensor.tensor.type import float_dtypes

from lenet.graph.agreement import MAX_QUOTIENT_ERROR, NOTHING, PYTHON, STEP, Batch, forward_results
from lenet.graph.culprit import Culprit, first_that_needs, run_in_python, values_of
from lenet.graph.subject import Subject
from lenet.terminal import progress


def first_wrong_gradient(
    subject: Subject, batch: Batch, rng: np.random.Generator
) -> Culprit | None:
    """Return the first Op between images and cost with an incorrect gradient.

    Parameters
    ----------
    subject : Subject
        From `lenet.graph.agreement.in_double_precision`.
    batch : (images, labels)
    rng : numpy.random.Generator
        Directions in which parameters and results move.

    Notes
    -----
    The parameters take a small step in either direction. The changes of an Op's inputs and outputs give its
    slope in this direction.
    """
    results = forward_results(subject)
    points = points_around(subject, batch, rng)
    nodes = list(toposort(results.values()))
    for number, node in enumerate(progress(nodes, "gradients of Ops", "Op"), start=1):
        inputs = [values_of(node.inputs, point) for point in points]
        for point, read in zip(points, inputs, strict=True):
            point |= dict(zip(node.outputs, run_in_python(node, deepcopy(read)), strict=True))
        outputs = [values_of(node.outputs, point) for point in points]
        if comparison := compare_slopes(node, inputs, outputs, rng):
            result = first_that_needs(node, list(results.values()), list(results))
            return Culprit(node, number, len(nodes), result, inputs[1], comparison)
    return None


def points_around(
    subject: Subject, batch: Batch, rng: np.random.Generator
) -> list[dict[Variable, Any]]:
    """Return inputs and parameters a small step before, at and after their values."""
    network = subject.network
    inputs = dict(zip([network.images, network.labels], batch, strict=True))
    points: list[dict[Variable, Any]] = [dict(inputs) for _ in range(3)]
    for param in network.model.params:
        value = param.get_value()
        step = STEP * rng.standard_normal(value.shape)
        for point, sign in zip(points, (-1, 0, 1), strict=True):
            point[param] = value + sign * step
    return points


def compare_slopes(
    node: Apply,
    inputs: Sequence[Sequence[Any]],
    outputs: Sequence[Sequence[Any]],
    rng: np.random.Generator,
) -> str:
    """Describe how an Op's gradient differs from its slope; empty text if it agrees.

    Parameters
    ----------
    node : Apply
    inputs, outputs : sequence of sequence of array
        Before, at and after the point in question.
    rng : numpy.random.Generator
        Random weights of the sum of outputs whose gradient is taken.
    """
    moved = slopes_of(node.inputs, inputs)
    answers = slopes_of(node.outputs, outputs)
    if not any(slope.any() for slope in moved.values()) or not answers:
        return ""
    weights = {i: rng.standard_normal(slope.shape) for i, slope in answers.items()}
    gradients = pull_back(node, inputs[1], weights, list(moved))
    slope = sum(float((gradients[i] * moved[i]).sum()) for i in moved)
    quotient = sum(float((weights[i] * answers[i]).sum()) for i in answers)
    # With random weights, this is the expected size of the sum, which itself may be zero by chance.
    size = np.sqrt(sum(float(np.square(answer).sum()) for answer in answers.values()))
    if abs(slope - quotient) <= MAX_QUOTIENT_ERROR * max(size, NOTHING):
        return ""
    return (
        f"along a random direction its gradient is {slope:.6g}, a quotient of differences "
        f"{quotient:.6g}"
    )


def slopes_of(
    variables: Sequence[Variable], values: Sequence[Sequence[Any]]
) -> dict[int, np.ndarray]:
    """Return finite differences of the floating-point variables, by index."""
    before, _, after = values
    return {
        i: (np.asarray(after[i]) - before[i]) / (2 * STEP)
        for i, variable in enumerate(variables)
        if not isinstance(variable, Constant) and variable.type.dtype in float_dtypes
    }


def pull_back(
    node: Apply, inputs: Sequence[Any], weights: dict[int, np.ndarray], wanted: Sequence[int]
) -> dict[int, np.ndarray]:
    """Return the gradients of a weighted sum of a node's outputs, for some inputs."""
    own = [v if isinstance(v, Constant) else v.type() for v in node.inputs]
    outputs = node.clone_with_new_inputs(own).outputs
    cotangents = {outputs[i]: outputs[i].type() for i in weights}
    gradients = pytensor.grad(
        None, [own[i] for i in wanted], known_grads=cotangents, disconnected_inputs="ignore"
    )
    given = {v: value for v, value in zip(own, inputs, strict=True) if not isinstance(v, Constant)}
    function = pytensor.function(
        [*given, *cotangents.values()], gradients, mode=PYTHON, on_unused_input="ignore"
    )
    return dict(zip(wanted, function(*given.values(), *weights.values()), strict=True))
