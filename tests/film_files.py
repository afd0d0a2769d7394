"""Films for tests, and what they hold. PyAV is needed for all of it."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

av = pytest.importorskip("av", reason="needs the extra video")

LOSSLESS = {"codec": "ffv1", "pixels": "bgra"}


def write_film(path, frames, rate=10, codec="libx264", pixels="yuv420p", times=None, options=None):
    """Write a film of frames, uint8, shape (rows, columns, 3 or 4), at a rate or at times in hundredths of a second."""
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.codec_context.gop_size = pixels, 5
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 100)
        for k, pixels_of in enumerate(frames):
            form = "rgba" if pixels_of.shape[2] == 4 else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels_of), format=form)
            if times is not None:
                frame.pts, frame.time_base = times[k], Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def read_film(path):
    """Return the frames of a film as pictures, the size, and the rate."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pictures = [frame.to_image() for frame in container.decode(stream)]
        return pictures, (stream.width, stream.height), stream.average_rate


def colours(n, rows=48, columns=64, seed=0):
    """Return frames of large random squares, which survive compression."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (n, rows // 16, columns // 16, 3), np.uint8)
    return list(small.repeat(16, axis=1).repeat(16, axis=2))


def on_paper(digits, rows=120, columns=160):
    """Return a frame of light paper with digits, each (pixels, top, left), twice as large, in dark ink."""
    page = np.full((rows, columns), 220.0)
    for pixels, top, left in digits:
        ink = pixels.repeat(2, axis=0).repeat(2, axis=1)
        page[top : top + ink.shape[0], left : left + ink.shape[1]] -= 0.6 * ink
    return np.repeat(page.astype(np.uint8)[:, :, np.newaxis], 3, axis=2)


def as_arrays(pictures):
    """Return pictures as arrays of integers that may be subtracted."""
    return [np.asarray(picture.convert("RGB")).astype(int) for picture in pictures]


def on_white(pixels):
    """Return pixels with opacity as they are on white paper, by the definition."""
    share = pixels[..., 3:] / 255
    return np.rint(share * pixels[..., :3] + (1 - share) * 255).astype(int)


def saved(pixels, path):
    """Save pixels as a picture."""
    Image.fromarray(pixels).save(path)
