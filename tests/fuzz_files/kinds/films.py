"""Films in some kinds of files, read as `lenet-predict --video` reads them; none without PyAV."""

import io
import random
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tests.fuzz_files.children import Places
from tests.fuzz_files.kinds.base import Kind, harm_file, require

# By the name of a kind of file: a codec, and its form of pixels.
CODECS = {
    "mp4": ("libx264", "yuv420p"),
    "matroska": ("ffv1", "bgra"),
    "webm": ("libvpx", "yuv420p"),
    "avi": ("mpeg4", "yuv420p"),
    "gif": ("gif", "rgb8"),
    "mpegts": ("mpeg2video", "yuv420p"),
}
PLAYLISTS = (
    b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
    b"ffconcat version 1.0\nfile /etc/hostname\n",
    b"<MPD><Period><BaseURL>file:///etc/hostname</BaseURL></Period></MPD>",
)


@cache
def film(form: str) -> bytes:
    """Return a small film as the bytes of a file."""
    import av

    file = io.BytesIO()
    codec, pixels = CODECS[form]
    rng = np.random.default_rng(0)
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, pixels
        for _ in range(6):
            frame = av.VideoFrame.from_ndarray(
                rng.integers(0, 256, (32, 32, 3), np.uint8), format="rgb24"
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


class Film(Kind):
    """A film in one of several kinds of files."""

    name = "film"

    def prepare(self, shared: Path) -> None:
        """Import the reader, and make a film of each kind."""
        from lenet.data import films

        films.pyav()
        self.films = films
        self.made = {form: film(form) for form in CODECS}

    def intact(self, folder: Path) -> None:
        """Write an MP4 file."""
        (folder / "film.mp4").write_bytes(self.made["mp4"])

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Write a damaged film, of whatever kind, or a playlist."""
        path = folder / "film.mp4"
        form = rng.choice(list(self.made))
        story.append(form)
        path.write_bytes(self.made[form])
        donor = self.made[rng.choice(list(self.made))]
        harm_file(rng, path, story, lambda: rng.choice(PLAYLISTS), donor)

    def read(self, where: Places) -> int:
        """Read all of its frames."""
        from lenet.terminal import complain, run_command

        def read() -> int:
            before = -1
            try:
                with self.films.opened_film(where.inputs / "film.mp4") as film:
                    for frame in film.frames():
                        require(frame.time >= max(before, 0), "a time that goes back")
                        require(frame.image.mode == "RGB", "no colours")
                        before = frame.time
            except self.films.ImageError as error:
                complain("lenet-predict", error)
                return 1
            return 0

        return run_command("lenet-predict", read)


KINDS: tuple[type[Kind], ...] = (Film,) if find_spec("av") else ()
