"""Pictures as `scipy.misc` read, wrote and scaled them, by Pillow.

The numbers are those of SciPy 1.0's documentation, up to what Pillow rounds otherwise since.
"""

from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image, ImageFilter

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "lanczos": Image.Resampling.LANCZOS,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "cubic": Image.Resampling.BICUBIC,
}

KERNELS = (
    *("blur", "contour", "detail", "edge_enhance", "edge_enhance_more", "emboss", "find_edges"),
    *("smooth", "smooth_more", "sharpen"),
)

File = str | Path | IO[bytes]


def imread(name: File, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """Return a picture, of shape (rows, columns) or (rows, columns, channels)."""
    with Image.open(name) as image:
        return fromimage(image, flatten, mode)


def fromimage(im: Image.Image, flatten: bool = False, mode: str | None = None) -> np.ndarray:
    """Return one of Pillow's pictures as an array, float32 if flattened to gray."""
    if mode is not None:
        im = im.convert(mode)
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def bytescale(
    data: Any, cmin: Any = None, cmax: Any = None, high: int = 255, low: int = 0
) -> np.ndarray:
    """Return numbers stretched to bytes.

    The smallest becomes `low`, the largest `high`. Bytes stay as they are.

    Raises
    ------
    ValueError
        If the bounds are not in order.
    """
    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    if not 0 <= low <= high <= 255:
        raise ValueError(f"bytescale: low={low} and high={high}, expected 0 <= low <= high <= 255")
    cmin = data.min() if cmin is None else cmin
    cmax = data.max() if cmax is None else cmax
    if cmax < cmin:
        raise ValueError(f"bytescale: cmax={cmax} is below cmin={cmin}")
    scale = float(high - low) / (float(cmax - cmin) or 1.0)
    return (((data - cmin) * scale + low).clip(low, high) + 0.5).astype(np.uint8)


def toimage(
    arr: Any,
    high: int = 255,
    low: int = 0,
    cmin: Any = None,
    cmax: Any = None,
    pal: Any = None,
    mode: str | None = None,
    channel_axis: int | None = None,
) -> Image.Image:
    """Return an array as one of Pillow's pictures, its numbers stretched to bytes.

    Parameters
    ----------
    arr : array_like
        Gray, of shape (rows, columns), or with an axis of three or four channels.
    mode : str, optional
        "F" and "I" keep the numbers of gray pictures; else what Pillow takes for the shape.
    channel_axis : int, optional
        Else the first axis of three elements, or if there is none, of four.

    Raises
    ------
    ValueError
        If the array has another shape, or complex numbers.
    """
    data = np.asarray(arr)
    if np.iscomplexobj(data):
        raise ValueError("toimage: complex numbers, expected real ones")
    if data.ndim == 2:
        if mode in ("F", "I"):
            return Image.fromarray(data.astype(np.float32 if mode == "F" else np.int32))
        image = Image.fromarray(bytescale(data, cmin, cmax, high, low))
        if pal is not None:
            image.putpalette(np.asarray(pal, np.uint8).tobytes())
        return image.convert(mode) if mode else image
    axis = channels_of(data.shape) if channel_axis is None else channel_axis
    if data.ndim != 3 or axis is None or data.shape[axis] not in (3, 4):
        raise ValueError(
            f"toimage: an array of shape {data.shape}, expected two axes, or three of which one has 3 or 4 channels"
        )
    data = np.moveaxis(bytescale(data, cmin, cmax, high, low), axis, 2)
    return Image.frombytes(
        mode or ("RGB" if data.shape[2] == 3 else "RGBA"),
        (data.shape[1], data.shape[0]),
        np.ascontiguousarray(data).tobytes(),
    )


def channels_of(shape: tuple[int, ...]) -> int | None:
    """Return the axis of an image's channels, if one may be."""
    for n_channels in (3, 4):
        if n_channels in shape:
            return shape.index(n_channels)
    return None


def imsave(name: File, arr: Any, format: str | None = None) -> None:
    """Write an array as a picture, its numbers stretched to bytes."""
    toimage(arr, channel_axis=2 if np.ndim(arr) == 3 else None).save(name, format)


def imresize(
    arr: Any, size: int | float | tuple[int, ...], interp: str = "bilinear", mode: str | None = None
) -> np.ndarray:
    """Return an image scaled.

    By a percentage (int), by a factor (float), or to rows and columns (tuple).

    Raises
    ------
    ValueError
        If `interp` is unknown.
    """
    image = toimage(arr, mode=mode)
    if isinstance(size, int | np.integer):
        width, height = (int(side * (size / 100.0)) for side in image.size)
    elif isinstance(size, float | np.floating):
        width, height = (int(side * size) for side in image.size)
    else:
        width, height = size[1], size[0]
    return fromimage(image.resize((width, height), resample=filter_of(interp)))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> np.ndarray:
    """Return an image of its size turned counter-clockwise by some degrees."""
    return fromimage(toimage(arr).rotate(angle, resample=filter_of(interp)))


def imfilter(arr: Any, ftype: str) -> np.ndarray:
    """Return an image filtered by one of Pillow's kernels, such as "blur".

    Raises
    ------
    ValueError
        If `ftype` is unknown.
    """
    if ftype not in KERNELS:
        raise ValueError(f"ftype={ftype!r}, expected one of {', '.join(KERNELS)}")
    return fromimage(toimage(arr).filter(getattr(ImageFilter, ftype.upper())))


def filter_of(interp: str) -> Any:
    """Return Pillow's way to interpolate."""
    if interp not in FILTERS:
        raise ValueError(f"interp={interp!r}, expected one of {', '.join(FILTERS)}")
    return FILTERS[interp]


def give_sizes_of_text() -> None:
    """Give fonts ``getsize``, and drawings ``textsize``."""
    from PIL import ImageDraw, ImageFont

    def getsize(self: Any, text: str, *arguments: Any) -> tuple[int, int]:
        _, _, width, height = self.getbbox(text)
        return round(width), round(height)

    def textsize(self: Any, text: str, font: Any = None, *arguments: Any) -> tuple[int, int]:
        return getsize(font or self.getfont(), text)

    for kind in (ImageFont.FreeTypeFont, ImageFont.ImageFont):
        kind.getsize = getsize  # type: ignore[union-attr]
    ImageDraw.ImageDraw.textsize = textsize  # type: ignore[attr-defined]


def imshow(arr: Any) -> None:
    """Show an image in another program."""
    toimage(arr).show()
