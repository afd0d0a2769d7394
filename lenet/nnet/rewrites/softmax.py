"""Rewrites of softmax and of the log-likelihood of labels to one Op each.

Users write ``log_softmax(x)[arange(n), y]``, or ``log(softmax(x))[arange(n), y]`` as in Theano's
tutorial, or ``log(softmax(x)[arange(n), y])``, and let `pytensor.grad` add the gradient. All of that
can be recognised only before PyTensor's canonicalisation. The tutorial's forms give minus infinity
where a probability underflows; the replacement does not.

As in Theano, the replacement demands exactly one label for each row.
"""

from collections.abc import Iterator

import numpy as np
import pytensor.tensor as pt
from pytensor import config
from pytensor.compile.mode import optdb
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import copy_stack_trace, dfs_rewriter, node_rewriter
from pytensor.graph.traversal import variable_depends_on
from pytensor.tensor.basic import ARange
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.math import Sum
from pytensor.tensor.rewriting.special import local_logsoftmax
from pytensor.tensor.shape import Shape
from pytensor.tensor.special import LogSoftmax, Softmax
from pytensor.tensor.subtensor import AdvancedIncSubtensor, AdvancedSubtensor, Subtensor
from pytensor.tensor.type import integer_dtypes

from lenet.nnet.ops.softmax import LogLikelihood, LogLikelihoodGrad, RowLogSoftmax, RowSoftmax
from lenet.nnet.rewrites.matching import (
    FOR_NUMBA,
    NUMBA_TAGS,
    TAGS,
    constant_value,
    operands,
    other_operand,
    register_kernels,
)

NAME = "lenet_softmax"


def logits_of(variable: Variable) -> Variable | None:
    """Return `x` if the variable is its softmax or log-softmax."""
    match [*operands(variable, RowSoftmax), *operands(variable, RowLogSoftmax)]:
        case [x]:
            return x
    return None


def enumerates_rows(rows: Variable, labels: Variable, logits: Variable) -> bool:
    """Return whether `rows` is 0, 1, 2, ... for all labels or rows of the logits."""

    def has_rows(array: Variable) -> bool:
        return array in (labels, logits) or logits_of(array) is logits

    lengths = {array.type.shape[0] for array in (labels, logits)} - {None}
    if isinstance(rows, Constant):
        return len(rows.data) in lengths and np.array_equal(rows.data, np.arange(len(rows.data)))
    match operands(rows, ARange):
        case [start, stop, step] if constant_value(start) == 0 and constant_value(step) == 1:
            match operands(stop, Subtensor):
                case [shape, index] if constant_value(index) == 0:
                    return any(map(has_rows, operands(shape, Shape)))
            return constant_value(stop) in lengths
    return False


def picks_labels(rows: Variable, labels: Variable, logits: Variable) -> bool:
    """Return whether ``[rows, labels]`` selects one class from each row of a matrix."""
    if not rows.type.ndim == labels.type.ndim == 1 or logits.type.ndim != 2:
        return False
    # Indexing would repeat a single label for all rows, or a single row for all labels.
    (one_row,), (one_label,) = rows.type.broadcastable, labels.type.broadcastable
    repeats = (one_label and not logits.type.broadcastable[0]) or (one_row and not one_label)
    return (
        labels.type.dtype in integer_dtypes
        and not repeats
        and enumerates_rows(rows, labels, logits)
    )


@node_rewriter([Softmax, LogSoftmax])
def row_softmax(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace softmax and log-softmax over the last axis by our Ops.

    They are `RowSoftmax` and `RowLogSoftmax`.
    """
    (logits,), (old,) = node.inputs, node.outputs
    last = logits.type.ndim - 1
    is_last = node.op.axis == (last,) or (node.op.axis is None and last == 0)
    if not is_last or not logits.type.dtype == old.type.dtype in ("float32", "float64"):
        return None
    new = (RowSoftmax if isinstance(node.op, Softmax) else RowLogSoftmax)()(logits)
    copy_stack_trace(old, new)
    return [new]


@node_rewriter([AdvancedSubtensor])
def log_likelihood(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace ``log_softmax(x)[arange(n), y]`` by `LogLikelihood`."""
    match node.inputs:
        case [log_probabilities, rows, labels]:
            for logits in operands(log_probabilities, RowLogSoftmax):
                if picks_labels(rows, labels, logits):
                    new, _ = LogLikelihood()(logits, labels)
                    copy_stack_trace(node.outputs, new)
                    return [new]
    return None


def weighted_softmax(node: Apply) -> tuple[Variable, Variable] | None:
    """Return `d` and `p` if a node is ``d - sum(d, axis=1, keepdims=True) * p``.

    `p` is a softmax. This is the last step of the gradients of softmax, with ``d = g * p``, and of
    log-softmax, with ``d = g``.
    """
    d, product = node.inputs
    for p in operands(product, pt.mul):
        sums = other_operand(product, pt.mul, p)
        if sums is None or not operands(p, RowSoftmax) or not isinstance(sums.owner.op, DimShuffle):
            continue
        (total,) = sums.owner.inputs
        if (
            sums.owner.op.new_order == (0, "x")
            and operands(total, Sum) == [d]
            and total.owner.op.axis == (1,)
        ):
            return d, p
    return None


def picked_gradient(
    gradient: Variable, p: Variable, times_p: bool
) -> tuple[Variable, Variable] | None:
    """Return gradient and labels of selected likelihoods, if a gradient has no others.

    See `gradient_terms`.
    """
    match operands(gradient, AdvancedIncSubtensor):
        case [zeros, picked, rows, labels] if (
            not gradient.owner.op.set_instead_of_inc
            and constant_value(zeros) == 0
            and picks_labels(rows, labels, p.owner.inputs[0])
        ):
            if times_p:
                divided = operands(picked, pt.true_div)
                if not divided or operands(divided[1], AdvancedSubtensor) != [p, rows, labels]:
                    return None
                picked = divided[0]
            # Indexing would repeat a single number for all labels.
            if picked.type.broadcastable in ((False,), labels.type.broadcastable):
                return picked, labels
    return None


def gradient_terms(
    gradient: Variable, p: Variable, times_p: bool = False
) -> Iterator[tuple[Variable, Variable | None]]:
    """Split a gradient with respect to ``log(p)`` into likelihood terms and the rest.

    Parameters
    ----------
    gradient : Variable
        A sum, in any order.
    p : Variable
        The softmax.
    times_p : bool
        Whether `gradient` is with respect to `p` itself and is to be multiplied by it.

    Yields
    ------
    (gradient, labels)
        With respect to the likelihoods of these labels, shape (rows,); or, with None in place of the
        labels, with respect to ``log(p)``, shape (rows, classes).
    """
    if terms := operands(gradient, pt.add):
        for term in terms:
            yield from gradient_terms(term, p, times_p)
        return
    # The derivatives of the logarithm and of softmax cancel.
    undone = operands(gradient, pt.true_div) if times_p else [other_operand(gradient, pt.mul, p), p]
    match undone:
        case [Variable() as inner, divisor] if divisor is p:
            yield from gradient_terms(inner, p, not times_p)
            return
    if found := picked_gradient(gradient, p, times_p):
        yield found
    else:
        yield (gradient * p if times_p else gradient), None


def without_fill(gradient: Variable) -> Variable:
    """Return the scalar that fills a vector, or else the vector itself."""
    match operands(gradient, pt.second):
        case [_, value]:
            for scalar in operands(value, DimShuffle):
                return scalar if scalar.type.ndim == 0 else gradient
    return gradient


@node_rewriter([pt.sub])
def log_likelihood_gradient(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the gradient of the log-likelihood by `LogLikelihoodGrad`.

    It is the gradient with respect to `x` of ``log(softmax(x))[arange(n), y]``.
    """
    (old,) = node.outputs
    found = weighted_softmax(node)
    if found is None:
        return None
    d, p = found
    if p.type.dtype != old.type.dtype:
        return None
    terms = list(gradient_terms(d, p))
    if all(labels is None for _, labels in terms):
        return None
    summands = [
        LogLikelihoodGrad()(without_fill(gradient).astype(p.type.dtype), p, labels)
        if labels is not None
        else gradient - gradient.sum(axis=1, keepdims=True) * p
        for gradient, labels in terms
    ]
    new = pt.add(*summands) if len(summands) > 1 else summands[0]
    copy_stack_trace(old, new)
    return [new]


@node_rewriter([RowSoftmax])
def shared_softmax(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace the softmax of logits by the probabilities of their `LogLikelihood`."""
    (logits,), (old,) = node.inputs, node.outputs
    for client, _ in fgraph.clients[logits]:
        if isinstance(client.op, LogLikelihood) and client.inputs[0] is logits:
            _, labels = client.inputs
            # Labels that are computed from the probabilities can only follow them.
            if not variable_depends_on(labels, old):
                return [client.outputs[1]]
    return None


def register_softmax_rewrites() -> None:
    """Register the rewrites of this module.

    All of them together are ``lenet_softmax``; each also has a name of its own.
    """
    rewriters = {
        # PyTensor's own rewrite, which otherwise runs only when its Softmax is already replaced.
        "lenet_log_of_softmax": local_logsoftmax,
        "lenet_row_softmax": row_softmax,
        "lenet_log_likelihood": log_likelihood,
        "lenet_log_likelihood_gradient": log_likelihood_gradient,
        "lenet_shared_softmax": shared_softmax,
    }
    in_turn = {name: dfs_rewriter(rewriter) for name, rewriter in rewriters.items()}
    # After equal nodes have been merged, before shapes are inferred.
    if register_kernels(NAME, in_turn, position=0.02):
        # PyTensor recognises only later a softmax that is written as exp(x) / sum(exp(x)).
        for suffix, tags in (("", TAGS), (FOR_NUMBA, NUMBA_TAGS)):
            if suffix == "" or config.cxx:
                optdb["specialize"].register(
                    "lenet_late_softmax" + suffix, row_softmax, *tags, NAME, "lenet_row_softmax"
                )
