"""Element-wise loops over arrays and what is broadcast along them, and altered images."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from lenet import nnet
from lenet.nnet.ops.images import AlterImages
from tests.nnet.fuzz.draws import MAX_SIDE, Draw
from tests.nnet.fuzz.programs import Arrays, Graph, Program, typed

FUNCTIONS = {
    "exp": (pt.exp, np.exp),
    "expm1": (pt.expm1, np.expm1),
    # Not at zero, where a gradient is as large as one likes.
    "log": (lambda x: pt.log(pt.abs(x) + 0.5), lambda x: np.log(np.abs(x) + 0.5)),
    "log1p": (lambda x: pt.log1p(pt.abs(x)), lambda x: np.log1p(np.abs(x))),
    "tanh": (pt.tanh, np.tanh),
    "sigmoid": (pt.sigmoid, lambda x: 1 / (1 + np.exp(-x))),
    "softplus": (pt.softplus, lambda x: np.logaddexp(0, x)),
    "sqr": (pt.sqr, np.square),
    "relu": (nnet.relu, lambda x: 0.5 * (x + np.abs(x))),
    "leaky_relu": (lambda x: nnet.relu(x, 0.25), lambda x: np.where(x > 0, x, 0.25 * x)),
    "maximum": (lambda x: pt.maximum(x, 0), lambda x: np.maximum(x, 0)),
    "switch": (lambda x: pt.switch(x > 0, x, 0), lambda x: np.where(x > 0, x, 0)),
    "gate": (lambda x: x * (x > 0), lambda x: x * (x > 0)),
}
RECTIFIERS = ("relu", "leaky_relu", "maximum", "switch", "gate")
JOINS = {
    "first": (lambda a, b, c: a, lambda a, b, c: a),
    "sum": (lambda a, b, c: a + b, lambda a, b, c: a + b),
    "scaled": (lambda a, b, c: a * b + c, lambda a, b, c: a * b + c),
    "update": (lambda a, b, c: 0.9 * a - 0.01 * (b + c), lambda a, b, c: 0.9 * a - 0.01 * (b + c)),
}


def elementwise(draw: Draw) -> Program:
    """Return a function of up to three arrays, some of them broadcast, and its gradients."""
    function, join = draw("function", tuple(FUNCTIONS)), draw("join", tuple(JOINS))
    ndim = draw("axes", (2, 1, 3, 4))
    # A set bit: the array has length one along this axis.
    masks = [
        0,
        draw.integer("mask of b", 0, 2**ndim - 1),
        draw.integer("mask of c", 0, 2**ndim - 1),
    ]

    def shape_for(mask: int, shape: tuple) -> tuple:
        return tuple(1 if mask >> axis & 1 else n for axis, n in enumerate(shape))

    def build(dtype: str) -> Graph:
        inputs = [
            typed(name, dtype, shape_for(m, (None,) * ndim))
            for name, m in zip("abc", masks, strict=True)
        ]
        y = FUNCTIONS[function][0](JOINS[join][0](*inputs))
        gradients = pytensor.grad(y.sum(), inputs, disconnected_inputs="ignore")
        return inputs, [y, *gradients]

    def values(call: Draw) -> Arrays:
        names = ("first", "second", "third", "fourth")[:ndim]
        s = call.sizes(60_000, dict.fromkeys(names, MAX_SIDE))
        shape = tuple(s[name] for name in names)
        # What becomes a rectifier keeps NaN, and makes zero of minus infinity, in whatever words.
        kinds = ("integers", "normal", "nonfinite")
        numbers = call("values", kinds[:2] if function in RECTIFIERS else kinds)
        return [
            call.array(
                name,
                shape_for(mask, shape),
                draw.made["dtype"],
                numbers if name == "a" else "normal",
            )
            for name, mask in zip("abc", masks, strict=True)
        ]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        with np.errstate(all="ignore"):
            return [("NumPy", [FUNCTIONS[function][1](JOINS[join][1](*values))])]

    return Program(build, values, oracles, is_exact=False, tolerance=2_000)


def altered_images(draw: Draw) -> Program:
    """Return images turned, bent, brightened and strewn with noise, which must agree to the byte."""
    draw.made["dtype"] = "uint8"

    def build(_: str) -> Graph:
        types = (
            ("uint8", 4),
            ("int64", 3),
            ("float32", 4),
            ("uint8", 2),
            ("int32", 1),
            ("int32", 1),
            ("uint16", 4),
        )
        inputs = [typed(None, dtype, (None,) * ndim) for dtype, ndim in (*types, ("int32", 1))]
        return inputs, [AlterImages()(*inputs)]

    def values(call: Draw) -> Arrays:
        s = call.sizes(
            30_000,
            {"batch": 9, "channels": 4, "rows": 100, "columns": 300},
            dict.fromkeys(("channels", "rows", "columns"), 1),
        )
        n, channels, rows, columns = (s[name] for name in ("batch", "channels", "rows", "columns"))
        rng = np.random.default_rng(call.integer("seed", 0, 2**31))
        bends, background, noisy = (
            call(name, (True, False)) for name in ("bends", "background", "noise")
        )
        matrices = rng.normal([[1, 0, 0], [0, 1, 0]], [[0.3, 0.3, 9]] * 2, (n, 2, 3))
        return [
            rng.integers(0, 256, (n, channels, rows, columns), "uint8"),
            (matrices * 65536).astype("int64"),
            rng.normal(0, 3, (n, 2, rows, columns) if bends else (0, 0, 0, 0)).astype("float32"),
            rng.integers(0, 256, (n, channels) if background else (0, 0), "uint8"),
            rng.integers(30_000, 120_000, n, "int32"),
            rng.integers(0, 256 * 30, n, "int32"),
            rng.integers(
                0, 2**16, (n, channels, rows, columns) if noisy else (0, 0, 0, 0), "uint16"
            ),
            np.sort(rng.normal(0, 4096, 4096)).astype("int32"),
        ]

    return Program(build, values)
