"""Flags for films: what does not go together is said before anything is read."""

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from lenet.commands import predict
from lenet.commands.film_flags import every, taken
from lenet.data.films import Frame


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in a folder with files that are looked for, and read by nobody."""
    monkeypatch.chdir(tmp_path)
    for name in ("model.h5", "film.mp4", "four.png"):
        Path(name).write_bytes(b"")


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ("four.png --out a.mp4", "--out: is for films; add --video FILE"),
        ("four.png --every 3", "--every: is for films; add --video FILE"),
        ("four.png --smooth 1", "--smooth: is for films; add --video FILE"),
        ("--video film.mp4 --boxes seen", "--boxes: is for pictures; leave it out"),
        ("--video film.mp4 --pages all", "--pages: is for pictures; leave it out"),
        ("--camera 0 --strict", "--strict: is for pictures; leave it out"),
        ("four.png --video film.mp4", "--video: goes without pictures, four.png among them"),
        ("four.png --camera 0", "--camera: goes without pictures, four.png among them"),
        ("--video film.mp4 --camera 0", "--camera: not allowed with argument --video"),
        ("--camera -1", "--camera: expected an integer from 0 to 99, got '-1'"),
        ("--video film.mp4 --every 0", "--every: expected a positive integer"),
        ("--video film.mp4 --every 0s", "--every: expected a positive number, got '0'"),
        ("--video film.mp4 --every xs", "--every: expected a positive number, got 'x'"),
        ("--video film.mp4 --smooth -1", "--smooth: expected a positive number, got '-1'"),
        ("--video film.mp4 --out a.txt", "--out: a.txt: expected a name that ends with .mp4"),
        ("--video film.mp4 --out film.mp4", "--out: film.mp4: is the film itself"),
        ("--video film.mp4 --csv --json", "--json: standard output has --csv already"),
    ],
)
def test_what_does_not_go_together_is_one_line(capsys, flags, reason):
    with pytest.raises(SystemExit) as caught:
        predict.main(["model.h5", *flags.split()])
    assert caught.value.code == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert reason in errors
    assert errors.count("\n") == 1


def times(step, times):
    is_due = taken(every(step) if step else None)
    frames = [Frame(k, Fraction(time), Image.new("RGB", (1, 1))) for k, time in enumerate(times)]
    return [frame.number for frame in frames if is_due(frame)]


def test_frames_are_taken_by_number_or_by_time():
    even = [Fraction(k, 10) for k in range(25)]
    assert times(None, even) == list(range(25))
    assert times("1", even) == list(range(25))
    assert times("10", even) == [0, 10, 20]
    assert times("1s", even) == [0, 10, 20]
    assert times("0.05s", even) == list(range(25))
    # The first frame at or after each multiple, however unevenly they come.
    assert times("0.5s", [0, 0.4, 0.6, 0.7, 2.2, 2.4, 2.5]) == [0, 2, 4, 6]
