"""Sizes and margins as Keras has them, of images, convolutions and poolings."""

import math
from collections.abc import Sequence
from typing import Any

from lenet import limits
from lenet.importing.assembly import FIRST, LAST, NO_PADS, Pads
from lenet.importing.contents import KerasLayer
from lenet.text import shape_text

MARGIN = "its padding"


def whole(what: str, value: Any, least: int = 0, most: int = limits.MODEL_IMAGE_SIDE) -> int:
    """Return a number, named in words, that may be anything in a file.

    Raises
    ------
    ValueError
        If it is not whole, or not of `least` to `most`.
    """
    if not isinstance(value, int | float) or value != value // 1 or not least <= value <= most:
        raise ValueError(f"{what}: {value}, expected a whole number of {least} to {most:,}")
    return int(value)


def pair(what: str, value: Any, least: int = 0) -> tuple[int, int]:
    """Return a number, or a list of two, as a pair; see `whole`."""
    first, second = value if isinstance(value, list | tuple) else (value, value)
    return whole(what, first, least), whole(what, second, least)


def conv_pads(mode: str, side: int, span: int, stride: int, theano: bool) -> tuple[int, int]:
    """Return how many zeros Keras puts before and after an image.

    Parameters
    ----------
    mode : {"valid", "same", "full", "half"}
    side : int
        Rows or columns of the image.
    span : int
        Those of the filters, dilated.
    stride : int
    theano : bool
        Else TensorFlow.
    """
    match mode:
        case "valid":
            return 0, 0
        case "full":
            return span - 1, span - 1
        case "half":
            return span // 2, span // 2
        case "same" if theano:  # half, without the last row of an even filter
            return span // 2, (span - 1) // 2
        case "same":
            total = max((math.ceil(side / stride) - 1) * stride + span - side, 0)
            return total // 2, total - total // 2
    raise ValueError(f"its padding is {mode}, expected valid, same or full")


def pool_pad(mode: str, side: int, window: int, stride: int, theano: bool) -> int:
    """Return the margin with which our pooling is Keras's; see `conv_pads`.

    Raises
    ------
    ValueError
        If there is none.
    """
    if mode == "valid":
        return 0
    if mode != "same":
        raise ValueError(f"its padding is {mode}, expected valid or same")
    wanted = math.ceil(side / stride)
    if theano:
        before = window - 2 if window > 2 and window % 2 else window - 1
        is_ours = (side + 2 * before - window) // stride + 1 == wanted
    else:
        total = max((wanted - 1) * stride + window - side, 0)
        before = total // 2
        is_ours = total == 2 * before
    if not is_ours:
        raise ValueError(
            f"its windows of {window} with padding same do not fit into {side} pixels, and lenet pads both sides alike"
        )
    return before


def margins(padding: Any) -> Pads:
    """Return what ZeroPadding2D has: rows above and below, columns left and right."""
    if isinstance(padding, dict):  # of Keras 1
        top, bottom, left, right = (
            whole(MARGIN, padding.get(f"{each}_pad", 0))
            for each in ("top", "bottom", "left", "right")
        )
        found = ((top, bottom), (left, right))
    elif isinstance(padding, list | tuple) and len(padding) == 4:  # likewise
        found = (pair(MARGIN, padding[:2]), pair(MARGIN, padding[2:]))
    else:
        rows, columns = padding if isinstance(padding, list | tuple) else (padding, padding)
        found = (pair(MARGIN, rows), pair(MARGIN, columns))
    return found if any(map(any, found)) else NO_PADS


def in_format(shape: Sequence[int], data_format: str) -> tuple[int, ...]:
    """Return the shape of an image, channels first, as another format has it."""
    return (*shape[1:], shape[0]) if data_format == LAST and len(shape) == 3 else tuple(shape)


def input_shape(layers: Sequence[KerasLayer], data_format: str) -> tuple[int, int, int]:
    """Return channels, rows and columns of the images that the first layer takes.

    Raises
    ------
    ValueError
        If it takes no images, or does not say of which size.
    """
    sides = input_sides(layers)
    reshaped = first_reshape(layers)
    if len(sides) == 1 and reshaped is not None:
        sides = list(reshaped.config["target_shape"])
    if None in sides:
        raise ValueError(f"it takes images of any size, {sides}; expected numbers")
    shape = [whole("its input shape", n, most=limits.MODEL_VALUES) for n in sides]
    if len(shape) == 3:
        channels, rows, columns = shape if data_format == FIRST else (shape[2], *shape[:2])
    elif len(shape) == 2:
        channels, rows, columns = 1, *shape
    elif len(shape) == 1:
        channels = 1 if math.isqrt(shape[0]) ** 2 == shape[0] else 3
        rows = columns = math.isqrt(shape[0] // channels)
        if channels * rows * columns != shape[0]:
            raise ValueError(f"it takes {shape[0]} numbers, which are no square image")
    else:
        raise ValueError(f"it takes inputs of the shape {shape_text(shape)}, expected images")
    if rows != columns or not 1 <= rows <= limits.MODEL_IMAGE_SIDE:
        raise ValueError(f"it takes images of {rows} x {columns} pixels, expected square ones")
    return channels, rows, columns


def input_sides(layers: Sequence[KerasLayer]) -> list[Any]:
    """Return the shape of one input, as the file has it."""
    for layer in layers[:2]:
        config = layer.config
        sides = config.get("batch_input_shape", config.get("batch_shape"))
        if sides is None and (config.get("input_dim") or config.get("input_shape")):
            sides = [None, *(config.get("input_shape") or [config["input_dim"]])]
        if sides is not None:
            if not isinstance(sides, list):
                raise ValueError(f"its input shape is {sides}, expected a list")
            return sides[1:]
    raise ValueError("its first layer does not say which images it takes")


def first_reshape(layers: Sequence[KerasLayer]) -> KerasLayer | None:
    """Return the layer that makes vectors images at the beginning, if there is one."""
    return next((each for each in layers[:2] if each.kind == "Reshape"), None)


def takes_vectors(layers: Sequence[KerasLayer]) -> bool:
    """Return whether a network takes images that were flattened before."""
    return len(input_sides(layers)) == 1 and first_reshape(layers) is None
