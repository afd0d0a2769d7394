"""Theano's ``theano.tensor.nnet.ctc``: connectionist temporal classification.

Theano called the library warp-ctc; here the sums over alignments are NumPy's.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_type, grad_undefined
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.rewriting.basic import register_canonicalize
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward

__all__ = ["ConnectionistTemporalClassification", "ctc", "ctc_available", "ctc_present"]

__getattr__ = forward(__name__)

BLANK = 0


def ctc_present() -> bool:
    """Return True: nothing has to be installed."""
    return True


ctc_available = ctc_present


class ConnectionistTemporalClassification(Op):
    """Costs of labels whose places in time are not known, and their gradient.

    Parameters
    ----------
    compute_grad : bool
        Whether there is a second output, the gradient of the costs with respect to the activations.
    openmp
        Makes no difference.

    Notes
    -----
    From Graves and others, "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent
    Neural Networks", ICML 2006.
    """

    __props__: ClassVar[tuple[str, ...]] = ("compute_grad",)
    default_output = 0

    def __init__(self, compute_grad: bool = True, openmp: Any = None) -> None:
        self.compute_grad = compute_grad

    def make_node(self, activations: Any, labels: Any, input_lengths: Any) -> Apply:
        """Return the node; see `ctc`."""
        given = {
            "activations": (activations, 3),
            "labels": (labels, 2),
            "input_lengths": (input_lengths, 1),
        }
        inputs = [pt.as_tensor_variable(value) for value, _ in given.values()]
        for (name, (_, axes)), tensor in zip(given.items(), inputs, strict=True):
            kinds = ["float32", "float64"] if name == "activations" else ["int32", "int64"]
            if tensor.type.dtype not in kinds:
                raise TypeError(
                    f"{name} is of type {tensor.type.dtype}, expected {' or '.join(kinds)}"
                )
            if tensor.type.ndim != axes:
                raise ValueError(f"{name} has {tensor.type.ndim} axes, expected {axes}")
        dtype = inputs[0].type.dtype
        outputs = [pt.vector("ctc_cost", dtype=dtype)]
        if self.compute_grad:
            outputs.append(pt.tensor3("ctc_grad", dtype=dtype))
        return Apply(self, inputs, outputs)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        """Compute the costs, and their gradient."""
        activations, labels, lengths = inputs
        steps, batch, classes = activations.shape
        if not len(labels) == len(lengths) == batch:
            raise ValueError(
                f"ctc: activations of {batch} sequences, labels of {len(labels)}, {len(lengths)} input_lengths, "
                "expected as many of each"
            )
        if batch and not 0 <= lengths.min() <= lengths.max() <= steps:
            raise ValueError(f"ctc: input_lengths {lengths.tolist()}, expected 0 to {steps}")
        if labels.size and labels.max() >= classes:
            raise ValueError(f"ctc: label {labels.max()}, expected less than {classes}")
        costs = np.zeros(batch, activations.dtype)
        gradient = np.zeros_like(activations)
        from scipy.special import log_softmax  # which takes as long to import as NumPy

        logs = log_softmax(activations.astype("float64"), axis=2)
        for number, (row, length) in enumerate(zip(labels, lengths, strict=True)):
            costs[number], gradient[:length, number] = cost_and_slope(
                logs[:length, number], row[row >= 0]
            )
        for storage, value in zip(output_storage, (costs, gradient), strict=False):
            storage[0] = value

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        """Return the shapes of the outputs."""
        shape = arguments[-1][0]
        return [(shape[1],), shape][: 1 + self.compute_grad]

    def pullback(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        cotangents: Sequence[Variable],
    ) -> list[Variable]:
        """Return the gradients: those of the activations."""
        if not self.compute_grad:
            undefined = grad_undefined(self, 0, inputs[0], "compute_grad is False")
            return [undefined, *(disconnected_type() for _ in inputs[1:])]
        slopes = outputs[1] * cotangents[0].dimshuffle("x", 0, "x")
        return [slopes, *(disconnected_type() for _ in inputs[1:])]

    def connection_pattern(self, node: Apply) -> list[list[bool]]:
        """Return which outputs are differentiated with respect to which inputs."""
        # The second output is a gradient already, and is not differentiated again.
        return [[True, False][: len(node.outputs)], *[[False] * len(node.outputs)] * 2]


@register_canonicalize("fast_compile", name="theano_compat_ctc_without_gradient")
@node_rewriter([ConnectionistTemporalClassification])
def without_unused_gradient(fgraph: FunctionGraph, node: Apply) -> dict | None:
    """Leave out the gradient that nobody asks for."""
    if len(node.outputs) == 1 or fgraph.clients[node.outputs[1]]:
        return None
    costs = ConnectionistTemporalClassification(compute_grad=False)(*node.inputs)
    return {node.outputs[0]: costs}


def cost_and_slope(logs: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the cost of one sequence of labels, and its gradient before the softmax.

    Parameters
    ----------
    logs : np.ndarray, shape (steps, classes)
        Logarithms of probabilities.
    labels : np.ndarray of int

    Returns
    -------
    float
        The negative logarithm of the probability of all alignments; infinite if there are too few steps for any, and
        then the gradient is zero.
    np.ndarray, shape (steps, classes)
    """
    steps = len(logs)
    if not steps:
        return (np.inf if len(labels) else 0.0), np.zeros_like(logs)
    # Between labels, and before and after them, there may be blanks; between equal labels there must be.
    places = np.full(2 * len(labels) + 1, BLANK)
    places[1::2] = labels
    may_skip = np.zeros(len(places), bool)
    may_skip[2:] = (places[2:] != BLANK) & (places[2:] != places[:-2])
    at_places = logs[:, places]
    with np.errstate(divide="ignore", invalid="ignore"):
        before = prefix_sums(at_places, may_skip)
        # Backwards, a place may be skipped to that may be skipped from.
        skipped_from = np.zeros_like(may_skip)
        skipped_from[2:] = may_skip[2:][::-1]
        after = prefix_sums(at_places[::-1, ::-1], skipped_from)[::-1, ::-1]
        total = np.logaddexp.reduce(before[-1, -2:])
        if total == -np.inf:
            return np.inf, np.zeros_like(logs)
        shares = np.exp(before + after - at_places - total)
    shares[at_places == -np.inf] = 0
    slope = np.exp(logs)
    np.subtract.at(slope.T, places, shares.T)
    return -total, slope


def prefix_sums(at_places: np.ndarray, may_skip: np.ndarray) -> np.ndarray:
    """Return the log-probabilities of all ways to each place at each step."""
    sums = np.full_like(at_places, -np.inf)
    sums[0, :2] = at_places[0, :2]
    for step in range(1, len(sums)):
        last, ways = sums[step - 1], sums[step]
        ways[:] = last
        ways[1:] = np.logaddexp(ways[1:], last[:-1])
        ways[2:] = np.logaddexp(ways[2:], np.where(may_skip[2:], last[:-2], -np.inf))
        ways += at_places[step]
    return sums


def ctc(activations: Any, labels: Any, input_lengths: Any) -> TensorVariable:
    """Connectionist temporal classification: the cost of each sequence of labels.

    Parameters
    ----------
    activations : tensor_like of float, shape (steps, batch, classes)
        Before the softmax; class 0 is the blank.
    labels : tensor_like of int, shape (batch, labels)
        Negative ones are left out.
    input_lengths : tensor_like of int, shape (batch,)
        The number of steps of each sequence.

    Returns
    -------
    TensorVariable, shape (batch,)
        Negative logarithms of probabilities; infinite where there are too few steps for the labels.

    Raises
    ------
    TypeError, ValueError
        For other types or numbers of axes; when the graph runs, for lengths or labels out of range.
    """
    return ConnectionistTemporalClassification()(activations, labels, input_lengths)
