"""Gradients of loops whose steps draw random numbers, as for recurrent dropout.

PyTensor's `Scan.pullback` runs a loop backwards, over sequences of the forward loop's states. It calls the gradient
undefined wherever it needs a number that was drawn: the generator's states are not kept. So the numbers
themselves are kept here, as further outputs of the same loop.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import wraps

from pytensor.gradient import disconnected_type
from pytensor.graph.basic import Variable
from pytensor.graph.null_type import NullType
from pytensor.graph.traversal import io_toposort
from pytensor.scan.op import Scan
from pytensor.tensor.type import TensorType

from lenet.nnet.kept_gradients import keep, kept

_original = Scan.pullback


def drawn_numbers(scan: Scan) -> list[Variable]:
    """Return the tensors that a step draws.

    They follow directly from what is not a tensor, and changes with the steps.
    """
    states = set(scan.inner_untraced_sit_sot(scan.inner_inputs))
    drawn = []
    for node in io_toposort(scan.inner_inputs, scan.inner_outputs):
        if states.intersection(node.inputs):
            for output in node.outputs:
                if isinstance(output.type, TensorType):
                    drawn.append(output)
                else:
                    states.add(output)
    return drawn


def with_outputs(scan: Scan, inputs: Sequence[Variable], added: list[Variable]) -> list[Variable]:
    """Return the outputs of the same loop, with further ones before untraced states.

    Parameters
    ----------
    scan : Scan
    inputs : sequence of Variable
        Those of the loop.
    added : list of Variable
        Of the graph of a step.
    """
    at = scan.info.n_inner_outputs - scan.info.n_untraced_sit_sot - scan.info.as_while
    outputs = [*scan.inner_outputs[:at], *added, *scan.inner_outputs[at:]]
    info = replace(scan.info, n_nit_sot=scan.info.n_nit_sot + len(added))
    wider = Scan(
        scan.inner_inputs,
        outputs,
        info,
        mode=scan.mode,
        truncate_gradient=scan.truncate_gradient,
        name=scan.name,
        strict=scan.strict,
        profile=scan.profile,
    )
    others = len(inputs) - scan.info.n_non_seqs
    return wider(*inputs[:others], *[inputs[0]] * len(added), *inputs[others:], return_list=True)


@wraps(_original)
def pullback(
    scan: Scan,
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    cotangents: Sequence[Variable],
) -> list[Variable]:
    node = outputs[0].owner
    known = kept(node, cotangents)
    if known is None:
        known = of_inputs(scan, inputs, outputs, cotangents)
        keep(node, cotangents, known)
    return known


def of_inputs(
    scan: Scan,
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    cotangents: Sequence[Variable],
) -> list[Variable]:
    """Return the gradients of a loop's inputs, given those of its outputs."""
    gradients = _original(scan, inputs, outputs, cotangents)
    if not any(isinstance(gradient.type, NullType) for gradient in gradients):
        return gradients
    drawn = drawn_numbers(scan)
    if not drawn:
        return gradients
    all_outputs = with_outputs(scan, inputs, drawn)
    at = len(outputs) - scan.info.n_untraced_sit_sot
    unused = [disconnected_type() for _ in drawn]
    others = len(inputs) - scan.info.n_non_seqs
    gradients = _original(
        all_outputs[0].owner.op,
        all_outputs[0].owner.inputs,
        all_outputs,
        [*cotangents[:at], *unused, *cotangents[at:]],
    )
    return [*gradients[:others], *gradients[others + len(drawn) :]]


def keep_drawn_numbers() -> None:
    """Let PyTensor differentiate loops that draw; doing it again changes nothing."""
    Scan.pullback = pullback
