"""Numbers of a network at several epochs, small enough for a page.

Arrays of several axes are 8 bits a number, with a scale for each row (`lenet.runs.eight_bits`); of each epoch after the first,
differences to the one before, which are small numbers, so that deflate makes them fewer bytes.
"""

import base64
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from lenet.runs.eight_bits import eight_bits

LEVEL = 9


def base64_of(array: np.ndarray) -> str:
    """Return the bytes of an array as text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def packed_numbers(snapshots: Sequence[Sequence[np.ndarray]]) -> dict[str, Any]:
    """Return the arrays of a network at several epochs as JSON can keep them.

    Parameters
    ----------
    snapshots : sequence of sequences of ndarray of float32
        Of each epoch all arrays, of the same shapes.

    Returns
    -------
    dict
        "parts", length and rows of each array, no rows if it stays as it is; and "packed", base64 of what deflate has
        made of all integers of all epochs, and of all floats of all epochs after them: an array as it is, or the
        scales of its rows.
    """
    integers: list[np.ndarray] = []
    floats: list[np.ndarray] = []
    for arrays in snapshots:
        numbers = []
        for array in arrays:
            if array.ndim > 1:
                in_bits, array = eight_bits(array, 0)
                numbers.append(in_bits.ravel())
            floats.append(array.ravel())
        integers.append(np.concatenate(numbers) if numbers else np.empty(0, np.int8))
    # Modulo 256, as the page adds them up again.
    steps = [after - before for before, after in zip([0, *integers], integers, strict=False)]
    data = b"".join(
        [
            *(step.astype(np.int8).tobytes() for step in steps),
            *(array.astype("<f4").tobytes() for array in floats),
        ]
    )
    return {
        "parts": [[a.size, len(a) if a.ndim > 1 else 0] for a in snapshots[0]],
        "packed": base64.b64encode(zlib.compress(data, LEVEL)).decode(),
    }
