"""Convolutions with bias, pooling and rectifier, in the words that the rewrites know, and their gradients."""

import pytensor
import pytensor.tensor as pt
from pytensor.graph.basic import Variable

from lenet.nnet import conv2d, pool_2d, relu
from tests.nnet.fuzz.convolutions import geometry, shapes
from tests.nnet.fuzz.draws import Draw
from tests.nnet.fuzz.programs import Arrays, Graph, Program, known, typed

ACTIVATIONS = {
    "none": lambda x: x,
    "relu": relu,
    "maximum": lambda x: pt.maximum(x, 0),
    "maximum of zero": lambda x: pt.maximum(0, x),
    "switch": lambda x: pt.switch(x > 0, x, 0),
    "gate": lambda x: x * (x > 0),
}
POOLS = ("none", "max", "max", "max_first", "average_inc_pad", "average_exc_pad", "sum")


def fused(draw: Draw) -> Program:
    """Return a layer of a convolutional network and its gradients."""
    order = draw("bias", ("last", "first", "none"))
    pool, window = draw("pool", POOLS), draw.integers("window", 2, (2, 2, 2, 3, 1, 4))
    ignore_border = draw("ignore_border", (True, False))
    halves = all(n in (1, 2, 4) for n in window) and ignore_border
    is_exact = pool in ("none", "max", "max_first", "sum") or halves
    # Where a sum is rounded, a rectifier may take zero for something else.
    activation = draw("activation", tuple(ACTIVATIONS)) if is_exact else "none"
    is_early = draw("rectified before pooling", (False, True))
    sizes = draw("sizes", ("known", "known", "known", "partly", "unknown"))
    # Without a stride, averages are moved into the filters.
    if draw("plain", (False, True)):
        draw.made |= {"stride": [1, 1], "dilation": [1, 1], "groups": 1}
    g = geometry(draw, 2)
    if sizes != "unknown":
        shapes(draw, 2, False, has_batch=False)

    def layer(image: Variable, filters: Variable, bias: Variable) -> Variable:
        y = conv2d(
            image,
            filters,
            border_mode=g["border"],
            subsample=g["stride"],
            filter_flip=g["flip"],
            filter_dilation=g["dilation"],
            num_groups=g["groups"],
        )
        if order == "first":
            y = y + bias.dimshuffle("x", 0, "x", "x")
        if is_early:
            y = ACTIVATIONS[activation](y)
        if pool != "none":
            y = pool_2d(y, window, ignore_border, mode=pool)
        if order == "last":
            y = y + bias.dimshuffle("x", 0, "x", "x")
        if not is_early:
            y = ACTIVATIONS[activation](y)
        return y

    def build(dtype: str) -> Graph:
        s = shapes(Draw(draw.rng, draw.made | {"batch": 1}), 2, False)
        image = typed("image", dtype, known(draw, "image", s["image"]))
        filters = typed("filters", dtype, known(draw, "filters", s["filters"], 0))
        wanted = [image, filters, typed("bias", dtype, (filters.type.shape[0],))]
        y = layer(*wanted)
        cotangent = y.type("cotangent")
        cost = (y * cotangent).sum()
        gradients = pytensor.grad(cost, wanted, disconnected_inputs="ignore")
        return [*wanted, cotangent], [y, *gradients]

    def values(call: Draw) -> Arrays:
        s = shapes(call, 2, False)
        dtype = draw.made["dtype"]
        arrays = {"image": s["image"], "filters": s["filters"], "bias": s["filters"][:1]}
        try:
            y = layer(*(typed(name, dtype, shape) for name, shape in arrays.items()))
            arrays["cotangent"] = y.type.shape
        except ValueError:  # as when it runs
            arrays["cotangent"] = (0, 0, 0, 0)
        # Ties and zeros must be the same in both, which only exact sums make sure of.
        return [call.array(name, shape, dtype, "integers") for name, shape in arrays.items()]

    return Program(
        build,
        values,
        is_exact=is_exact,
        tolerance=None if is_exact else 512,
        specialises=sizes == "unknown",
    )
