"""Theano's ``map_variables``: graphs with variables replaced, in loops, too."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from pytensor.compile.builders import OpFromGraph
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.replace import clone_replace
from pytensor.graph.traversal import graph_inputs, io_toposort
from pytensor.scan.op import Scan

__all__ = ["map_variables"]

Replacer = Callable[[Variable], Variable]


def map_variables(
    replacer: Replacer, graphs: Iterable[Variable], additional_inputs: Any = ()
) -> list[Variable]:
    """Return graphs with some variables replaced, in loops and Ops of graphs, too.

    Parameters
    ----------
    replacer : callable
        Returns the replacement of a variable, or the variable itself. It is asked once for each, and a
        replacement may use what it replaces. Inside of a loop the variables are those of PyTensor's `Scan`, and
        not those that the step was given: compute the replacement from the variable that is passed.
    graphs : iterable of Variable
    additional_inputs
        As in Theano; makes no difference.

    Raises
    ------
    NotImplementedError
        If a replacement brings a shared variable that has an update into a loop or an Op made of a graph, or any
        variable into an Op made of a graph whose gradients are overridden.
    """
    graphs = list(graphs)
    mapping = Mapping(replacer)
    # From the inputs on, so that the depth of a graph is no depth of calls.
    for node in io_toposort([], graphs):
        for output in node.outputs:
            mapping.of_variable(output)
    return [mapping.of_variable(graph) for graph in graphs]


class Mapping:
    """Variables, nodes and what takes their place."""

    def __init__(self, replacer: Replacer) -> None:
        self.replacer = replacer
        self.variables: dict[Variable, Variable] = {}
        self.nodes: dict[Apply, list[Variable]] = {}
        self.asked: set[Variable] = set()

    def of_variable(self, variable: Variable) -> Variable:
        """Return what takes the place of a variable."""
        if variable not in self.variables:
            if variable in self.asked:
                return self.rebuilt(variable)
            self.asked.add(variable)
            replacement = self.replacer(variable)
            self.asked.add(replacement)
            self.variables[variable] = self.rebuilt(replacement)
        return self.variables[variable]

    def rebuilt(self, variable: Variable) -> Variable:
        """Return a variable computed from what takes the place of its inputs."""
        node = variable.owner
        if node is None:
            return variable
        if node not in self.nodes:
            inputs = [self.of_variable(each) for each in node.inputs]
            if isinstance(node.op, Scan | OpFromGraph):
                outputs = with_inner_graph_mapped(self.replacer, node, inputs)
            elif inputs == node.inputs:
                outputs = node.outputs
            else:
                outputs = node.clone_with_new_inputs(inputs, strict=False).outputs
            self.nodes[node] = outputs
        return self.nodes[node][node.outputs.index(variable)]


def with_inner_graph_mapped(
    replacer: Replacer, node: Apply, inputs: Sequence[Variable]
) -> list[Variable]:
    """Return the outputs of a loop or an Op of a graph, with its inner graph mapped."""
    op: Any = node.op
    inner = list(op.inner_inputs)
    mapped = map_variables(replacer, op.inner_outputs)
    added = [
        each
        for each in dict.fromkeys(graph_inputs(mapped))
        if each not in inner and not isinstance(each, Constant)
    ]
    for each in added:
        if any(getattr(each, name, None) for name in ("update", "default_update")):
            raise NotImplementedError(
                f"map_variables: a replacement brings the shared variable {each}, which has an update, into {op}"
            )
    if mapped == list(op.inner_outputs):
        return list(node.clone_with_new_inputs(list(inputs), strict=False).outputs)
    if (
        added
        and isinstance(op, OpFromGraph)
        and (op.pullback_overrides or op.pushforward_overrides)
    ):
        raise NotImplementedError(
            f"map_variables: a replacement brings {', '.join(map(str, added))} into {op}, whose gradients are "
            "overridden for the inputs that it has"
        )
    within = [each.type() for each in added]
    outputs = clone_replace(mapped, dict(zip(added, within, strict=True)), rebuild_strict=False)
    if isinstance(op, Scan):
        new: Any = Scan(
            [*inner, *within],
            outputs,
            replace(op.info, n_non_seqs=op.info.n_non_seqs + len(added)),
            mode=op.mode,
            truncate_gradient=op.truncate_gradient,
            name=op.name,
            profile=op.profile,
            allow_gc=op.allow_gc,
        )
    else:
        new = OpFromGraph(
            [*inner, *within],
            outputs,
            inline=op.is_inline,
            name=op.name,
            pullback=op.pullback_overrides,
            pushforward=op.pushforward_overrides,
            destroy_map=op.destroy_map,
            **op.kwargs,
        )
    return list(new.make_node(*inputs, *added).outputs)
