"""Frames of films and cameras, one at a time, by PyAV and FFmpeg's libraries."""

import queue
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from lenet import limits
from lenet.data.image_files import refuse_size, without_alpha
from lenet.data.opening import opened_file
from lenet.errors import CommandError, ImageError, LenetError
from lenet.text import shown

# FFmpeg's names of kinds of files. Others, such as playlists, would open further files, or take any text for a film.
FORMATS = (
    "mov,matroska,webm,avi,gif,apng,mpeg,mpegts,mpegvideo,ogg,flv,asf,h264,hevc,ivf,yuv4mpegpipe"
)
REMEDY = "use or export another copy, as MP4, WebM, MKV, MOV, AVI or GIF"
# Kinds whose frames come at an even rate, with no times of their own that could be relied on.
EVEN = ("avi", "h264", "hevc", "mpegvideo")
# Of a film without a rate.
USUAL_RATE = Fraction(25)
# A film is said to end early if so many seconds of those that it promises are not there.
MISSING_SECONDS = 1.0
# Seconds in which a camera yields its next frame, or else is left to itself.
PATIENCE = 5.0


class Frame(NamedTuple):
    """One frame of a film.

    Attributes
    ----------
    number : int
        From 0; of a camera, frames that were passed over count, too.
    time : Fraction
        Seconds since the first.
    image : PIL.Image.Image
        In red, green and blue, the right way up, on white where it is transparent.
    """

    number: int
    time: Fraction
    image: Image.Image


class Film:
    """A film or a camera that has been opened.

    Parameters
    ----------
    container : av.container.InputContainer
    name : str
        For messages.

    Attributes
    ----------
    rate : Fraction
        Frames in a second, on average.
    n_frames : int or None
        About how many there are, if that is known.
    time_base : Fraction
        Of which the times of its frames are multiples, in seconds.
    n_damaged : int
        Pieces left out so far, because they could not be decoded.

    Raises
    ------
    ImageError
        If there are no pictures in it, or too large ones.
    """

    def __init__(self, container: Any, name: str) -> None:
        if not container.streams.video:
            raise ImageError(f"{name}: no pictures in it, only sound or a part of a film; {REMEDY}")
        self.container, self.name, self.n_damaged = container, name, 0
        self.stream = stream = container.streams.video[0]
        context = stream.codec_context
        if context is None:
            raise ImageError(f"{name}: by a codec that is not known here; {REMEDY}")
        if context.width or context.height:
            refuse_size(context.width, context.height, name)
        # Asked for again: what a frame says may be more than what the file says.
        context.options = {"max_pixels": str(limits.PICTURE_PIXELS)}
        stream.thread_type = "AUTO"
        self.rate = Fraction(stream.average_rate or stream.guessed_rate or USUAL_RATE)
        self.time_base = Fraction(stream.time_base or 1 / self.rate)
        self.seconds = _seconds(container, stream)
        counted = stream.frames or (self.seconds and round(self.seconds * self.rate))
        self.n_frames: int | None = counted or None

    def frames(self) -> Iterator[Frame]:
        """Yield its frames one by one; damaged pieces are passed over and counted.

        Raises
        ------
        ImageError
            If there is none, or if it ends early; those before have been yielded.
        """
        number, time, first = 0, Fraction(0), None
        with film_errors(self.name):
            for frame in self._decoded():
                refuse_size(frame.width, frame.height, self.name)
                if frame.pts is None or self.container.format.name in EVEN:
                    time = number / self.rate
                else:
                    at = frame.pts * (Fraction(frame.time_base or 0) or self.time_base)
                    first = at if first is None else first
                    # Never back, whatever a file says: what is written needs times that grow.
                    time = max(at - first, time)
                yield Frame(number, time, _picture(frame))
                number += 1
            if not number:
                raise ImageError(f"{self.name}: holds no frame that can be decoded; {REMEDY}")
            end = time + 1 / self.rate
            if self.seconds and self.seconds - end > MISSING_SECONDS:
                raise ImageError(
                    f"{self.name}: cut short, ends after {float(end):.1f} s of {float(self.seconds):.1f} s"
                )

    def _decoded(self) -> Iterator[Any]:
        import av

        for packet in self.container.demux(self.stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                self.n_damaged += 1
                continue
            yield from frames


def _seconds(container: Any, stream: Any) -> Fraction | None:
    """Return how long a film says that it is, if it does."""
    if stream.duration and stream.time_base:
        return Fraction(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:  # else it may be that of the sound
        return Fraction(container.duration, 1_000_000)
    return None


def _picture(frame: Any) -> Image.Image:
    """Return a decoded frame as a picture in colours, upright and on white."""
    form = frame.format
    has_alpha = form.has_palette or any(part.is_alpha for part in form.components)
    pixels = frame.to_ndarray(format="rgba" if has_alpha else "rgb24")
    if turns := round(frame.rotation / 90) % 4:
        pixels = np.rot90(pixels, turns)
    return without_alpha(Image.fromarray(np.ascontiguousarray(pixels)))


@contextmanager
def film_errors(name: str) -> Iterator[None]:
    """Turn what PyAV raises for a film into an `ImageError`."""
    try:
        yield
    except (LenetError, MemoryError):
        raise
    except Exception as error:  # whatever damaged bytes lead FFmpeg to
        if isinstance(error, FileNotFoundError | PermissionError):
            reason = f"{error.strerror}; expected a film that may be read"
        else:
            reason = f"damaged, cut short or no film that is read here; {REMEDY}"
        raise ImageError(f"{name}: {reason}") from error


def pyav() -> Any:
    """Return PyAV's module.

    Raises
    ------
    CommandError
        If it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise CommandError(
            "films and cameras need the extra video: pip install 'lenet[video]'"
        ) from error
    av.logging.set_level(None)  # FFmpeg would print on standard error
    return av


@contextmanager
def opened_film(path: Path) -> Iterator[Film]:
    """Open a film in a file.

    Raises
    ------
    CommandError, ImageError
        If PyAV is missing; if the file is, or no film that can be read.
    """
    av = pyav()
    name = shown(path)
    options = {"format_whitelist": FORMATS, "max_pixels": str(limits.PICTURE_PIXELS)}
    with ExitStack() as stack:
        with film_errors(name):
            # Opened here: FFmpeg would take some names for addresses.
            file = stack.enter_context(opened_file(path))
            film = Film(stack.enter_context(av.open(file, options=options)), name)
        yield film


def camera_place(number: int, platform: str = sys.platform) -> tuple[str, str]:
    """Return the name and the driver by which FFmpeg finds a camera, counted from 0."""
    if platform == "darwin":
        return f"{number}:none", "avfoundation"
    if platform == "win32":
        found = [each.name for each in pyav().enumerate_input_devices("dshow")]
        cameras = [f"video={name}" for name in found]
        return cameras[number] if number < len(cameras) else f"video={number}", "dshow"
    return f"/dev/video{number}", "v4l2"


@contextmanager
def opened_camera(number: int) -> Iterator[Film]:
    """Open a camera, counted from 0.

    Raises
    ------
    CommandError, ImageError
        If PyAV is missing; if there is no such camera, or others use it.
    """
    av = pyav()
    name = f"camera {number}"
    with ExitStack() as stack:
        try:
            place, driver = camera_place(number)
            container = stack.enter_context(av.open(place, format=driver))
        except Exception as error:  # of many types, by system and driver
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ImageError(
                f"{name}: cannot be opened ({reason}); is it connected, may it be read, and does no other program use it?"
            ) from error
        with film_errors(name):
            film = Film(container, name)
        film.n_frames = film.seconds = None
        yield film


@contextmanager
def newest(frames: Iterable[Frame]) -> Iterator[Iterator[Frame]]:
    """Lend an iterator over the newest of frames that do not wait, as a camera's.

    Those that come while one is worked on are passed over, except the last.
    """
    slot: queue.Queue[Frame | BaseException | None] = queue.Queue(1)
    is_over = threading.Event()

    def end(entry: BaseException | None) -> None:
        while not is_over.is_set():
            with suppress(queue.Full):
                slot.put(entry, timeout=0.1)  # after the last frame
                return

    def fill() -> None:
        try:
            for frame in frames:
                if is_over.is_set():
                    return
                with suppress(queue.Empty):
                    slot.get_nowait()
                slot.put(frame)
        except BaseException as error:  # raised where frames are taken
            end(error)
        else:
            end(None)

    def take() -> Iterator[Frame]:
        while (entry := slot.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry

    thread = threading.Thread(target=fill, name="camera", daemon=True)
    thread.start()
    try:
        yield take()
    finally:
        is_over.set()
        thread.join(PATIENCE)
