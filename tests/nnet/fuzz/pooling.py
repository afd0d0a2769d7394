"""Pooling of every mode, by windows that are fixed or symbolic, its gradients, and neighbours."""

import numpy as np
import pytensor
import pytensor.tensor as pt

from lenet.nnet import images2neibs
from lenet.nnet.ops.pool import MODES, Pool
from lenet.nnet.ops.symbolic_pool import SymbolicPool
from tests.nnet.fuzz import oracles as definitions
from tests.nnet.fuzz.draws import MAX_SIDE, Draw
from tests.nnet.fuzz.programs import Arrays, Graph, Program, known, typed
from tests.nnet.oracles import window_starts

WINDOWS = (2, 2, 2, 3, 3, 1, 4, 5, 9)
STEPS = (0, 0, 0, 1, 2, 3, 4)  # 0: that of the window
ELEMENTS = 300_000


def windows(draw: Draw, spatial: int) -> tuple[tuple[int, ...], ...]:
    """Choose window, stride and padding."""
    ws = draw.integers("window", spatial, WINDOWS)
    stride = [s or w for s, w in zip(draw.integers("step", spatial, STEPS), ws, strict=True)]
    draw.made["stride"] = stride
    pads = draw.integers("pads", spatial, (0, 0, 0, 1, 2))
    pad = [
        min(p, w - 1) if draw("ignore_border", (True, False)) else 0
        for p, w in zip(pads, ws, strict=True)
    ]
    return tuple(ws), tuple(stride), tuple(pad)


def shape_of(draw: Draw, spatial: int) -> tuple[int, ...]:
    """Choose the shape of an image that is no smaller than the window."""
    ws, _, pad = windows(draw, spatial)
    axes = ("depth", "rows", "columns")[-spatial:]
    least = {axis: max(w - 2 * p, 0) for axis, w, p in zip(axes, ws, pad, strict=True)}
    most = {"batch": 20, "channels": 70, **dict.fromkeys(axes, MAX_SIDE)}
    s = draw.sizes(ELEMENTS // 4 ** (spatial - 2), most, least)
    return (s["batch"], s["channels"], *(s[axis] for axis in axes))


def pooling(draw: Draw) -> Program:
    """Return pooling, its gradient and the gradient of that."""
    spatial = draw("spatial", (2, 2, 3))
    # A window that turns out to be constant becomes an ordinary one.
    windows_are = draw("windows", ("symbolic", "symbolic", "fixed", "constant"))
    is_symbolic = windows_are == "symbolic"
    mode, ignore_border = draw("mode", MODES), draw("ignore_border", (True, False))
    if not is_symbolic:
        windows(draw, spatial)
        if draw("sizes", ("unknown", "known", "partly")) != "unknown":
            shape_of(draw, spatial)

    def build(dtype: str) -> Graph:
        told = (None,) * (2 + spatial)
        if not is_symbolic and draw.made["sizes"] != "unknown":
            told = known(draw, "image", shape_of(draw, spatial))
        image = typed("image", dtype, told)
        encoded = pt.lmatrix("windows")
        if is_symbolic:
            y = SymbolicPool(spatial, ignore_border, mode)(image, encoded)
        else:
            ws, stride, pad = windows(draw, spatial)
            y = (
                Pool(ws, ignore_border, stride, pad, mode)(image)
                if windows_are == "fixed"
                else SymbolicPool(spatial, ignore_border, mode)(
                    image, pt.constant([ws, stride, pad], dtype="int64")
                )
            )
        cotangent, tangent = y.type("cotangent"), image.type("tangent")
        (first,) = pytensor.grad(None, [image], known_grads={y: cotangent})
        (second,) = pytensor.grad(None, [cotangent], known_grads={first: tangent})
        inputs = [image, cotangent, tangent, *([encoded] if is_symbolic else [])]
        return inputs, [y, first, second]

    def values(call: Draw) -> Arrays:
        ws, stride, pad = windows(call, spatial)
        shape = shape_of(call, spatial)
        axes = zip(shape[2:], ws, stride, pad, strict=True)
        output = [len(window_starts(*axis, ignore_border)) for axis in axes]
        numbers = call("values", ("integers", "integers", "normal", "nonfinite"))
        dtype, others = draw.made["dtype"], "normal" if numbers == "nonfinite" else numbers
        arrays = [
            call.array("image", shape, dtype, numbers),
            call.array("cotangent", (*shape[:2], *output), dtype, others),
            call.array("tangent", shape, dtype, others),
        ]
        return [*arrays, *([np.array([ws, stride, pad])] if is_symbolic else [])]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        ws, stride, pad = windows(call, spatial)
        options = {"ws": ws, "stride": stride, "pad": pad, "ignore_border": ignore_border}
        return [("loops", list(definitions.pool(*values[:2], **options, mode=mode)))]

    return Program(
        build,
        values,
        oracles,
        is_exact=mode in ("max", "max_first", "sum"),
        tolerance=32,
        label=f"pooling, {windows_are} windows",
    )


def neighbours(draw: Draw) -> Program:
    """Return the windows of images as rows, and what gives a gradient back to the images."""
    mode = draw("mode", ("valid", "half", "full", "ignore_borders", "wrap_centered"))
    window, step = draw.integers("window", 2, (1, 2, 3, 5)), draw.integers("stride", 2, (1, 2, 3))
    if mode == "wrap_centered":
        window = [n | 1 for n in window]

    def shape_of(call: Draw) -> tuple[int, ...]:
        least = {"rows": max(window[0], 1), "columns": max(window[1], 1)}
        s = call.sizes(20_000, {"batch": 9, "channels": 20, "rows": 100, "columns": 300}, least)
        sizes = [s["rows"], s["columns"]]
        # All but these want windows that cover the image without a rest.
        if mode not in ("ignore_borders", "wrap_centered"):
            widths = {"half": [n // 2 for n in window], "full": [n - 1 for n in window]}.get(
                mode, [0, 0]
            )
            sizes = [
                n - (n + 2 * p - w) % d if n - (n + 2 * p - w) % d >= 1 else n
                for n, p, w, d in zip(sizes, widths, window, step, strict=True)
            ]
        return (s["batch"], s["channels"], *sizes)

    def build(dtype: str) -> Graph:
        image = typed("image", dtype, (None,) * 4)
        rows = images2neibs(image, window, step, mode)
        cotangent = rows.type("cotangent")
        return [image, cotangent], [rows, pytensor.grad(None, image, known_grads={rows: cotangent})]

    def values(call: Draw) -> Arrays:
        image = call.array("image", shape_of(call), draw.made["dtype"])
        return [
            image,
            call.array("cotangent", rows_of(image).shape, draw.made["dtype"], "integers"),
        ]

    def rows_of(image: np.ndarray) -> np.ndarray:
        if mode == "wrap_centered":
            return definitions.centred_neighbours(image, window, step)
        widths = {"half": [n // 2 for n in window], "full": [n - 1 for n in window]}.get(
            mode, [0, 0]
        )
        return definitions.neighbours(image, window, step, [(n, n) for n in widths])

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        return [("loops", [rows_of(values[0])])]

    return Program(build, values, oracles, tolerance=32)
