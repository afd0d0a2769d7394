"""Films that are written, read back by PyAV: frames, sizes, rates, times."""

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lenet.errors import CommandError
from lenet.report.film_writer import KINDS, FilmWriter, kind_of
from tests.film_files import as_arrays, av, colours, read_film


def written(path, pictures, rate=10, times=None):
    with open(path, "wb") as file:
        writer = FilmWriter(file, path, Fraction(rate), Fraction(1, 1000), 1)
        for k, picture in enumerate(pictures):
            time = Fraction(k, rate) if times is None else times[k]
            writer.add(writer.show(Image.fromarray(picture)), time)
        writer.close()
    return read_film(path)


@pytest.mark.parametrize("end", sorted(KINDS))
def test_each_kind_has_the_frames_the_size_and_the_rate(tmp_path, end):
    pictures = colours(6, 320, 320)
    found, size, rate = written(tmp_path / f"a{end}", pictures)
    assert size == (320, 320)
    assert float(rate) == pytest.approx(10, rel=0.25 if end == ".gif" else 0.01)
    assert len(found) == 6
    for frame, picture in zip(as_arrays(found), pictures, strict=True):
        assert np.abs(frame - picture).mean() < 16


def test_small_films_are_enlarged_and_odd_sides_made_even(tmp_path):
    _, size, _ = written(tmp_path / "a.mp4", [np.zeros((28, 28, 3), np.uint8)] * 2)
    assert size == (308, 308)
    _, size, _ = written(tmp_path / "b.mp4", [np.zeros((301, 401, 3), np.uint8)] * 2)
    assert size == (402, 302)
    _, size, _ = written(tmp_path / "c.gif", [np.zeros((301, 401, 3), np.uint8)] * 2)
    assert size == (401, 301)


def test_times_are_kept_and_grow(tmp_path):
    times = [Fraction(0), Fraction(1, 2), Fraction(1, 2), Fraction(3)]
    written(tmp_path / "a.mp4", colours(4, 320, 320), times=times)
    with av.open(str(tmp_path / "a.mp4")) as container:
        found = [frame.time for frame in container.decode(video=0)]
    assert found == pytest.approx([0, 0.5, 0.501, 3], abs=1e-4)


def test_frames_of_another_size_are_fitted_into_that_of_the_first(tmp_path):
    first = np.full((400, 400, 3), 200, np.uint8)
    wide = np.full((100, 200, 3), 200, np.uint8)
    found, size, _ = written(tmp_path / "a.mp4", [first, wide])
    assert size == (400, 400)
    second = as_arrays(found)[1]
    np.testing.assert_allclose(second[120:280], 200, atol=8)
    np.testing.assert_allclose(second[:80], 0, atol=8)
    np.testing.assert_allclose(second[320:], 0, atol=8)


def test_unknown_kinds_are_refused():
    with pytest.raises(CommandError, match=r"--out a\.txt: expected a name that ends with \.mp4"):
        kind_of(Path("a.txt"))


def test_what_a_codec_does_not_take_is_one_line(tmp_path):
    writer = FilmWriter(io.BytesIO(), tmp_path / "a.mp4", Fraction(10), Fraction(1, 10), 1)
    with pytest.raises(CommandError, match=r"a\.mp4: 20000 x 2 pixels at 0 s cannot be encoded"):
        writer.add(writer.show(Image.new("RGB", (20_000, 2))), Fraction(0))


def test_a_full_disk_is_told_as_the_system_tells_it(tmp_path):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    writer = FilmWriter(Full(), tmp_path / "a.mp4", Fraction(10), Fraction(1, 10), 1)
    with pytest.raises(OSError, match="No space left"):  # noqa: PT012, at whichever frame
        for k, picture in enumerate(colours(50, 320, 320)):
            writer.add(writer.show(Image.fromarray(picture)), Fraction(k, 10))
        writer.close()
