"""Attribution of compiled nodes to the layers and phases of a training step.

Rewrites fuse, split and rename nodes, so that names say little. The inputs and the consumers of a node say
more: the forward pass of a layer is what its parameters go into, its gradients are what goes into the new
values of its parameters.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.traversal import ancestors

INPUT, LOSS, UPDATES = "input", "loss", "updates"
PHASES = FORWARD, GRADIENT, UPDATE = "forward", "gradient", "update"


class Part(NamedTuple):
    """Layer (or `INPUT`, `LOSS`, `UPDATES`) and phase (one of `PHASES`) of a node."""

    layer: str
    phase: str


def attribute(fgraph: FunctionGraph, layers: Sequence[str]) -> dict[Apply, Part]:
    """Assign each node to a part of a training step, or of its forward pass.

    Parameters
    ----------
    fgraph : FunctionGraph
        Of a compiled function whose inputs are named as those of `lenet.training.build.build_network`.
    layers : sequence of str
        Names of the layers, from input to output, with which the names of their parameters begin.

    Notes
    -----
    A node that reads parameters of a layer (and nothing else through that input) belongs to this layer.
    Others belong, in the forward pass, to the last layer whose parameters they depend on; among the
    gradients, to the last layer whose new parameters depend on them. What reads the labels, or adds the
    penalties of layers, is the loss. A node that serves several layers alike is counted with the
    input, the loss or the updates.
    """
    layer_of = {f"{layer}_{kind}": layer for layer in layers for kind in "Wb"}
    rank = {layer: i for i, layer in enumerate(layers)}.__getitem__
    nodes = fgraph.toposort()
    reads = names_read(fgraph, nodes)
    reaches = parameters_reached(fgraph, nodes)
    results = [v for i, v in enumerate(fgraph.outputs) if i not in fgraph.update_mapping]
    forward = {variable.owner for variable in ancestors(results)}

    def layers_of(names: Iterable[str]) -> set[str]:
        return {layer_of[name] for name in names if name in layer_of}

    def part(node: Apply) -> Part:
        read = set().union(*(reads[v] for v in node.inputs))
        own = [layers_of(reads[v]) for v in node.inputs if reads[v] and reads[v] <= layer_of.keys()]
        touched = {layer for found in own if len(found) == 1 for layer in found}
        if node in forward:
            of_parameters = layers_of(read)
            if "labels" in read or ("images" not in read and len(of_parameters) > 1):
                return Part(LOSS, FORWARD)
            return Part(max(touched or of_parameters, key=rank, default=INPUT), FORWARD)
        reached = layers_of(set().union(*(reaches[v] for v in node.outputs)))
        if read - layer_of.keys() - {"images", "labels"}:  # a learning rate, or the previous step
            return Part(reached.pop() if len(reached) == 1 else UPDATES, UPDATE)
        if any(v.name == "labels" for v in node.inputs):
            return Part(LOSS, GRADIENT)
        return Part(max(touched or reached, key=rank, default=LOSS), GRADIENT)

    return {node: part(node) for node in nodes}


def names_read(fgraph: FunctionGraph, nodes: Iterable[Apply]) -> dict[Variable, frozenset[str]]:
    """Return, for each variable, the names of the inputs that it depends on."""
    names: dict[Variable, frozenset[str]] = {v: frozenset([str(v.name)]) for v in fgraph.inputs}
    for node in nodes:
        for variable in node.inputs:
            if isinstance(variable, Constant):
                names[variable] = frozenset()
        read = frozenset().union(*(names[v] for v in node.inputs))
        names.update(dict.fromkeys(node.outputs, read))
    return names


def parameters_reached(
    fgraph: FunctionGraph, nodes: Sequence[Apply]
) -> dict[Variable, frozenset[str]]:
    """Return, for each variable, the names of the inputs whose updates depend on it."""
    names: dict[Variable, frozenset[str]] = {}
    for output, updated in fgraph.update_mapping.items():
        name = str(fgraph.inputs[updated].name)
        variable = fgraph.outputs[output]
        names[variable] = names.get(variable, frozenset()) | {name}
    for node in reversed(nodes):
        reached = frozenset().union(*(names.get(v, frozenset()) for v in node.outputs))
        names.update(
            {v: reached | names.get(v, frozenset()) for v in (*node.inputs, *node.outputs)}
        )
    return names
