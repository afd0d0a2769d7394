"""Pictures of several channels and pages as a user learns, evaluates, explores and classifies them."""

import csv
import json
import re

import h5py
import numpy as np
import pytensor
import pytest
from PIL import Image

from lenet import train
from lenet.commands import compare, evaluate, explore, predict
from tests.data.test_hyperstacks import imagej
from tests.image_folders import FLAGS, train_runs
from tests.tiff_files import EXTRA, PHOTOMETRIC, tiff_file, tiff_pages

TRAINING = (
    *("--model", "logistic", "--nepochs", "3", "--batch_size", "4"),
    *("--threads", "1", "--seed", "1"),
)
SIDE, N = 8, 12  # pixels, as many as the network takes; files of a class
CLASSES = ("cat", "dog", "owl")
# Counts of each channel: what there is everywhere, and what marks a class.
GROUND, MARK = (100, 20, 3000, 5), (500, 90, 40000, 30)
FOUR = {EXTRA: [0] * 3, PHOTOMETRIC: [1]}


def cell(label, rng):
    """Return counts of four channels, of which one marks the class."""
    found = np.array([[[low]] for low in GROUND]) * rng.uniform(0.9, 1.1, (4, SIDE, SIDE))
    found[label] += MARK[label] * rng.uniform(0.5, 1, (SIDE, SIDE))
    return found.astype(np.uint16)


def pages_of(planes):
    return [plane[np.newaxis] for plane in planes]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with pictures of the same values in several kinds of files, and networks."""
    place = tmp_path_factory.mktemp("channels")
    rng = np.random.default_rng(3)
    for label, name in enumerate(CLASSES):
        for k in range(N):
            values = cell(label, rng)
            np.save(place / f"{name}-{k:02d}.npy", values)
            planes = np.concatenate([values // 2, values, values // 3])
            files = {
                "samples": tiff_file(values, tags=FOUR),
                "planes": tiff_file(values, planar=2, compression="lzw", order=">", tags=FOUR),
                "hyper": tiff_pages(
                    pages_of(values), description=imagej(images=4, channels=4, max=9)
                ),
                "depths": tiff_pages(
                    pages_of(planes), description=imagej(images=12, channels=4, slices=3)
                ),
                "stacks": tiff_pages(pages_of(values)),
                "bytes": tiff_file(
                    (values >> 8).astype(np.uint8)[:2], tags={EXTRA: [0], PHOTOMETRIC: [1]}
                ),
            }
            for form, data in files.items():
                (place / form / name).mkdir(parents=True, exist_ok=True)
                (place / form / name / f"{k:02d}.tif").write_bytes(data)
    runs = {
        "kept": ("samples", "--channels all"),
        "of-bytes": ("bytes", "--channels all"),
        "projected": ("depths", "--channels all --pages project"),
        "first": ("stacks", "--channels 1 --pages first"),
        "all": ("stacks", "--channels 1 --pages all"),
    }
    train_runs(place, runs, TRAINING)
    return place


@pytest.fixture(autouse=True)
def here(place, monkeypatch):
    """Be in that folder."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with pytensor.config.change_flags(floatX="float32"):
        yield place


def said(command, capsys, *arguments):
    """Return the output, and the lines on standard error, of a command that succeeds."""
    assert command.main([str(argument) for argument in arguments]) == 0
    found = capsys.readouterr()
    return found.out, found.err.splitlines()


def refused(command, capsys, *arguments):
    """Return the one line of a command that fails."""
    assert command.main([str(argument) for argument in arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


def attributes(run):
    with h5py.File(f"{run}/model.h5") as file:
        return dict(file.attrs)


def parts(run):
    """Return the rows of the images of a run by part."""
    with open(f"{run}/images.csv", newline="") as file:
        return list(csv.DictReader(file))


def error_of(capsys, *arguments):
    """Return the share of wrong answers that evaluate finds."""
    said(evaluate, capsys, *arguments, "--json", "scores.json", "--cache_dir", "cache")
    with open("scores.json") as file:
        return json.load(file)["error"]


def probabilities(capsys, *arguments):
    """Return what predict says of each picture, in a table."""
    said(predict, capsys, *arguments, "--json", "answers.json")
    with open("answers.json") as file:
        return {entry["file"]: entry["probabilities"] for entry in json.load(file)}


def test_each_channel_has_its_own_range_which_is_saved():
    ranges = json.loads(attributes("kept")["number_ranges"])
    training = [row["file"] for row in parts("kept") if row["part"] == "training"]
    names = [re.search(r"(\w+)/(\d+)\.tif", path) for path in training]
    values = np.stack([np.load(f"{found[1]}-{found[2]}.npy") for found in names])
    assert list(ranges) == [f"uint16 channel {k + 1}" for k in range(4)]
    for k, ends in enumerate(ranges.values()):
        np.testing.assert_allclose(ends, np.percentile(values[:, k], (0.1, 99.9)), rtol=1e-5)
    assert attributes("kept")["channels"] == 4


def test_the_plan_says_channels_ranges_and_pages(capsys):
    for form, flags, texts in (
        ("samples", "--channels all", ["8 x 8 pixels, 4 channels", "uint16 by channel from "]),
        ("depths", "--channels all --pages project", ["the lightest value of all, pixel by"]),
        ("stacks", "--channels 1 --pages first", ["8 x 8 pixels, gray", "pages: the first"]),
    ):
        given = [*FLAGS, *TRAINING[:2], "--nepochs", "1", "--image_dir", form, *flags.split()]
        assert train.main([*given, "--out_dir", f"plan-{form}"]) == 0
        output = capsys.readouterr().out
        for text in texts:
            assert text in output


def test_the_marks_of_all_channels_are_learnt(capsys):
    assert error_of(capsys, "kept", "--part", "all") == 0
    assert error_of(capsys, "kept") == 0
    assert error_of(capsys, "projected", "--part", "all") == 0


@pytest.mark.slow
def test_other_kinds_of_files_of_the_same_values_are_seen_alike(capsys):
    expected = probabilities(capsys, "kept", "samples/cat/03.tif", "samples/owl/05.tif")
    for form in ("planes", "hyper"):
        found = probabilities(capsys, "kept", f"{form}/cat/03.tif", f"{form}/owl/05.tif")
        assert list(found.values()) == list(expected.values())
        assert error_of(capsys, "kept", "--image_dir", form) == 0


def test_predict_prepares_pages_as_they_were_learnt(capsys):
    """Its answers are those that evaluate has of the same pictures, page by page."""
    for run, folder in (
        ("kept", "samples"),
        ("projected", "depths"),
        ("first", "stacks"),
        ("all", "stacks"),
    ):
        said(
            evaluate, capsys, run, "--part", "all", "--predictions", "p.csv", "--cache_dir", "cache"
        )
        with open("p.csv", newline="") as file:
            expected = {}
            for row in csv.DictReader(file):
                name = row["file"].split(f"{folder}/")[-1] + (
                    f" page {row['page']}" if row["page"] else ""
                )
                expected[name] = {k: float(row[f"probability of {k}"]) for k in CLASSES}
        found = probabilities(capsys, run, folder)
        assert len(found) == len(expected) == (4 if run == "all" else 1) * N * len(CLASSES)
        for name, shares in found.items():
            assert shares == pytest.approx(expected[name.removeprefix(f"{folder}/")], abs=2e-5)


def test_all_pages_are_taken_if_predict_is_told_so(capsys):
    found = probabilities(capsys, "projected", "depths/cat/00.tif", "--pages", "all")
    assert list(found) == [f"depths/cat/00.tif page {k}" for k in (1, 5, 9)]
    found = probabilities(capsys, "first", "stacks/cat/00.tif", "--all_pages")
    assert len(found) == 4


def test_that_the_first_of_several_pages_is_taken_is_said_unless_it_was_chosen(capsys):
    (line,) = said(predict, capsys, "kept", "depths/cat/00.tif")[1]
    assert "of several pages the first is taken: depths/cat/00.tif (see --pages)" in line
    assert said(predict, capsys, "kept", "depths/cat/00.tif", "--pages", "first")[1] == []
    assert said(predict, capsys, "first", "stacks/cat/00.tif")[1] == []
    assert said(predict, capsys, "kept", "hyper/cat/00.tif")[1] == []


def test_a_dark_channel_is_not_another_scale(capsys):
    """In pictures of one class alone, other channels have no mark: their ranges stay."""
    _, lines = said(predict, capsys, "kept", "samples/dog")
    assert lines == []
    assert {
        name: max(shares, key=shares.get)
        for name, shares in probabilities(capsys, "kept", "samples/dog").items()
    } == {f"samples/dog/{k:02d}.tif": "dog" for k in range(N)}


def test_pages_of_a_file_are_in_one_part_and_one_fold(capsys):
    by_file = {}
    for row in parts("all"):
        by_file.setdefault(row["file"], set()).add(row["part"])
    assert len(by_file) == N * len(CLASSES)
    assert all(len(found) == 1 for found in by_file.values())
    given = [*FLAGS, *TRAINING[:2], "--nepochs", "1", "--image_dir", "stacks", "--channels", "1"]
    assert train.main([*given, "--pages", "all", "--folds", "2", "--out_dir", "folds"]) == 0
    tests = [
        {row["file"] for row in parts(f"folds/fold-{k}") if row["part"] == "test"} for k in (1, 2)
    ]
    assert not tests[0] & tests[1]
    assert tests[0] | tests[1] == set(by_file)


@pytest.mark.slow
def test_explore_shows_each_channel_and_compare_tells_the_runs_apart(capsys):
    given = ["folder", *FLAGS[2:], "--image_dir", "samples", "--channels", "all", "--out", "e.html"]
    output, _ = said(explore, capsys, *given)
    assert "8 x 8 pixels, 4 channels" in output
    for k in range(1, 5):
        assert re.search(f"^training +channel {k} ", output, re.MULTILINE)
    given[given.index("samples")] = "depths"
    output, _ = said(explore, capsys, *given, "--pages", "project")
    assert "36 images" in output
    assert "sizes of 36 pictures" in output
    output, _ = said(explore, capsys, "kept", "--out", "e.html", "--cache_dir", "cache")
    assert "most confident mistakes" in output
    output, _ = said(compare, capsys, "kept", "projected")
    assert "kept" in output
    assert "projected" in output


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (
            "--image_dir mixed --channels all",
            "expected as many channels in each picture, and there are",
        ),
        ("--image_dir samples --channels all --range each", "does not go with --channels all"),
        ("--image_dir samples", "or train with --channels all, which keeps 2 to 16"),
        (
            "--image_dir wide --channels all",
            "17 channels, more than the 16 that --channels all keeps",
        ),
        ("--image_dir few --pages all", "its images are in 2 files, expected at least 3"),
        ("--image_dir uneven --pages project", "--pages project takes pages of one size"),
    ],
)
def test_what_does_not_fit_is_one_line(here, capsys, flags, reason):
    rng = np.random.default_rng(1)
    for name in CLASSES:
        for folder in ("mixed", "wide", "few", "uneven"):
            (here / folder / name).mkdir(parents=True, exist_ok=True)
        for k in range(6):
            values = rng.integers(0, 900, (17, SIDE, SIDE)).astype(np.uint16)
            four = tiff_file(values[: 4 - k // 5], tags=FOUR)
            (here / "mixed" / name / f"{k}.tif").write_bytes(four)
            (here / "wide" / name / f"{k}.tif").write_bytes(
                tiff_file(values, tags={PHOTOMETRIC: [1]})
            )
            uneven = tiff_pages([values[:1], values[:1, :4]])
            (here / "uneven" / name / f"{k}.tif").write_bytes(uneven)
        for k in range(2):
            (here / "few" / name / f"{k}.tif").write_bytes(tiff_pages(pages_of(values + k)))
    line = refused(train, capsys, *FLAGS, *TRAINING, *flags.split(), "--out_dir", "none")
    assert reason in line


@pytest.mark.slow
def test_pages_that_come_into_several_parts_are_told_of(here, capsys):
    rng = np.random.default_rng(1)
    for name in CLASSES:
        (here / "two" / name).mkdir(parents=True, exist_ok=True)
        for k in range(2):
            pages = pages_of(rng.integers(0, 900, (9, SIDE, SIDE)).astype(np.uint16))
            (here / "two" / name / f"{k}.tif").write_bytes(tiff_pages(pages))
    given = ["folder", *FLAGS[2:], "--image_dir", "two", "--out", "e.html"]
    _, lines = said(explore, capsys, *given)
    assert any("pages of 6 files are in several parts" in line for line in lines)
    _, lines = said(explore, capsys, *given, "--pages", "first", "--split", "50", "50", "0")
    assert not any("in several parts" in line for line in lines)


@pytest.mark.slow
def test_a_network_refuses_pictures_of_other_channels(capsys):
    assert predict.main(["kept", "bytes/cat/00.tif", "stacks/cat/00.tif"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert any(
        "bytes/cat/00.tif: 2 channels, and 4 channels are expected" in line for line in lines
    )
    line = refused(evaluate, capsys, "kept", "--image_dir", "bytes", "--cache_dir", "cache")
    assert "bytes/cat/00.tif: 2 channels, and the network has learnt pictures of 4" in line


def test_bytes_of_two_channels_stay_as_they_are(capsys):
    assert json.loads(attributes("of-bytes")["number_ranges"]) == {"uint8": [0.0, 255.0]}
    assert attributes("of-bytes")["channels"] == 2
    assert len(probabilities(capsys, "of-bytes", "bytes/cat")) == N


@pytest.mark.slow
def test_gray_and_coloured_pictures_keep_theirs(here, capsys):
    for mode, channels in (("L", 1), ("RGB", 3)):
        for name in CLASSES:
            (here / mode / name).mkdir(parents=True, exist_ok=True)
            for k in range(6):
                pixels = np.random.default_rng(k).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
                Image.fromarray(pixels).convert(mode).save(here / mode / name / f"{k}.png")
        given = [*FLAGS, *TRAINING[:2], "--nepochs", "1", "--image_dir", mode, "--channels", "all"]
        assert train.main([*given, "--out_dir", f"run-{mode}"]) == 0
        assert attributes(f"run-{mode}")["channels"] == channels
