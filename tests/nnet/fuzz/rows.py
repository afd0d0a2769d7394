"""Softmax and losses, sums, products of matrices, normalisation, and rows that indices choose."""

import numpy as np
import pytensor
import pytensor.tensor as pt
from scipy import special

from lenet import nnet
from tests.nnet.fuzz.draws import MAX_SIDE, Draw
from tests.nnet.fuzz.programs import Arrays, Graph, Program, known, typed

# How people write the logarithm of their labels' probabilities.
LIKELIHOODS = {
    "log_softmax": lambda x, y: pt.special.log_softmax(x, axis=-1)[pt.arange(y.shape[0]), y],
    "log(softmax)[]": lambda x, y: pt.log(pt.special.softmax(x, axis=-1))[pt.arange(y.shape[0]), y],
    "log(softmax[])": lambda x, y: pt.log(pt.special.softmax(x, axis=-1)[pt.arange(y.shape[0]), y]),
    "crossentropy": lambda x, y: -nnet.categorical_crossentropy(nnet.softmax(x), y),
}


def softmax(draw: Draw) -> Program:
    """Return softmax, its logarithm and their gradients, for one to three axes."""
    is_log, ndim = draw("log", (False, True)), draw("axes", (2, 1, 3))

    def build(dtype: str) -> Graph:
        x, cotangent = (typed(name, dtype, (None,) * ndim) for name in ("x", "cotangent"))
        y = (nnet.logsoftmax if is_log else nnet.softmax)(x)
        return [x, cotangent], [y, pytensor.grad(None, x, known_grads={y: cotangent})]

    def values(call: Draw) -> Arrays:
        s = call.sizes(60_000, {"planes": 9, "rows": MAX_SIDE, "classes": MAX_SIDE}, {"classes": 1})
        shape = (s["planes"], s["rows"], s["classes"])[-ndim:]
        dtype = draw.made["dtype"]
        return [call.array("x", shape, dtype), call.array("cotangent", shape, dtype, "normal")]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        if np.isposinf(values[0]).any() or np.isnan(values[0]).any():
            return []  # SciPy has an answer of its own for these
        with np.errstate(invalid="ignore"):
            return [
                (
                    "SciPy",
                    [(special.log_softmax if is_log else special.softmax)(values[0], axis=-1)],
                )
            ]

    return Program(build, values, oracles, is_exact=False, tolerance=64)


def likelihood(draw: Draw) -> Program:
    """Return the log-likelihood of labels as users write it, with its gradient."""
    form = draw("form", tuple(LIKELIHOODS))
    integers = draw("labels", ("int64", "int32", "uint8", "int8"))

    def build(dtype: str) -> Graph:
        x, y = typed("x", dtype, (None, None)), typed("y", integers, (None,))
        answer = LIKELIHOODS[form](x, y)
        return [x, y], [answer, pytensor.grad(answer.mean(), x)]

    def values(call: Draw) -> Arrays:
        s = call.sizes(60_000, {"rows": MAX_SIDE, "classes": 120}, {"rows": 1, "classes": 1})
        x = call.array(
            "x",
            (s["rows"], s["classes"]),
            draw.made["dtype"],
            call("values", ("integers", "normal")),
        )
        rng = np.random.default_rng(call.made["seed"])
        return [x, rng.integers(0, s["classes"], s["rows"]).astype(integers)]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        x, y = values
        everything = special.log_softmax(x, axis=1)
        chosen = np.arange(x.shape[1]) == y[:, None]
        return [("SciPy", [everything[chosen], (chosen - np.exp(everything)) / len(x)])]

    return Program(build, values, oracles, is_exact=False, tolerance=64)


def sums(draw: Draw) -> Program:
    """Return the sum of all squares and the sums of channels."""
    ndim = draw("axes", (4, 3, 5))

    def build(dtype: str) -> Graph:
        x = typed("x", dtype, (None,) * ndim)
        others = (0, *range(2, ndim))
        outputs = [pt.sqr(x).sum(), x.sum(axis=others), pt.sqr(x).sum(axis=others, keepdims=True)]
        return [x], outputs

    def values(call: Draw) -> Arrays:
        names = ("batch", "channels", "depth", "rows", "columns")[:ndim]
        s = call.sizes(200_000, dict.fromkeys(names, MAX_SIDE))
        return [call.array("x", tuple(s[name] for name in names), draw.made["dtype"])]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        (x,) = values
        others = (0, *range(2, ndim))
        return [("NumPy", [np.sum(x * x), x.sum(axis=others)])]

    # Numbers may cancel: the error is measured by the sum of their absolute values.
    return Program(build, values, oracles, terms=lambda values: 3600.0)  # 256 units of rounding


def products(draw: Draw) -> Program:
    """Return products of two matrices, and of a matrix with vectors, with their gradients."""
    turned = draw("transposed", (False, True))

    def build(dtype: str) -> Graph:
        a, b, v, w = (
            typed(n, dtype, (None,) * d) for n, d in (("a", 2), ("b", 2), ("v", 1), ("w", 1))
        )
        left = a.T if turned else a
        product = pt.dot(left, b)
        of_vector = w + 2 * pt.dot(left, v)
        outputs = [product, of_vector, pt.dot(w, left)]
        return [a, b, v, w], [*outputs, *pytensor.grad(pt.sqr(of_vector).sum(), [a, v])]

    def values(call: Draw) -> Arrays:
        s = call.sizes(1_000_000, dict.fromkeys(("m", "k", "n"), MAX_SIDE))
        m, k, n = s["m"], s["k"], s["n"]
        shapes = {"a": (k, m) if turned else (m, k), "b": (k, n), "v": (k,), "w": (m,)}
        return [call.array(name, shape, draw.made["dtype"]) for name, shape in shapes.items()]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        a, b, v, w = values
        left = a.T if turned else a
        return [("loops", [np.einsum("mk,kn->mn", left, b), w + 2 * (left * v).sum(axis=1)])]

    return Program(build, values, oracles, terms=lambda values: values[0].size)


def increments(draw: Draw) -> Program:
    """Return an array whose rows, named by indices, are increased or replaced."""
    replaces, ndim = draw("replaces", (False, True)), draw("axes", (2, 1, 3))
    dtype = draw("element", ("float32", "float64", "int32", "int8", "uint8"))
    draw.made["dtype"] = dtype

    def build(dtype: str) -> Graph:
        x, rows = (typed(name, dtype, (None,) * ndim) for name in ("x", "rows"))
        indices = pt.lvector()
        return [x, rows, indices], [
            (pt.set_subtensor if replaces else pt.inc_subtensor)(x[indices], rows)
        ]

    def values(call: Draw) -> Arrays:
        names = ("rows", "columns", "depth")[:ndim]
        s = call.sizes(20_000, {**dict.fromkeys(names, MAX_SIDE), "count": 60})
        shape = tuple(s[name] for name in names)
        count = s["count"] if shape[0] else 0
        x = call.array("x", shape, dtype, "integers")
        rng = np.random.default_rng(call.made["seed"])
        indices = rng.integers(-shape[0], max(shape[0], 1), count)
        return [x, call.array("rows", (count, *shape[1:]), dtype, "integers"), indices]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        x, rows, indices = values
        result = x.copy()
        for index, row in zip(indices, rows, strict=True):
            result[index] = row if replaces else result[index] + row
        return [("loops", [result])]

    return Program(build, values, oracles, tolerance=32)


def normalisation(draw: Draw) -> Program:
    """Return batch normalisation in training and in use, with its gradients."""
    axes, ndim = draw("averaged", ("spatial", "per-activation")), draw("axes", (4, 2, 3, 5))
    shape_names = ("batch", "channels", "depth", "rows", "columns")[:ndim]
    kept = (1,) if axes == "spatial" else tuple(range(1, ndim))

    def sizes(call: Draw) -> dict[str, int]:
        return call.sizes(
            40_000, dict.fromkeys(shape_names, 200), dict.fromkeys(shape_names, 1) | {"batch": 2}
        )

    if draw("sizes", ("unknown", "known")) == "known":
        sizes(draw)

    def build(dtype: str) -> Graph:
        s = sizes(Draw(draw.rng, draw.made))
        told = known(draw, "x", [s[name] for name in shape_names])
        x, cotangent = typed("x", dtype, told), typed("cotangent", dtype, told)
        gamma, beta = (
            typed(name, dtype, tuple(told[axis] for axis in kept)) for name in ("gamma", "beta")
        )
        y, mean, inverse = nnet.batch_normalization_train(x, gamma, beta, axes)
        used = nnet.batch_normalization_test(x, gamma, beta, beta, pt.sqr(gamma), axes)
        gradients = pytensor.grad(None, [x, gamma, beta], known_grads={y: cotangent})
        return [x, cotangent, gamma, beta], [y, mean, inverse, used, *gradients]

    def values(call: Draw) -> Arrays:
        s = sizes(call)
        shape = tuple(s[name] for name in shape_names)
        arrays = {
            "x": shape,
            "cotangent": shape,
            **dict.fromkeys(("gamma", "beta"), tuple(shape[a] for a in kept)),
        }
        return [
            call.array(name, size, draw.made["dtype"], "normal") for name, size in arrays.items()
        ]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        x, _, gamma, beta = values
        others = tuple(axis for axis in range(ndim) if axis not in kept)
        pattern = [slice(None) if axis in kept else None for axis in range(ndim)]
        mean, variance = x.mean(axis=others), x.var(axis=others)
        inverse = 1 / np.sqrt(variance + 1e-4)
        scaled = (x - mean[tuple(pattern)]) * (inverse * gamma)[tuple(pattern)] + beta[
            tuple(pattern)
        ]
        return [("NumPy", [scaled, mean, inverse])]

    # A variance may be small: its root divides.
    return Program(build, values, oracles, is_exact=False, tolerance=20_000)
