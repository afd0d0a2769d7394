"""Convolutions of images and volumes, shared or not, their gradients and the gradients of these."""

from functools import partial
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt

from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights
from lenet.nnet.ops.unshared import UnsharedConv, UnsharedGradInputs, UnsharedGradWeights
from tests.nnet.fuzz.any_geometry import any_geometry, encoded
from tests.nnet.fuzz.draws import MAX_SIDE, Draw
from tests.nnet.fuzz.oracles import HAS_TORCH, convolve, convolve_by_torch, output_sizes
from tests.nnet.fuzz.programs import Arrays, Graph, Program, known, typed

KINDS = {
    False: {"gradient": Conv, "image": ConvGradInputs, "filters": ConvGradWeights},
    True: {"gradient": UnsharedConv, "image": UnsharedGradInputs, "filters": UnsharedGradWeights},
}
# An Op's two arguments, in their order, by what it calculates.
ARGUMENTS = {
    "gradient": ("image", "filters"),
    "image": ("filters", "gradient"),
    "filters": ("image", "gradient"),
}
STRIDES = (1, 1, 1, 2, 2, 3, 4, 5, 8)
DILATIONS = (1, 1, 1, 1, 2, 3)
KERNELS = (1, 1, 2, 3, 3, 3, 4, 5, 7, 11)
PADS = (0, 0, 1, 2, 3, 7)
GROUPS = (1, 1, 1, 1, 2, 3, 8, 17)
PRODUCTS = 2_000_000


def geometry(draw: Draw, spatial: int) -> dict[str, Any]:
    """Choose a geometry: border, stride, dilation, groups and whether filters are flipped."""
    border = draw("border", ("valid", "half", "full", "pads", "pads"))
    if border == "pads":
        widths = draw.integers("pads", 2 * spatial, PADS)
        border = tuple(zip(widths[:spatial], widths[spatial:], strict=True))
    return {
        "border": ((0, 0),) * spatial if border == "valid" else border,
        "stride": tuple(draw.integers("stride", spatial, STRIDES)),
        "dilation": tuple(draw.integers("dilation", spatial, DILATIONS)),
        "groups": draw("groups", GROUPS),
        "flip": draw("flip", (True, False)),
    }


def widths_of(border: Any, kernel: list[int], dilation: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the zeros at both ends of each axis."""
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    if border == "half":
        return [(span // 2, span // 2) for span in spans]
    return [(span - 1, span - 1) for span in spans] if border == "full" else list(border)


def shapes(draw: Draw, spatial: int, unshared: bool, has_batch: bool = True) -> dict[str, Any]:
    """Choose all sizes and return the shapes of images, filters and output, and the padding."""
    g = geometry(draw, spatial)
    kernel = draw.integers("kernel", spatial, KERNELS)
    pads = widths_of(g["border"], kernel, g["dilation"])
    axes = ("depth", "rows", "columns")[-spatial:]
    least = {
        axis: max((k - 1) * d + 1 - low - high, 0)
        for axis, k, d, (low, high) in zip(axes, kernel, g["dilation"], pads, strict=True)
    }
    most = {"channels": 70, "maps": 140, **dict.fromkeys(axes, MAX_SIDE)}
    if has_batch:
        most["batch"] = 40
    budget = PRODUCTS // (g["groups"] * int(np.prod(kernel))) * int(np.prod(g["stride"]))
    s = draw.sizes(budget, most, least)
    image = [s[axis] for axis in axes]
    padded = [n + low + high for n, (low, high) in zip(image, pads, strict=True)]
    output = output_sizes(padded, kernel, g["stride"], g["dilation"])
    batch, maps, channels = s.get("batch", 1), s["maps"] * g["groups"], s["channels"]
    return {
        "image": (batch, channels * g["groups"], *image),
        "filters": (maps, *(output if unshared else ()), channels, *kernel),
        "gradient": (batch, maps, *output),
        "pads": pads,
    }


def terms(values: Arrays) -> float:
    """Return how many products a sum has, at most."""
    return max(value.size for value in values[:2])


def convolution(draw: Draw) -> Program:
    """Return a convolution, or one of its two gradients, and what is derived from it."""
    spatial, unshared = draw("spatial", (2, 2, 2, 3)), draw("unshared", (False, False, False, True))
    asked = draw("asked", tuple(ARGUMENTS))
    is_runtime = draw("geometry", ("runtime", "runtime", "compiled")) == "runtime"
    kind, arguments = KINDS[unshared][asked], ARGUMENTS[asked]
    roles = [*arguments] if is_runtime else [*arguments, asked, *arguments]
    if not is_runtime:
        g = geometry(draw, spatial)
        draw("sizes", ("unknown", "known", "partly"))
        if draw("sizes", ()) != "unknown":
            shapes(draw, spatial, unshared, has_batch=False)

    def build(dtype: str) -> Graph:
        if is_runtime:
            ndims = [
                2 + 2 * spatial if unshared and role == "filters" else 2 + spatial for role in roles
            ]
            inputs = [
                typed(role, dtype, (None,) * ndim) for role, ndim in zip(roles, ndims, strict=True)
            ]
            count = 0 if asked == "gradient" else spatial
            inputs += [pt.lscalar() for _ in range(count)] + [pt.lvector()]
            return inputs, [any_geometry(kind, spatial, *inputs)]
        sizes = shapes(Draw(draw.rng, draw.made | {"batch": 1}), spatial, unshared)
        told = {
            role: known(draw, role, sizes[role], int(role != "filters"))
            for role in ("image", "filters", "gradient")
        }
        inputs = [typed(role, dtype, told[role]) for role in roles]
        a, b, cotangent, *tangents = inputs
        op = kind(g["border"], g["stride"], g["flip"], g["dilation"], g["groups"])
        image_or_kernel = {"image": told["image"][2:], "filters": told["filters"][-spatial:]}
        extra = []
        if asked != "gradient":
            partner = sizes[asked][2:] if asked == "image" else sizes[asked][-spatial:]
            extra = [
                pt.lscalar() if n is None else size
                for n, size in zip(image_or_kernel[asked], partner, strict=True)
            ]
        y = op(a, b, *extra)
        first = pytensor.grad(None, [a, b], known_grads={y: cotangent})
        second = pytensor.grad(
            None, [a, b, cotangent], known_grads=dict(zip(first, tangents, strict=True))
        )
        return [*inputs, *(v for v in extra if not isinstance(v, int))], [y, *first, *second]

    def values(call: Draw) -> Arrays:
        s = shapes(call, spatial, unshared)
        numbers = call("values", ("integers", "integers", "normal", "nonfinite"))
        # Zeros around an image, times infinity, are nobody's business.
        nonfinite = "gradient" if is_runtime and asked == "image" else "image"
        arrays = [
            call.array(
                f"{role}{n // 3 or ''}",
                s[role],
                draw.made["dtype"],
                "normal" if numbers == "nonfinite" and role != nonfinite else numbers,
            )
            for n, role in enumerate(roles)
        ]
        asked_sizes = s["image"][2:] if asked == "image" else s["filters"][-spatial:]
        if is_runtime:
            sizes = [] if asked == "gradient" else [np.int64(n) for n in asked_sizes]
            return [*arrays, *sizes, encoded(kind, *geometry(call, spatial).values())]
        if asked == "gradient":
            return arrays
        told = known(draw, asked, s[asked], int(asked != "filters"))
        told = told[2:] if asked == "image" else told[-spatial:]
        return [
            *arrays,
            *(np.int64(n) for n, t in zip(asked_sizes, told, strict=True) if t is None),
        ]

    def oracles(call: Draw, values: Arrays) -> list[tuple[str, Arrays]]:
        s, g = shapes(call, spatial, unshared), geometry(call, spatial)
        arrays = dict(
            zip(
                [*arguments, asked],
                values[:3] if not is_runtime else [*values[:2], None],
                strict=True,
            )
        )
        options = {
            "pads": s["pads"],
            **{name: g[name] for name in ("stride", "dilation", "groups", "flip")},
        }
        sizes = {"image": s["image"][2:], "filters": s["filters"][-spatial:], "gradient": None}

        def answers(solve: Any) -> Arrays:
            wanted = [asked] if is_runtime else [asked, *arguments]
            return [
                solve(
                    *(
                        None if role == want else arrays[role]
                        for role in ("image", "filters", "gradient")
                    ),
                    sizes[want],
                    **options,
                )
                for want in wanted
            ]

        has_torch = HAS_TORCH and not unshared and 0 not in (*s["image"], *s["filters"])
        if has_torch and call("oracle", ("loops", "PyTorch")) == "PyTorch":
            return [("PyTorch", answers(convolve_by_torch))]
        return [("loops", answers(partial(convolve, unshared=unshared)))]

    def spreads(values: Arrays) -> list[bool]:
        # Of a pixel that is not finite, other sums may have zero times as much.
        images = [v for role, v in zip(roles, values, strict=False) if role == "image"]
        spoilt = not all(np.isfinite(image).all() for image in images)
        outputs = [asked] if is_runtime else [asked, *arguments, *arguments, asked]
        return [spoilt and role == "filters" for role in outputs]

    name = {"gradient": "forward", "image": "images' gradient", "filters": "filters' gradient"}[
        asked
    ]
    label = f"{'unshared ' if unshared else ''}{spatial}d {name}, {draw.made['geometry']}"
    return Program(
        build,
        values,
        oracles,
        terms=terms,
        spreads=spreads,
        has_rewrites=not is_runtime,
        label=label,
    )
