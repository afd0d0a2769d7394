"""Pooling windows on small images, and which of them every change is tested with in each mode."""

import numpy as np

from lenet.nnet.ops.pool import MODES as POOLINGS
from tests.covering import covering

# name: (shape of the image, arguments)
WINDOWS = {
    "plain": ((2, 3, 6, 9), {"ws": (2, 3), "ignore_border": True}),
    "border-ignored": ((2, 3, 7, 8), {"ws": (2, 3), "ignore_border": True}),
    "border-kept": ((2, 3, 7, 8), {"ws": (2, 3), "ignore_border": False}),
    "overlapping": ((2, 2, 7, 8), {"ws": (3, 2), "ignore_border": True, "stride": (2, 1)}),
    "overlapping-border": ((2, 2, 8, 7), {"ws": (3, 4), "ignore_border": False, "stride": (2, 3)}),
    "gaps": ((2, 2, 9, 8), {"ws": (2, 1), "ignore_border": True, "stride": (4, 3)}),
    "gaps-border": ((1, 2, 9, 8), {"ws": (2, 2), "ignore_border": False, "stride": (4, 7)}),
    "padded": ((2, 2, 5, 6), {"ws": (3, 4), "ignore_border": True, "stride": 2, "pad": (1, 3)}),
    "padded-plain": ((1, 1, 6, 5), {"ws": 2, "ignore_border": True, "pad": 1}),
    "window-of-one": ((1, 2, 3, 4), {"ws": (1, 1), "ignore_border": True}),
    "image-smaller-than-window": ((2, 1, 2, 3), {"ws": (4, 5), "ignore_border": False}),
    "whole-image": ((2, 2, 4, 5), {"ws": (4, 5), "ignore_border": True}),
    "two-axes": ((6, 7), {"ws": (2, 3), "ignore_border": False}),
    "three-axes": ((3, 6, 7), {"ws": (3, 2), "ignore_border": True, "stride": (1, 2)}),
    "five-axes": ((2, 1, 3, 4, 5), {"ws": (2, 2), "ignore_border": True}),
    "no-images": ((0, 3, 6, 7), {"ws": (2, 2), "ignore_border": True}),
    "wide": ((1, 2, 4, 67), {"ws": (2, 2), "ignore_border": False, "stride": (2, 1)}),
    "pairs": ((2, 3, 7, 11), {"ws": (2, 2), "ignore_border": False}),
    "pairs-border-ignored": ((2, 3, 7, 11), {"ws": (2, 2), "ignore_border": True}),
    "pairs-wide": ((1, 2, 4, 75), {"ws": (2, 2), "ignore_border": False}),
    "pairs-one-row": ((2, 1, 1, 3), {"ws": (2, 2), "ignore_border": False}),
    "pairs-of-volumes": ((2, 3, 5, 6), {"ws": (1, 2, 2), "ignore_border": False}),
    "3d": ((2, 1, 4, 5, 6), {"ws": (2, 3, 2), "ignore_border": False}),
    "3d-padded": (
        (2, 4, 5, 6),
        {"ws": (2, 2, 3), "ignore_border": True, "stride": (1, 2, 2), "pad": (1, 0, 2)},
    ),
}
CASES = [(windows, mode) for windows in WINDOWS for mode in POOLINGS]


def features(windows, mode):
    """Return what a kernel may depend on: the loops that it takes, and what they do at borders."""
    shape, arguments = WINDOWS[windows]
    ws = arguments["ws"]
    spatial = 3 if np.size(ws) == 3 else 2
    stride = arguments.get("stride", ws)
    return {
        "mode": mode,
        "axes": (len(shape) - spatial, spatial),
        "pairs": ws in ((2, 2), (1, 2, 2)) and stride == ws,
        "strides": tuple(np.sign(np.broadcast_to(stride, spatial) - ws)),
        "border": "ignored" if arguments["ignore_border"] else "kept",
        "padded": "pad" in arguments,
        "columns": int(np.searchsorted([4, 8, 16, 64], shape[-1], side="right")),
    }


# Compilers take their time: each window in one mode, and each two features together. The others are slow.
CHOSEN = frozenset(
    covering(
        {case: features(*case) for case in CASES},
        kept=[(windows, POOLINGS[n % len(POOLINGS)]) for n, windows in enumerate(WINDOWS)],
    )
)
