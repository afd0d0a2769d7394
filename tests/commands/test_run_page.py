"""lenet train --show: the epochs that are kept, and the page at the end."""

import json
import re

import numpy as np
import pytest

from lenet.commands import show
from lenet.errors import CheckpointError
from lenet.report.show_link import LINK
from lenet.runs.checkpoint import load
from lenet.runs.kept_epochs import KeptEpochs
from lenet.runs.names import EPOCHS, LAST, METRICS, MODEL, PAGE, REPORT
from tests.image_folders import write_folder
from tests.quick_runs import quick_train
from tests.runs.test_writer import interrupted

BASE = "--dataset mnist --batch_size 20 --lr 0.05 --threads 1 --model mlp --hidden 4 --batch_norm"


def payload_of(path):
    return json.loads(re.search(r'id="network">(.*?)</script>', path.read_text())[1])


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    with quick_train(tmp_path_factory.mktemp("data")) as train:
        yield train


@pytest.fixture(scope="module")
def run(train, tmp_path_factory):
    """A run of four epochs, with its page."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert train(BASE, "--show --nepochs 4 --out_dir", folder) == 0
    return folder


def assert_same_epochs(folder, other):
    found, expected = (KeptEpochs.load(each / EPOCHS).weights for each in (folder, other))
    assert found.keys() == expected.keys()
    for epoch, weights in expected.items():
        for name, values in weights.items():
            np.testing.assert_array_equal(found[epoch][name], values, err_msg=f"{epoch} {name}")


def test_the_weights_are_those_without_it(run, train, tmp_path):
    assert train(BASE, "--nepochs 4 --out_dir", tmp_path / "plain") == 0
    assert not (tmp_path / "plain" / EPOCHS).exists()
    assert not (tmp_path / "plain" / PAGE).exists()
    for name in (MODEL, LAST):
        found, expected = (load(folder / name) for folder in (run, tmp_path / "plain"))
        assert found.parameters.keys() == expected.parameters.keys()
        for key, values in expected.parameters.items():
            assert found.parameters[key].tobytes() == values.tobytes()
        assert str(found.groups) == str(expected.groups)


def test_the_page_has_the_epochs_of_the_run(run):
    learnt = payload_of(run / PAGE)["learnt"]
    assert learnt["total"] == 4
    assert sorted([*learnt["epochs"], learnt["own"]]) == [0, 1, 2, 3, 4]
    assert learnt["own"] == load(run / MODEL).attributes["epoch"]
    metrics = (run / METRICS).read_text().splitlines()
    column = metrics[0].split(",").index("validation_error")
    errors = [float(line.split(",")[column]) for line in metrics[1:]]
    assert learnt["curves"]["validation_error"] == pytest.approx(errors, rel=1e-4)


@pytest.mark.parametrize("steps", [2, 7])
def test_an_interrupted_run_keeps_the_same_epochs(steps, run, train, tmp_path):
    folder = tmp_path / "run"
    with interrupted(steps, KeyboardInterrupt):
        assert train(BASE, "--show --nepochs 4 --out_dir", folder) == 130
    assert train("--resume", folder) == 0
    assert_same_epochs(folder, run)
    assert (
        payload_of(folder / PAGE)["learnt"]["epochs"] == payload_of(run / PAGE)["learnt"]["epochs"]
    )


def test_a_run_killed_between_its_two_files_keeps_the_same_epochs(
    run, train, tmp_path, monkeypatch
):
    folder = tmp_path / "run"
    keep = KeptEpochs.keep

    def keep_and_die(kept, epoch, *rest):
        keep(kept, epoch, *rest)
        if epoch == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(KeptEpochs, "keep", keep_and_die)
        assert train(BASE, "--show --nepochs 4 --out_dir", folder) == 130
    assert load(folder / LAST).attributes["epoch"] == 2
    assert KeptEpochs.load(folder / EPOCHS).epochs[-1] == 3
    assert train("--resume", folder) == 0
    assert_same_epochs(folder, run)


def test_a_run_that_goes_on_with_it_keeps_epochs_from_then_on(train, tmp_path, capsys):
    folder = tmp_path / "run"
    assert train(BASE, "--nepochs 2 --out_dir", folder) == 0
    assert show.main([str(folder), "--no_pictures", "--threads", "1"]) == 0
    assert capsys.readouterr().out.endswith("lenet train --show keeps them\n")
    learnt = payload_of(folder / PAGE)["learnt"]
    assert "epochs" not in learnt
    assert len(learnt["curves"]["epoch"]) == 2
    assert train("--resume", folder, "--show --nepochs 3") == 0
    assert KeptEpochs.load(folder / EPOCHS).epochs == [2, 3]


def test_a_network_that_no_page_has_does_not_fail_the_run(train, tmp_path, capsys, monkeypatch):
    def refuse(layers, numbers):
        raise ValueError("layer conv1: Conv3d, and a page shows images, not volumes")

    monkeypatch.setattr("lenet.commands.run_page.layer_descriptions", refuse)
    folder = tmp_path / "run"
    assert train(BASE, "--show --nepochs 1 --out_dir", folder) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == (
        f"lenet-train: no page: {folder / MODEL}: layer conv1: Conv3d, and a page shows images, not volumes"
    )
    assert sum("Conv3d" in line for line in said) == 1
    assert not (folder / PAGE).exists()


def test_an_earlier_network_is_not_the_page_of_a_run_without_an_epoch(run, train, tmp_path, capsys):
    model = tmp_path / "best.h5"
    model.write_bytes((run / MODEL).read_bytes())
    folder = tmp_path / "run"
    with interrupted(1, KeyboardInterrupt):
        assert (
            train(BASE, "--show --nepochs 4 --model_save_path", model, "--out_dir", folder) == 130
        )
    assert not (folder / PAGE).exists()
    assert "show.html" not in capsys.readouterr().out


def test_a_network_that_cannot_be_read_is_a_line(train, tmp_path, capsys, monkeypatch):
    def refuse(path, mode):
        raise CheckpointError(f"{path}: damaged")

    monkeypatch.setattr("lenet.commands.run_page.SavedModel.load", refuse)
    folder = tmp_path / "run"
    assert train(BASE, "--show --nepochs 1 --out_dir", folder) == 0
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"lenet-train: no page: {folder / MODEL}: damaged"
    )


def test_without_test_images_the_best_epoch_stays_after_resuming_too(train, tmp_path, monkeypatch):
    images = write_folder(tmp_path / "images", {"cat": 10, "dog": 10})
    folder, kept = tmp_path / "run", []
    split = f"--image_dir {images} --split 60 40 0 --image_size 8 --batch_size 4 --threads 1"
    # So slow that all epochs have the error of the first, which is the best of them.
    slow = "--model mlp --hidden 4 --lr 1e-9 --patience 99"
    assert train(split, slow, "--show --nepochs 2 --out_dir", folder) == 0
    keep = KeptEpochs.keep

    def keep_noted(self, epoch, model, best):
        kept.append((epoch, best))
        keep(self, epoch, model, best)

    monkeypatch.setattr(KeptEpochs, "keep", keep_noted)
    assert train("--resume", folder, "--nepochs 4") == 0
    assert kept == [(3, 1), (4, 1)]


def test_damaged_files_are_a_line_each_and_the_page_is_written(run, tmp_path, capsys):
    epochs = (run / EPOCHS).read_bytes()
    try:
        (run / EPOCHS).write_bytes(epochs[: len(epochs) // 2])
        (run / "predictions.csv").write_text("part\n")
        out = tmp_path / "page.html"
        assert show.main([str(run), "--no_pictures", "--threads", "1", "--out", str(out)]) == 0
    finally:
        (run / EPOCHS).write_bytes(epochs)
        (run / "predictions.csv").unlink()
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"lenet-show: no curves and epochs on the page: {run / EPOCHS}: ")
    assert second.startswith(
        f"lenet-show: no confusion matrix on the page: {run}/predictions.csv: "
    )
    content = payload_of(out)
    assert content["learnt"] is None
    assert content["confusion"] is None


def test_damaged_epochs_are_not_gone_on_with(run, train, tmp_path, capsys):
    epochs = (run / EPOCHS).read_bytes()
    try:
        (run / EPOCHS).write_bytes(epochs[:300])
        assert train("--resume", run, "--nepochs 5") == 1
    finally:
        (run / EPOCHS).write_bytes(epochs)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"lenet-train: {run / EPOCHS}: ")


def test_the_report_gets_its_link(run, train):
    (run / REPORT).write_text("<h1>title</h1>\n<p>text</p>")
    assert train("--resume", run) == 0
    assert LINK in (run / REPORT).read_text()
