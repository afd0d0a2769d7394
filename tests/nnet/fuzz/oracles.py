"""Convolution, pooling and the like by their definitions, in double precision.

They loop over the taps of a filter or the places of a window, in whole arrays over all else, so that
large images take no minutes; `tests.nnet.oracles` loops over everything, and a test compares the two.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import product

import numpy as np

from tests.nnet.oracles import window_starts

HAS_TORCH = find_spec("torch") is not None


def output_sizes(
    padded: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> list[int]:
    """Return the sizes of a convolution's output."""
    return [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip(padded, kernel, stride, dilation, strict=True)
    ]


def convolve(
    image, filters, gradient, sizes, *, pads, stride, dilation, groups, flip, unshared=False
):
    """Return what a convolution's image, filters and output, of which one is None, make of that one.

    Without `gradient` that is the output; else the gradient of the image or of the filters, whose `sizes`
    are given, with respect to the output's.
    """
    spatial = len(stride)
    turned = (..., *(slice(None, None, -1 if flip else 1),) * spatial)
    kernel = sizes if filters is None else filters.shape[-spatial:]
    image_sizes = sizes if image is None else image.shape[2:]
    padded_sizes = [n + low + high for n, (low, high) in zip(image_sizes, pads, strict=True)]
    output = output_sizes(padded_sizes, kernel, stride, dilation)
    maps = gradient.shape[1] if filters is None else len(filters)
    channels = filters.shape[-spatial - 1] if image is None else image.shape[1] // groups
    padded = np.zeros((len(gradient if image is None else image), groups * channels, *padded_sizes))
    inside = (..., *(slice(low, low + n) for (low, _), n in zip(pads, image_sizes, strict=True)))
    if image is not None:
        padded[inside] = image
    places = output if unshared else []
    weights = np.zeros((maps, *places, channels, *kernel))
    if filters is not None:
        weights[...] = filters[turned]
    result = np.zeros((len(padded), maps, *output))
    if gradient is not None:
        result[...] = gradient
    here = "xyz"[:spatial]
    equation = {"pixels": f"bc{here}", "sums": f"bm{here}", "taps": f"m{here if unshared else ''}c"}
    asked = "sums" if gradient is None else "pixels" if image is None else "taps"
    others = [name for name in equation if name != asked]
    how = f"{','.join(equation[name] for name in others)}->{equation[asked]}"
    for group in range(groups):
        of_group = slice(group * channels, (group + 1) * channels)
        own = slice(group * (maps // groups), (group + 1) * (maps // groups))
        for tap in np.ndindex(*kernel):
            window = tuple(
                slice(t * d, t * d + (n - 1) * s + 1, s)
                for t, d, n, s in zip(tap, dilation, output, stride, strict=True)
            )
            parts = {
                "pixels": padded[(slice(None), of_group, *window)],
                "sums": result[:, own],
                "taps": weights[(own, ..., *tap)],
            }
            parts[asked] += np.einsum(how, *(parts[name] for name in others), optimize=True)
    return {"sums": result, "pixels": padded[inside], "taps": weights[turned]}[asked]


def convolve_by_torch(image, filters, gradient, sizes, *, pads, stride, dilation, groups, flip):
    """Return the same as `convolve` by PyTorch, in double precision."""
    import torch

    spatial = len(stride)
    function = torch.nn.functional.conv2d if spatial == 2 else torch.nn.functional.conv3d
    kernel = tuple(sizes) if filters is None else filters.shape[2:]
    if image is None:
        image_shape = (len(gradient), filters.shape[1] * groups, *sizes)
    else:
        image_shape = image.shape
    if filters is None:
        filter_shape = (gradient.shape[1], image.shape[1] // groups, *kernel)
    else:
        filter_shape = filters.shape

    def leaf(array, shape):
        values = np.zeros(shape) if array is None else np.ascontiguousarray(array, dtype="float64")
        return torch.tensor(values, requires_grad=array is None)

    x, w = leaf(image, image_shape), leaf(filters, filter_shape)
    widths = [width for pad in reversed(pads) for width in pad]
    padded = torch.nn.functional.pad(x, widths)
    turned = torch.flip(w, tuple(range(2, 2 + spatial))) if flip else w
    y = function(padded, turned, stride=tuple(stride), dilation=tuple(dilation), groups=groups)
    if gradient is None:
        return y.detach().numpy()
    asked = x if image is None else w
    (answer,) = torch.autograd.grad(
        y, asked, torch.tensor(np.ascontiguousarray(gradient, dtype="float64"))
    )
    return answer.numpy()


def pool(image, gradient, *, ws, stride, pad, ignore_border, mode):
    """Return a pooled image and the gradient of the image for that of the output."""
    spatial = len(ws)
    lead, sizes = image.shape[: image.ndim - spatial], image.shape[image.ndim - spatial :]
    starts = [
        window_starts(*axis, ignore_border) for axis in zip(sizes, ws, stride, pad, strict=True)
    ]
    result = np.empty((*lead, *map(len, starts)))
    back = np.zeros(image.shape)
    for place in np.ndindex(*result.shape[len(lead) :]):
        corner = [axis[p] for axis, p in zip(starts, place, strict=True)]
        window = (..., *(slice(max(c, 0), max(c + w, 0)) for c, w in zip(corner, ws, strict=True)))
        pixels, axes = image[window], tuple(range(-spatial, 0))
        # An average that includes the padding counts it, but nothing beyond it.
        spans = [
            range(max(c, -p), min(c + w, n + p))
            for c, w, n, p in zip(corner, ws, sizes, pad, strict=True)
        ]
        counted = np.prod([len(span) for span in spans])
        inside = np.prod(pixels.shape[pixels.ndim - spatial :])
        here = (..., *place)
        if mode.startswith("max"):
            result[here] = pixels.max(axis=axes)
            won = pixels == result[here].reshape(*lead, *(1,) * spatial)
            if mode == "max_first":
                rows = won.reshape(*lead, inside)
                won = (rows & (rows.cumsum(axis=-1) == 1)).reshape(won.shape)
            share = won.astype("float64")
        else:
            factor = {"sum": 1, "average_inc_pad": 1 / counted, "average_exc_pad": 1 / inside}[mode]
            result[here] = pixels.sum(axis=axes) * factor
            share = np.full(pixels.shape, factor)
        back[window] += share * gradient[here].reshape(*lead, *(1,) * spatial)
    return result, back


def neighbours(image, window, step, pads):
    """Return the windows of an image, one in a row."""
    padded = np.pad(image, [(0, 0), (0, 0), *pads])
    rows, columns = padded.shape[2:]
    corners = product(
        range(0, rows - window[0] + 1, step[0]), range(0, columns - window[1] + 1, step[1])
    )
    windows = [padded[:, :, i : i + window[0], j : j + window[1]] for i, j in corners]
    stacked = np.stack(windows, axis=2)
    return stacked.reshape(-1, window[0] * window[1])


def centred_neighbours(image, window, step):
    """Return the windows around every step-th pixel of an image that goes on at the opposite border."""
    half = [n // 2 for n in window]
    padded = np.pad(image, [(0, 0), (0, 0), *((n, n) for n in half)], mode="wrap")
    counts = [-(-n // d) for n, d in zip(image.shape[2:], step, strict=True)]
    windows = [
        padded[:, :, i * step[0] : i * step[0] + window[0], j * step[1] : j * step[1] + window[1]]
        for i, j in product(*map(range, counts))
    ]
    return np.stack(windows, axis=2).reshape(-1, window[0] * window[1])
