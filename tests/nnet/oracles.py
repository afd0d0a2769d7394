"""Convolution and pooling as their definitions say, in plain loops over plain numbers."""

from itertools import product

import numpy as np


def convolve_by_loops(
    image, filters, gradient=None, *, pads, stride, dilation, groups=1, flip=True, unshared=False
):
    """Return the convolution and, for the gradient of its output, those of image and filters."""
    batch, _, *sizes = image.shape
    maps, *places_and_taps = filters.shape
    group_channels, *kernel = places_and_taps[len(sizes) :] if unshared else places_and_taps
    padded = np.pad(image, [(0, 0), (0, 0), *pads])
    output = [
        (n + low + high - (k - 1) * d - 1) // s + 1
        for n, k, (low, high), s, d in zip(sizes, kernel, pads, stride, dilation, strict=True)
    ]
    result = np.zeros((batch, maps, *output))
    gradient = np.zeros_like(result) if gradient is None else gradient
    padded_gradient, filter_gradient = np.zeros(padded.shape), np.zeros(filters.shape)
    for place in np.ndindex(*result.shape):
        b, m, *position = place
        first_channel = m // (maps // groups) * group_channels
        for c, *tap in np.ndindex(group_channels, *kernel):
            element = [k - 1 - t for k, t in zip(kernel, tap, strict=True)] if flip else tap
            weight = (m, *(position if unshared else ()), c, *element)
            pixel = (
                b,
                first_channel + c,
                *(
                    p * s + t * d
                    for p, s, t, d in zip(position, stride, tap, dilation, strict=True)
                ),
            )
            result[place] += padded[pixel] * filters[weight]
            padded_gradient[pixel] += gradient[place] * filters[weight]
            filter_gradient[weight] += gradient[place] * padded[pixel]
    inside = (slice(low, low + n) for (low, _), n in zip(pads, sizes, strict=True))
    return result, padded_gradient[(..., *inside)], filter_gradient


def window_starts(size, window, stride, pad, ignore_border):
    """Return where the windows along one axis start.

    With `ignore_border`, all windows that lie inside the padded image. Without it, windows are added
    until the image's last element is covered; each must begin inside the image.
    """
    starts = []
    for start in range(-pad, size, stride):
        if ignore_border and start + window > size + pad:
            break
        starts.append(start)
        if not ignore_border and stride < window and start + window >= size:
            break
    return starts


def pool_by_loops(image, gradient=None, change=None, *, ws, stride, pad, ignore_border, mode):
    """Return the pooled image, the gradient of the image for that of the output, and the change of
    the output for a change of the image.
    """
    spatial = len(ws)
    lead, sizes = image.shape[:-spatial], image.shape[-spatial:]
    axes = [
        window_starts(*arguments, ignore_border)
        for arguments in zip(sizes, ws, stride, pad, strict=True)
    ]
    result = np.zeros((*lead, *map(len, axes)))
    gradient = np.zeros_like(result) if gradient is None else gradient
    change = np.zeros_like(image) if change is None else change
    image_gradient, output_change = np.zeros(image.shape), np.zeros_like(result)
    for place in np.ndindex(*result.shape):
        index, position = place[: len(lead)], place[len(lead) :]
        starts = [axis[p] for axis, p in zip(axes, position, strict=True)]
        spans = [range(start, start + w) for start, w in zip(starts, ws, strict=True)]
        inside = [
            (*index, *pixel)
            for pixel in product(*spans)
            if all(0 <= p < n for p, n in zip(pixel, sizes, strict=True))
        ]
        # An average that includes the padding counts it, but nothing beyond it.
        counted = sum(
            all(-p <= q < n + p for q, n, p in zip(pixel, sizes, pad, strict=True))
            for pixel in product(*spans)
        )
        values = [image[pixel] for pixel in inside]
        share = {
            "max": 1.0,
            "max_first": 1.0,
            "sum": 1.0,
            "average_exc_pad": 1.0 / len(inside),
            "average_inc_pad": 1.0 / counted,
        }[mode]
        result[place] = max(values) if mode.startswith("max") else sum(values) * share
        winners = {
            "max": [
                pixel for pixel, value in zip(inside, values, strict=True) if value == result[place]
            ],
            "max_first": [inside[int(np.argmax(values))]],
        }.get(mode, inside)
        for pixel in inside:
            if pixel in winners:
                image_gradient[pixel] += gradient[place] * share
                output_change[place] += change[pixel] * share
    return result, image_gradient, output_change
