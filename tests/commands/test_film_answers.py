"""Films through `lenet-predict`: what it says of each frame is what it says of the frame saved as a picture."""

import csv
import json
import os
import resource
import signal
import sys
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from lenet.commands import film_answers, predict
from lenet.commands.film_answers import batches, smoothing
from lenet.data import films
from lenet.data.films import Frame
from lenet.errors import ImageError
from lenet.input_pipeline import load_digits
from tests.dataset_makers import cifar_batches
from tests.film_files import LOSSLESS, as_arrays, colours, on_paper, read_film, write_film
from tests.quick_runs import quick_train


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with two networks that have learnt next to nothing, of digits and of colours."""
    folder = tmp_path_factory.mktemp("films")
    with quick_train(folder) as train:
        common = "--nepochs 1 --lwidth 2 2 4 6 --batch_size 20"
        assert train(f"--dataset mnist {common} --out_dir", folder / "digits") == 0
        (folder / "cifar-10-batches-py").mkdir()
        for name, content in cifar_batches([10] * 6)[0].items():
            (folder / "cifar-10-batches-py" / name).write_bytes(content)
        assert train(f"--dataset cifar10 {common} --out_dir", folder / "colours") == 0
        yield folder


@pytest.fixture
def command(folder, tmp_path, monkeypatch):
    """Return `main` with one of the networks, from an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda name, *flags: predict.main([str(folder / name), *flags])


def digits(k, n=10, rows=120, columns=160):
    """Return frames of a digit that moves over paper."""
    pixels = load_digits().test.images[k, 0]
    return [on_paper([(pixels, 30, 10 + 6 * step)], rows, columns) for step in range(n)]


def entries_of(path):
    return json.loads(path.read_text())


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("digits", []),
        ("digits", ["--no_centre"]),
        ("colours", []),
        ("colours", ["--invert", "yes", "--stretch"]),
    ],
)
def test_frames_are_seen_as_the_same_pictures_are(command, tmp_path, name, flags):
    frames = digits(0, 3) if name == "digits" else colours(3)
    write_film(tmp_path / "a.mkv", frames, **LOSSLESS)
    names = []
    for k, frame in enumerate(frames):
        names.append(f"{k}.png")
        Image.fromarray(frame).save(names[-1])
    command(name, "--video", "a.mkv", "--json", "film.json", *flags)
    command(name, *names, "--json", "pictures.json", *flags)
    found, expected = entries_of(tmp_path / "film.json"), entries_of(tmp_path / "pictures.json")
    assert len(found) == len(expected) >= 3
    for frame, picture in zip(found, expected, strict=True):
        assert f"{frame.pop('frame')}.png" == picture.pop("file")
        del frame["time"]
        assert frame == picture


@pytest.mark.parametrize(
    ("source", "end"), [("a.mp4", ".mp4"), ("a.mp4", ".gif"), ("a.gif", ".mkv")]
)
def test_a_film_is_written_with_its_classes_on_it(command, tmp_path, capsys, source, end):
    frames = colours(8, 240, 320)
    if source == "a.mp4":
        write_film(tmp_path / source, frames, rate=10)
    else:
        first, *others = map(Image.fromarray, frames)
        first.save(tmp_path / source, save_all=True, append_images=others, duration=100)
    assert command("colours", "--video", source, "--out", f"seen{end}", "--csv", "a.csv") == 0
    before, _, _ = read_film(tmp_path / source)
    after, size, rate = read_film(tmp_path / f"seen{end}")
    assert (len(after), size) == (8, (320, 240))
    assert float(rate) == pytest.approx(10, rel=0.15)
    for one, other in zip(as_arrays(before), as_arrays(after), strict=True):
        assert np.abs(one[:200] - other[:200]).mean() < 16
        assert np.abs(one[220:] - other[220:]).mean() > 30
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [int(row["frame"]) for row in rows] == list(range(8))
    assert [float(row["time"]) for row in rows] == pytest.approx([k / 10 for k in range(8)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("0:00.00  ")
    assert lines[-1].startswith("8 frames, 0:00.80: ")


def test_digits_get_boxes(command, tmp_path):
    frames = digits(0, 4, 240, 320)
    write_film(tmp_path / "a.mkv", frames, **LOSSLESS)
    assert command("digits", "--video", "a.mkv", "--out", "seen.mkv", "--json", "a.json") == 0
    after = as_arrays(read_film(tmp_path / "seen.mkv")[0])
    for entry, frame in zip(entries_of(tmp_path / "a.json"), after, strict=True):
        left, _, right, bottom = entry["box"]
        below = frame[bottom : bottom + 8, left:right]
        assert (below[..., 0] - below[..., 1]).max() > 60


def test_frames_without_a_digit_are_no_failure(command, tmp_path, capsys):
    paper = on_paper([])
    write_film(tmp_path / "a.mkv", [paper, *digits(0, 2), paper], **LOSSLESS)
    assert command("digits", "--video", "a.mkv", "--csv", "a.csv") == 0
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [bool(row["prediction"]) for row in rows] == [False, True, True, False]
    output, errors = capsys.readouterr()
    assert "0:00.00  no digit\n" in output
    assert "in 2 frames (see --no_centre)" in errors
    write_film(tmp_path / "b.mkv", [paper], **LOSSLESS)
    assert command("digits", "--video", "b.mkv") == 1
    assert "b.mkv: no frame shows a digit" in capsys.readouterr().err


def test_some_frames_are_classified_and_all_are_written(command, tmp_path, capsys):
    write_film(tmp_path / "a.mp4", colours(10), rate=10)
    assert command("colours", "--video", "a.mp4", "--every", "4", "--out", "b.mp4", "--csv") == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert [int(row["frame"]) for row in rows] == [0, 4, 8]
    assert len(read_film(tmp_path / "b.mp4")[0]) == 10
    assert command("colours", "--video", "a.mp4", "--every", "0.5s") == 0
    assert "2 of 10 frames, 0:01.00: " in capsys.readouterr().out


def test_batches_change_nothing(command, tmp_path, monkeypatch):
    write_film(tmp_path / "a.mkv", colours(7), **LOSSLESS)
    command("colours", "--video", "a.mkv", "--csv", "a.csv")
    monkeypatch.setattr(film_answers, "MOST_BYTES", 2 * 3 * 48 * 64)
    command("colours", "--video", "a.mkv", "--csv", "b.csv")
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()


def test_no_more_frames_are_held_than_have_room(monkeypatch):
    monkeypatch.setattr(film_answers, "MOST_BYTES", 5 * 3 * 4)
    frames = [Frame(k, Fraction(k), Image.new("RGB", (2, 2))) for k in range(12)]
    assert [len(batch) for batch in batches(frames, 64)] == [5, 5, 2]
    assert [len(batch) for batch in batches(frames, 4)] == [4, 4, 4]


def test_frames_before_a_failure_are_handed_on():
    def failing():
        yield from (Frame(k, Fraction(k), Image.new("RGB", (2, 2))) for k in range(3))
        raise ImageError("cut short")

    found = []
    with pytest.raises(ImageError, match="cut short"):
        found.extend(len(batch) for batch in batches(failing(), 2))
    assert found == [2, 1]


def test_smoothing_is_the_mean_of_the_last_seconds():
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(4), 20)
    times = [Fraction(k, 10) for k in range(20)]
    smoothed = smoothing(0.45)
    for k, (time, own) in enumerate(zip(times, shares, strict=True)):
        expected = shares[max(0, k - 4) : k + 1].mean(axis=0)
        np.testing.assert_allclose(smoothed(time, own[np.newaxis]), [expected])
    # Several digits, or none, are another scene.
    np.testing.assert_array_equal(smoothed(Fraction(2), shares[:2]), shares[:2])
    np.testing.assert_allclose(smoothed(Fraction(21, 10), shares[:1]), shares[:1])
    assert smoothing(None)(Fraction(0), shares) is shares


def test_answers_are_smoothed(command, tmp_path):
    write_film(tmp_path / "a.mkv", colours(6), **LOSSLESS)
    command("colours", "--video", "a.mkv", "--json", "a.json")
    command("colours", "--video", "a.mkv", "--json", "b.json", "--smooth", "100")
    each, smooth = (
        np.array([list(entry["probabilities"].values()) for entry in entries_of(tmp_path / name)])
        for name in ("a.json", "b.json")
    )
    running = np.cumsum(each, axis=0) / np.arange(1, 7)[:, np.newaxis]
    np.testing.assert_allclose(smooth, running, atol=2e-6)


@pytest.fixture
def pressed_at(monkeypatch):
    """Return a function that has Ctrl-C pressed as a frame is read."""

    def press(number):
        real = films.Film.frames

        def frames(film):
            for frame in real(film):
                if frame.number == number:
                    os.kill(os.getpid(), signal.SIGINT)
                yield frame

        monkeypatch.setattr(films.Film, "frames", frames)

    return press


def test_ctrl_c_keeps_what_was_seen(command, tmp_path, capsys, pressed_at):
    write_film(tmp_path / "a.mp4", colours(20), rate=10)
    pressed_at(6)
    flags = ("--out", "b.mp4", "--csv", "b.csv", "--json", "b.json")
    assert command("colours", "--video", "a.mp4", *flags) == 130
    assert "interrupted; what was seen until then is kept" in capsys.readouterr().err
    rows = list(csv.DictReader((tmp_path / "b.csv").read_text().splitlines()))
    assert len(rows) == len(entries_of(tmp_path / "b.json")) == len(read_film("b.mp4")[0]) == 6
    assert not list(tmp_path.glob(".*"))


def test_ctrl_c_before_the_first_frame_writes_nothing(command, tmp_path, capsys, pressed_at):
    write_film(tmp_path / "a.mp4", colours(3))
    pressed_at(0)
    assert command("colours", "--video", "a.mp4", "--out", "b.mp4", "--csv", "b.csv") == 130
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_camera_goes_on_until_ctrl_c(command, tmp_path, capsys, monkeypatch, pressed_at):
    write_film(tmp_path / "a.mkv", colours(5), **LOSSLESS)

    @contextmanager
    def camera(number):
        assert number == 3
        with films.opened_film(tmp_path / "a.mkv") as film:
            yield film

    @contextmanager
    def waiting(frames):
        yield frames

    monkeypatch.setattr(film_answers, "opened_camera", camera)
    monkeypatch.setattr(film_answers, "newest", waiting)
    pressed_at(4)
    assert command("colours", "--camera", "3", "--csv", "b.csv", "--out", "b.mp4") == 0
    assert len(list(csv.DictReader((tmp_path / "b.csv").read_text().splitlines()))) == 4
    assert len(read_film(tmp_path / "b.mp4")[0]) == 4


def test_a_film_that_is_cut_short_keeps_what_was_seen(command, tmp_path, capsys):
    write_film(tmp_path / "a.mp4", colours(40), options={"movflags": "faststart"})
    data = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(data[: len(data) * 2 // 3])
    assert command("colours", "--video", "a.mp4", "--csv", "a.csv", "--out", "b.mp4") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "a.mp4: cut short, ends after" in line
    n = len(list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines())))
    assert 0 < n == len(read_film(tmp_path / "b.mp4")[0]) < 40


def test_a_full_disk_costs_the_film_not_the_table(command, tmp_path, capsys, monkeypatch):
    write_film(tmp_path / "a.mp4", colours(60, 320, 320), rate=10)
    # Python leaves what it could not write whole.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, limits[1]))
    try:
        status = command("colours", "--video", "a.mp4", "--out", "b.mp4", "--csv", "b.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert status == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "lenet-predict: b.mp4: File too large"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.csv"]
    assert list(csv.DictReader((tmp_path / "b.csv").read_text().splitlines()))


@pytest.mark.parametrize("flag", ["--out", "--csv"])
def test_places_that_cannot_be_written_are_one_line(command, tmp_path, capsys, flag):
    write_film(tmp_path / "a.mp4", colours(3))
    name = "none/b.mp4"
    assert command("colours", "--video", "a.mp4", flag, name) == 1
    assert capsys.readouterr().err == f"lenet-predict: {name}: No such file or directory\n"


def test_a_film_among_pictures_is_told_of(command, tmp_path, capsys):
    write_film(tmp_path / "a.mp4", colours(1))
    assert command("colours", "a.mp4") == 1
    assert (
        "a film, not a picture; lenet-predict takes films as --video FILE"
        in capsys.readouterr().err
    )
