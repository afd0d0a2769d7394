"""Frames of films: numbers, times and pixels of films of our own, damaged films, cameras that are none."""

import struct
import sys
import threading
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from lenet import limits
from lenet.data import films
from lenet.data.films import Frame, camera_place, newest, opened_camera, opened_film
from lenet.errors import CommandError, ImageError
from tests.film_files import LOSSLESS, as_arrays, av, colours, on_white, write_film


def frames_of(path):
    with opened_film(path) as film:
        return list(film.frames())


def refusal(path):
    with pytest.raises(ImageError) as caught:
        frames_of(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.avi", "a.webm"])
def test_frames_have_numbers_times_and_pictures(tmp_path, name):
    written = colours(7)
    codec = "libvpx" if name == "a.webm" else "libx264"
    write_film(tmp_path / name, written, rate=10, codec=codec)
    found = frames_of(tmp_path / name)
    assert [frame.number for frame in found] == list(range(7))
    assert [float(frame.time) for frame in found] == pytest.approx([k / 10 for k in range(7)])
    for frame, pixels in zip(as_arrays(frame.image for frame in found), written, strict=True):
        assert np.abs(frame - pixels).mean() < 16


def test_nothing_is_lost_of_a_lossless_film(tmp_path):
    written = colours(3)
    write_film(tmp_path / "a.mkv", written, **LOSSLESS)
    found = as_arrays(frame.image for frame in frames_of(tmp_path / "a.mkv"))
    np.testing.assert_array_equal(found, written)


def test_the_rate_need_not_be_constant(tmp_path):
    write_film(tmp_path / "a.mp4", colours(4), times=[50, 60, 150, 155])
    with opened_film(tmp_path / "a.mp4") as film:
        assert film.n_frames == 4
        times = [frame.time for frame in film.frames()]
    assert times == [0, Fraction(1, 10), 1, Fraction(105, 100)]


def test_animated_gif(tmp_path):
    pictures = [Image.fromarray(pixels) for pixels in colours(4)]
    pictures[0].save(
        tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=200, loop=0
    )
    found = frames_of(tmp_path / "a.gif")
    assert [float(frame.time) for frame in found] == pytest.approx([0, 0.2, 0.4, 0.6])
    for frame, picture in zip(found, pictures, strict=True):
        np.testing.assert_allclose(*as_arrays([frame.image, picture]), atol=8)


def test_transparent_parts_are_white_as_those_of_pictures(tmp_path):
    opaque = colours(1)[0]
    opacity = np.linspace(0, 255, opaque.shape[1], dtype=np.uint8)
    pixels = np.dstack([opaque, np.broadcast_to(opacity, opaque.shape[:2])])
    write_film(tmp_path / "a.mkv", [pixels], **LOSSLESS)
    (frame,) = frames_of(tmp_path / "a.mkv")
    np.testing.assert_allclose(as_arrays([frame.image])[0], on_white(pixels), atol=2)


@pytest.mark.parametrize("pixels", ["gray", "gray16le"])
def test_gray_films(tmp_path, pixels):
    level = np.full((48, 64, 3), 90, np.uint8)
    write_film(tmp_path / "a.mkv", [level], codec="ffv1", pixels=pixels)
    (frame,) = frames_of(tmp_path / "a.mkv")
    np.testing.assert_allclose(as_arrays([frame.image])[0], 90, atol=3)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_films_of_telephones_are_turned_upright(tmp_path, quarters):
    pixels = colours(1)[0]
    write_film(tmp_path / "a.mp4", [pixels])
    data = bytearray((tmp_path / "a.mp4").read_bytes())
    # The matrix of ISO 14496-12 for a picture to be turned clockwise by so many quarters, after tkhd's 40 bytes.
    a, b = {1: (0, 1), 2: (-1, 0), 3: (0, -1)}[quarters]
    one, last = 1 << 16, 1 << 30
    start = data.index(b"tkhd") + 4 + 40
    data[start : start + 36] = struct.pack(
        ">9i", a * one, b * one, 0, -b * one, a * one, 0, 0, 0, last
    )
    (tmp_path / "a.mp4").write_bytes(data)
    (frame,) = frames_of(tmp_path / "a.mp4")
    upright = np.rot90(pixels, -quarters)
    assert np.abs(as_arrays([frame.image])[0] - upright).mean() < 16


def test_a_film_that_is_cut_short_has_its_frames_until_then(tmp_path):
    write_film(tmp_path / "a.mp4", colours(40), options={"movflags": "faststart"})
    data = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(data[: len(data) * 2 // 3])
    with opened_film(tmp_path / "a.mp4") as film:
        assert film.n_frames == 40
        found = []
        with pytest.raises(ImageError, match=r"a\.mp4: cut short, ends after .* s of 4\.0 s"):
            found.extend(frame.number for frame in film.frames())
    assert found == list(range(len(found)))
    assert 0 < len(found) < 40


def test_damaged_pieces_are_counted_and_left_out(tmp_path):
    write_film(tmp_path / "a.mp4", colours(40), options={"movflags": "faststart"})
    data = bytearray((tmp_path / "a.mp4").read_bytes())
    middle = (data.index(b"mdat") + len(data)) // 2
    data[middle : middle + 400] = bytes(400)
    (tmp_path / "a.mp4").write_bytes(data)
    with opened_film(tmp_path / "a.mp4") as film:
        found = list(film.frames())
        assert film.n_damaged > 0
    assert 0 < len(found) < 40
    times = [frame.time for frame in found]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"Dear diary,\n" * 100, "no film that is read here"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "no film that is read"),
        (b"ffconcat version 1.0\nfile a.mkv\n", "no film that is read here"),
        (b"\0\0\0\x20ftypisom" + bytes(200), "no film|no pictures"),
    ],
)
def test_what_is_no_film_is_refused(tmp_path, content, reason):
    write_film(tmp_path / "a.mkv", colours(1), **LOSSLESS)
    path = tmp_path / "text.mp4"
    path.write_bytes(content)
    assert reason.split("|")[-1] in refusal(path) or reason.split("|")[0] in refusal(path)


def test_missing_films_and_folders_are_refused(tmp_path):
    assert refusal(tmp_path / "none.mp4").endswith(
        "none.mp4: No such file or directory; expected a film that may be read"
    )
    assert "a folder" in refusal(tmp_path)


def test_sound_alone_is_no_film(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "no pictures in it" in refusal(tmp_path / "a.mp4")


def test_too_large_films_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    write_film(tmp_path / "a.mp4", colours(2))
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 64 * 48 - 1)
    assert "64 x 48 pixels are more than" in refusal(tmp_path / "a.mp4")


@pytest.mark.parametrize(
    "name", ["concat:a.mp4|b.mp4", "-i", "http:x.mp4", "a\x1b[31m\n.mp4", "%d.mp4"]
)
def test_names_are_names_of_files(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_film(tmp_path / "whole.mkv", colours(2), **LOSSLESS)
    (tmp_path / "whole.mkv").rename(tmp_path / name)
    assert len(frames_of(name)) == 2
    (tmp_path / name).write_bytes(b"none")
    assert refusal(name).isprintable()


def test_without_the_extra_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with (
        pytest.raises(CommandError, match=r"pip install 'lenet\[video\]'"),
        opened_film(tmp_path / "a.mp4"),
    ):
        pass


def test_cameras_have_the_names_of_each_system(monkeypatch):
    assert camera_place(0, "linux") == ("/dev/video0", "v4l2")
    assert camera_place(1, "darwin") == ("1:none", "avfoundation")
    devices = [SimpleNamespace(name="Front"), SimpleNamespace(name="Rear")]
    monkeypatch.setattr(av, "enumerate_input_devices", lambda driver: devices, raising=False)
    assert camera_place(1, "win32") == ("video=Rear", "dshow")


def test_a_camera_that_is_not_there_is_one_line():
    with (
        pytest.raises(ImageError, match=r"^camera 98: cannot be opened \([^)]+\); is it connected"),
        opened_camera(98),
    ):
        pass


def test_a_camera_is_read_as_a_film_without_an_end(tmp_path, monkeypatch):
    write_film(tmp_path / "a.mkv", colours(3), **LOSSLESS)
    real = av.open
    monkeypatch.setattr(films, "camera_place", lambda number: (str(tmp_path / "a.mkv"), "matroska"))
    monkeypatch.setattr(av, "open", real)
    with opened_camera(0) as camera:
        assert (camera.name, camera.n_frames) == ("camera 0", None)
        assert [frame.number for frame in camera.frames()] == [0, 1, 2]


def frame(number):
    return Frame(number, Fraction(number, 10), Image.new("RGB", (2, 2)))


def test_frames_that_come_meanwhile_are_passed_over_but_the_last():
    taken, has_all = threading.Event(), threading.Event()

    def camera():
        yield frame(0)
        taken.wait(10)
        yield from map(frame, range(1, 6))
        has_all.set()

    with newest(camera()) as frames:
        found = [next(frames).number]
        taken.set()
        has_all.wait(10)
        found += [each.number for each in frames]
    assert found == [0, 5]


def test_what_a_camera_raises_is_raised_where_frames_are_taken():
    def camera():
        yield frame(0)
        raise ImageError("camera 0: gone")

    found = []
    with newest(camera()) as frames, pytest.raises(ImageError, match="gone"):
        found.extend(each.number for each in frames)


def test_a_camera_is_left_as_soon_as_nobody_takes_frames():
    made = []

    def camera():
        for number in range(1_000_000):
            made.append(number)
            threading.Event().wait(0.001)
            yield frame(number)

    with newest(camera()) as frames:
        next(frames)
    n_made = len(made)
    threading.Event().wait(0.05)
    assert len(made) == n_made < 1_000_000
