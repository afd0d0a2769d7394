"""Films written frame by frame by PyAV: MP4, MOV or MKV with H.264, or GIF."""

from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from lenet.data.films import pyav
from lenet.errors import CommandError
from lenet.report.captions import enlarged, enlargement

# By the end of a name: FFmpeg's names of the kind of file, of the codecs of which the first there is is taken, and of
# the form of pixels. Builds of FFmpeg without x264 have others.
H264 = ("libx264", "libopenh264", "mpeg4")
KINDS = {
    ".mp4": ("mp4", H264, "yuv420p"),
    ".mov": ("mov", H264, "yuv420p"),
    ".mkv": ("matroska", H264, "yuv420p"),
    ".gif": ("gif", ("gif",), "pal8"),
}
# Nearly as good as what is shown, and quickly made.
X264_OPTIONS = {"crf": "20", "preset": "veryfast"}
COLOURS = 256


def kind_of(path: Path) -> tuple[str, tuple[str, ...], str]:
    """Return the kind of a film by its name.

    Raises
    ------
    CommandError
        If it is not among `KINDS`.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise CommandError(f"--out {path}: expected a name that ends with {', '.join(KINDS)}")
    return kind


class FilmWriter:
    """Writer of a film, whose frames have the size of the first.

    Small ones are enlarged by a whole number, as `enlargement` says, and sides of an odd number of pixels get one more,
    which H.264 asks for.

    Parameters
    ----------
    file : file
        To be written; it is not closed.
    path : Path
        Its name, whose end decides on the kind.
    rate : Fraction
        Frames in a second, on average.
    time_base : Fraction
        Of which the times of frames are multiples, in seconds.
    threads : int
        That encode.
    """

    def __init__(
        self, file: BinaryIO, path: Path, rate: Fraction, time_base: Fraction, threads: int
    ) -> None:
        form, codecs, self.pixels = kind_of(path)
        av = pyav()
        self.av, self.path, self.rate, self.threads = av, path, rate, threads
        self.codec = next(codec for codec in codecs if codec in av.codecs_available)
        # GIF counts hundredths of a second.
        self.time_base = Fraction(1, 100) if form == "gif" else time_base
        self.container = av.open(file, "w", format=form)
        self.stream: Any = None
        self.last = -1

    def show(self, image: Image.Image) -> Image.Image:
        """Return a frame of the size of the film, as it is to be drawn into."""
        if self.stream is None:
            self.factor, self.size = enlargement(image.size), image.size
        elif image.size != self.size:
            image = _framed(image, self.size)
        return enlarged(image, self.factor)

    def add(self, image: Image.Image, time: Fraction) -> None:
        """Add a frame that `show` has returned, at a time in seconds.

        Raises
        ------
        CommandError
            If the codec takes no frames of this size.
        OSError
            If the file cannot be written.
        """
        pixels = np.asarray(image)
        if self.pixels != "pal8":
            odd = [(0, side % 2) for side in pixels.shape[:2]]
            pixels = np.pad(pixels, [*odd, (0, 0)], mode="edge")
        if self.stream is None:
            self._begin(*pixels.shape[:2])
        frame = self._frame(pixels)
        # Later than the one before, even if the times of a film are not.
        self.last = max(self.last + 1, round(time / self.time_base))
        try:
            frame.pts, frame.time_base = self.last, self.time_base
            self.container.mux(self.stream.encode(frame))
        except (OverflowError, self.av.error.FFmpegError) as error:
            if isinstance(error, OSError):
                raise
            raise CommandError(
                f"{self.path}: {image.width} x {image.height} pixels at {float(time):g} s cannot be encoded "
                f"({self.codec}); choose another kind of film for --out, or leave it out"
            ) from error

    def close(self) -> None:
        """Write what is left, so that the film can be played; without a frame nothing is.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        if self.stream is not None:
            self.container.mux(self.stream.encode(None))
        self.container.close()

    def _begin(self, rows: int, columns: int) -> None:
        """Begin a film of this size."""
        options = X264_OPTIONS if self.codec == "libx264" else {}
        self.stream = self.container.add_stream(self.codec, rate=self.rate, options=options)
        self.stream.width, self.stream.height, self.stream.pix_fmt = columns, rows, self.pixels
        self.stream.codec_context.time_base = self.time_base
        self.stream.codec_context.thread_count = self.threads

    def _frame(self, pixels: np.ndarray) -> Any:
        """Return pixels as a frame of PyAV."""
        if self.pixels != "pal8":
            return self.av.VideoFrame.from_ndarray(pixels, format="rgb24")
        few = Image.fromarray(pixels).quantize(COLOURS)
        colours = np.array(few.getpalette(), np.uint8).reshape(-1, 3)
        table = np.zeros((COLOURS, 4), np.uint8)  # opacity, red, green, blue
        table[:, 0] = 255
        table[: len(colours), 1:] = colours
        return self.av.VideoFrame.from_ndarray((np.asarray(few), table), format="pal8")


def _framed(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return a picture scaled into another size, with black around it."""
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))),
        Image.Resampling.BILINEAR,
    )
    framed = Image.new("RGB", size)
    framed.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return framed
