"""Expected shapes of convolutions, traced back to sizes of a function's inputs.

Where `ExpectedShape` says which sizes images and filters have, and the data may contradict, a function is
compiled for these sizes first. To know before a call whether they hold, they must be sizes of inputs.
"""

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import clone_replace
from pytensor.tensor.rewriting.shape import ShapeFeature
from pytensor.tensor.shape import Shape_i

from lenet.nnet.ops.conv import Conv, ConvGradInputs
from lenet.nnet.ops.expected_shape import ExpectedShape

# Sizes, by the number of an input and of its axis.
ExpectedSizes = dict[tuple[int, int], int]


def take_expected_sizes(fgraph: FunctionGraph) -> ExpectedSizes:
    """Take the expected shapes out of a graph, and return what they say of its inputs.

    A size that is computed follows from those of the inputs, and is not among them. Nor is the number of
    images, which may change, and for which no kernel asks.
    """
    nodes = [node for node in fgraph.toposort() if isinstance(node.op, ExpectedShape)]
    first_axes = [0 if is_filters(fgraph, node.outputs[0]) else 1 for node in nodes]
    for node in nodes:
        fgraph.replace(node.outputs[0], node.inputs[0])
    # Only what is computed before them is looked at.
    part = FunctionGraph(list(fgraph.inputs), [node.inputs[0] for node in nodes], clone=True)
    shapes = ShapeFeature()
    part.attach_feature(shapes)
    expected: ExpectedSizes = {}
    for node, variable, first_axis in zip(nodes, part.outputs, first_axes, strict=True):
        for axis, size in enumerate(node.op.shape):
            if axis >= first_axis and size is not None:
                place = input_axis(part, shapes, variable, axis)
                if place is not None:
                    expected.setdefault(place, size)
    return expected


def is_filters(fgraph: FunctionGraph, variable: Variable) -> bool:
    """Return whether a variable is the filters of some convolution."""
    return any(
        (isinstance(client.op, Conv) and at == 1)
        or (isinstance(client.op, ConvGradInputs) and at == 0)
        for client, at in fgraph.clients[variable]
        if isinstance(client, Apply)
    )


def input_axis(
    fgraph: FunctionGraph, shapes: ShapeFeature, variable: Variable, axis: int
) -> tuple[int, int] | None:
    """Return the input's number and axis that an axis is as long as, if there is one."""
    if variable.owner is not None:
        node = shapes.shape_of[variable][axis].owner
        if node is None or not isinstance(node.op, Shape_i):
            return None
        (variable,), axis = node.inputs, node.op.i
    return (fgraph.inputs.index(variable), axis) if variable in fgraph.inputs else None


def specify_sizes(fgraph: FunctionGraph, expected: ExpectedSizes) -> bool:
    """Rewrite a graph for expected sizes of its inputs.

    Returns
    -------
    bool
        False, with the graph as it was, if these contradict one another or what is known.
    """
    shapes: dict[int, list[int | None]] = {}
    for (number, axis), size in expected.items():
        shapes.setdefault(number, list(fgraph.inputs[number].type.shape))[axis] = size
    try:
        specified = {
            fgraph.inputs[number]: pt.specify_shape(fgraph.inputs[number], tuple(shape))
            for number, shape in shapes.items()
        }
        outputs = clone_replace(fgraph.outputs, specified, rebuild_strict=False)
    except (AssertionError, TypeError, ValueError):
        return False
    for old, new in zip(list(fgraph.outputs), outputs, strict=True):
        fgraph.replace(old, new, reason="expected sizes", import_missing=True)
    return True
