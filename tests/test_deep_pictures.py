"""Training on pictures of more than 8 bits as a user does it, and what comes of it."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytensor
import pytest
from PIL import Image

from lenet import train
from lenet.commands import evaluate, explore, predict
from tests.image_folders import FLAGS, train_runs

TRAINING = (
    *("--model", "logistic", "--nepochs", "3", "--batch_size", "4", "--channels", "1"),
    *("--threads", "1", "--seed", "1"),
)
FORMS = {
    "bytes": lambda light: np.rint(255 * light).astype(np.uint8),
    "twelve": lambda light: np.rint(4095 * light).astype(np.uint16),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the same pictures as 8 and as 12 bits, and networks that have learnt them."""
    place = tmp_path_factory.mktemp("deep")
    rng = np.random.default_rng(3)
    for label, name in enumerate(("cat", "dog", "owl")):
        for k in range(20):
            light = 0.1 + 0.15 * label + rng.uniform(0, 0.3, (8, 8))
            for form, values in FORMS.items():
                (place / form / name).mkdir(parents=True, exist_ok=True)
                Image.fromarray(values(light)).save(place / form / name / f"{k:02d}.png")
    runs = {
        "of-bytes": ("bytes", ""),
        "measured": ("twelve", ""),
        "of-12-bits": ("twelve", "--bits 12"),
        "by-type": ("twelve", "--range each"),
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


def ranges(run):
    with h5py.File(f"{run}/model.h5") as file:
        return json.loads(file.attrs.get("number_ranges", "null"))


def weights(run):
    found = {}
    with h5py.File(f"{run}/model.h5") as file:
        file.visititems(
            lambda name, item: (
                found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


def said(command, capsys, *arguments):
    """Return the answers, and the lines on standard error, of a command that succeeds."""
    assert command.main([str(argument) for argument in arguments]) == 0
    found = capsys.readouterr()
    return found.out, found.err.splitlines()


def test_the_range_is_in_the_network_and_in_the_plan(capsys):
    assert ranges("of-bytes") == {"uint8": [0, 255]}
    assert ranges("of-12-bits") == {"uint16": [0, 4095]}
    assert ranges("by-type") is None
    ((black, white),) = ranges("measured").values()
    assert 400 < black < 600
    assert 2700 < white < 2900
    given = ["--image_dir", "twelve", *FLAGS[2:], "--channels", "1", "--bits", "12"]
    output, _ = said(explore, capsys, *given)
    assert "black to white: uint16 from 0 to 4095" in output


def test_a_range_that_hardly_fits_is_said_before_training_and_by_explore(capsys):
    flags = ["--image_dir", "twelve", *FLAGS[2:], "--channels", "1", "--bits", "8", "--seed", "1"]
    _, (line,) = said(explore, capsys, *flags)
    assert "range of uint16: --bits says 0 to 255, the pictures use 4" in line
    assert ": 0 % of the training pixels are below and 100 % above; without --bits, one t" in line
    given = [*FLAGS[:2], *flags, *TRAINING, "--nepochs", "1", "--out_dir", "beyond"]
    assert f"lenet-train: {line.split(': ', 1)[1]}" in said(train, capsys, *given)[1]


def test_a_range_for_bytes_alone_is_said(capsys):
    flags = ["--image_dir", "bytes", *FLAGS[2:], "--channels", "1"]
    _, lines = said(explore, capsys, *flags, "--range", "0", "4095")
    assert lines == ["lenet-explore: no pictures of more than 8 bits: --range does nothing"]
    assert said(explore, capsys, *flags, "--range", "each")[1] == []


def test_12_bits_by_their_depth_are_learnt_as_8_bits_are():
    """The weights differ by the rounding of 1 in 255 only, where those by type have learnt 1 to 11."""
    expected = weights("of-bytes")
    for run, tolerance in (("of-12-bits", 0.02), ("measured", 0.05)):
        for name, values in weights(run).items():
            if values.dtype.kind == "f":
                np.testing.assert_allclose(values, expected[name], atol=tolerance, err_msg=name)


def answers(run, capsys, *pictures):
    """Return the probabilities of pictures, of shape (n, classes), and the lines on standard error."""
    _, lines = said(predict, capsys, run, *pictures, "--json", "answers.json", "--threads", "1")
    found = json.loads(Path("answers.json").read_text())
    return np.array([list(entry["probabilities"].values()) for entry in found]), lines


@pytest.mark.parametrize("run", ["of-bytes", "of-12-bits", "measured"])
def test_a_network_judges_the_other_depth_as_its_own(run, capsys):
    flags = ["--part", "all", "--json", "scores.json", "--cache_dir", "cache", "--threads", "1"]
    errors = []
    for form in FORMS:
        said(evaluate, capsys, run, form, *flags)
        errors.append(json.loads(Path("scores.json").read_text())["error"])
    assert abs(errors[0] - errors[1]) < 0.06
    found = [answers(run, capsys, form)[0] for form in FORMS]
    np.testing.assert_allclose(*found, atol=0.08)


def test_what_a_network_has_not_learnt_is_said(capsys):
    _, (line,) = said(predict, capsys, "of-bytes", "twelve", "--threads", "1")
    assert line.startswith("lenet-predict: pictures of uint16, ")
    assert "the network has learnt uint8" in line
    assert said(predict, capsys, "of-bytes", "bytes", "--threads", "1")[1] == []


def test_networks_of_earlier_versions_see_values_by_their_type(capsys):
    """A picture of 12 bits is 1 to 11 to them."""
    found, lines = answers("by-type", capsys, "twelve")
    assert lines == []
    for path in sorted(Path("twelve").glob("*/*.png")):
        values = np.asarray(Image.open(path)).astype(float)
        copy = Path("copies", *path.parts[1:])
        copy.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.rint(values / 257).astype(np.uint8)).save(copy)
    np.testing.assert_array_equal(found, answers("by-type", capsys, "copies")[0])


@pytest.mark.parametrize(
    ("run", "reason"),
    [
        ("measured", 'its values had other ranges, {"uint16": ['),
        ("of-12-bits", "--range 0 9000 does not go with --bits 12"),
        ("by-type", "its values had other ranges, those of each type, not {"),
    ],
)
def test_a_run_goes_on_with_its_own_range_and_no_other(run, reason, capsys):
    before = ranges(run)
    assert train.main(["--resume", run, "--nepochs", "4"]) == 0
    assert ranges(run) == before
    capsys.readouterr()
    assert train.main(["--resume", run, "--nepochs", "5", "--range", "0", "9000"]) == 1
    assert reason in capsys.readouterr().err
