"""Rewrites of average-pooled convolutions to strided ones with averaged filters.

Convolution and pooling by sum or average are linear, so that the filters can be pooled in advance. They
become slightly larger, but are applied only once for each window of the pooling.
"""

from dataclasses import dataclass
from math import prod

import pytensor.tensor as pt
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.tensor.math import Sum

from lenet.nnet.geometry import resolve_pads
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights, ConvOp
from lenet.nnet.ops.pool import Pool, PoolGrad, PoolOp
from lenet.nnet.rewrites.matching import biased, clients, operands


def is_side_by_side(op: PoolOp, image: tuple[int | None, ...]) -> bool:
    """Return whether pooling windows neither overlap nor leave an image of this size."""
    if op.spatial != 2 or op.stride != op.ws or any(op.pad) or None in image:
        return False
    return op.ignore_border or all(n % w == 0 for n, w in zip(image, op.ws, strict=True))  # type: ignore[operator]


@dataclass(frozen=True)
class AveragedFilters:
    """Strided convolution that replaces a convolution and its pooling.

    Attributes
    ----------
    strided : Conv
    spread : Pool
        Sums the filters over the positions of the pooling's window.
    share : int
        Divisor of these sums.
    """

    strided: Conv
    spread: Pool
    share: int

    @classmethod
    def of(
        cls, conv: ConvOp, pool: PoolOp, kernel: tuple[int | None, ...]
    ) -> "AveragedFilters | None":
        """Return the replacement of two Ops, or None if these filters have none."""
        if pool.is_maximum or None in kernel or conv.spatial != 2:
            return None
        if (*conv.subsample, *conv.filter_dilation) != (1, 1, 1, 1):
            return None
        # A named border mode would refer to the larger filters.
        pads = resolve_pads(conv.border_mode, kernel, conv.filter_dilation)
        margin = tuple(w - 1 for w in pool.ws)
        return cls(
            Conv(pads, pool.ws, conv.filter_flip, 1, conv.num_groups),
            Pool(pool.ws, True, (1, 1), margin, "sum"),
            1 if pool.mode == "sum" else prod(pool.ws),
        )

    def filters(self, filters: Variable) -> Variable:
        """Return the averaged filters."""
        return self.spread(filters) / pt.constant(self.share, dtype=filters.type.dtype)


@node_rewriter([Pool])
def average_of_filters(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a convolution, its bias and its pooling by one with pooled filters."""
    (values,), (pooled,) = node.inputs, node.outputs
    convolved, *bias = biased(values) or (values,)
    match operands(convolved, Conv):
        case [image, filters] if is_side_by_side(node.op, values.type.shape[2:]):
            found = AveragedFilters.of(convolved.owner.op, node.op, filters.type.shape[2:])
            is_read_elsewhere = clients(fgraph, values) != [node] or (
                bias and clients(fgraph, convolved) != [values.owner]
            )
            if found is None or is_read_elsewhere or (bias and node.op.mode == "sum"):
                return None
            new = found.strided(image, found.filters(filters))
            for vector in bias:
                new = new + vector.dimshuffle("x", 0, "x", "x")
            return [new] if pooled.type.is_super(new.type) else None
    return None


def pooled_gradient(variable: Variable) -> tuple[PoolOp, Variable] | None:
    """Return a pooling and its output's gradient for the gradient of its input.

    None if the variable is not such a gradient.
    """
    match operands(variable, PoolGrad):
        case [gradient, *_] if is_side_by_side(variable.owner.op, variable.type.shape[2:]):
            return variable.owner.op, gradient
    return None


@node_rewriter([ConvGradWeights])
def weights_of_average(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Compute the filters' gradient through the averaged filters."""
    (old,) = node.outputs
    match pooled_gradient(node.inputs[1]):
        case [pool, gradient]:
            kernel = old.type.shape[2:]
            found = AveragedFilters.of(node.op, pool, kernel)
            if found is not None:
                sizes = [k + w - 1 for k, w in zip(kernel, pool.ws, strict=True)]
                weights = found.strided.sibling(ConvGradWeights)(node.inputs[0], gradient, *sizes)
                share = pt.constant(found.share, dtype=weights.type.dtype)
                new = found.spread.sibling(PoolGrad)(weights / share, *kernel)
                return [new] if old.type.is_super(new.type) else None
    return None


@node_rewriter([ConvGradInputs])
def inputs_of_average(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Compute the images' gradient with the averaged filters."""
    (old,), (filters, returned, *sizes) = node.outputs, node.inputs
    match pooled_gradient(returned):
        case [pool, gradient]:
            found = AveragedFilters.of(node.op, pool, filters.type.shape[2:])
            if found is not None:
                new = found.strided.sibling(ConvGradInputs)(
                    found.filters(filters), gradient, *sizes
                )
                return [new] if old.type.is_super(new.type) else None
    return None


@node_rewriter([Sum])
def bias_of_average(fgraph: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Sum the bias gradient before the pooling spreads it: the sum is the same."""
    match pooled_gradient(node.inputs[0]):
        case [pool, gradient] if node.op.axis == (0, 2, 3) and pool.mode != "sum":
            return [node.op(gradient)]
    return None


AVERAGE_OF_FILTERS = (average_of_filters, weights_of_average, inputs_of_average, bias_of_average)
