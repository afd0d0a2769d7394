"""The network that commands take: one that comes with lenet, by its name or where there is no run."""

import shutil
from pathlib import Path

import pytest

from lenet.commands import evaluate, explore, export, predict
from lenet.trained import PLACE
from tests.quick_runs import plain_backend

FOUR = Path(__file__).parents[2] / "docs" / "four.png"
DEFAULT = "lenet-predict: no --model: the digits network that comes with lenet (mnist); --model RUN for yours"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with plain_backend():
        yield tmp_path


def test_a_picture_is_enough(here, capsys):
    assert predict.main([str(FOUR)]) == 0
    output, errors = capsys.readouterr()
    assert output.startswith("Predicted Number: 4 (")
    assert errors.splitlines()[0] == DEFAULT
    assert "digit cut out, scaled and centred, as the images of mnist are" in errors


def test_a_run_of_ones_own_comes_before(here, capsys):
    run = here / "runs" / "own"
    run.mkdir(parents=True)
    shutil.copyfile(PLACE / "mnist-1998.h5", run / "model.h5")
    assert predict.main([str(FOUR)]) == 0
    output, errors = capsys.readouterr()
    assert output.startswith("Predicted Number: 4 (")
    assert errors.splitlines()[0] == "lenet-predict: the newest run is taken: runs/own"


@pytest.mark.parametrize(
    "words",
    [["mnist-1998"], ["--model", "mnist-1998"], ["--model_save_path", "mnist-1998"]],
    ids=lambda words: words[0],
)
def test_a_name_is_taken_with_and_without_a_flag(here, monkeypatch, words):
    asked = []
    monkeypatch.setattr(predict, "predict", lambda arguments: asked.append(arguments) or 0)
    assert predict.main([*words, str(FOUR)]) == 0
    assert asked[0].model_save_path == PLACE / "mnist-1998.h5"
    assert asked[0].input_image == [FOUR]


def test_a_path_of_that_name_comes_first(here, capsys):
    (here / "mnist").mkdir()
    assert predict.main(["--model", "mnist", str(FOUR)]) == 1
    assert capsys.readouterr().err == (
        "lenet-predict: mnist/model.h5: No such file or directory; expected a model.h5 file\n"
    )


def test_a_slip_is_told_of(here, capsys):
    with pytest.raises(SystemExit, match="2"):
        predict.main(["mnits", str(FOUR)])
    assert "did you mean mnist?" in capsys.readouterr().err


def test_two_networks_are_refused(here, capsys):
    with pytest.raises(SystemExit, match="2"):
        predict.main(["mnist", "--model", "mnist-1998", str(FOUR)])
    errors = capsys.readouterr().err
    assert "two trained networks, mnist and --model mnist-1998; expected one" in errors


@pytest.mark.parametrize("command", [evaluate, export], ids=["evaluate", "export"])
def test_other_commands_want_a_name(here, capsys, command):
    """What they would say or write of another network than the user's own could be mistaken for it."""
    with pytest.raises(SystemExit, match="2"):
        command.main(["--format", "npz"] if command is export else [])
    errors = capsys.readouterr().err
    assert "no trained network below runs/; expected RUN" in errors
    assert "or one that comes with lenet: mnist and mnist-1998" in errors


def test_what_is_exported_lies_in_the_current_folder(here, capsys):
    before = sorted(PLACE.iterdir())
    assert export.main(["--model", "mnist", "--format", "npz"]) == 0
    assert (here / "mnist.npz").exists()
    assert sorted(PLACE.iterdir()) == before
    assert capsys.readouterr().out.startswith("mnist.npz: mnist, ")


def test_mnist_is_a_data_set_where_one_is_expected(here):
    found = explore.parse_arguments(["mnist"])
    assert (found.dataset, found.model_save_path) == ("mnist", None)
    found = explore.parse_arguments(["mnist", "mnist"])
    assert (found.dataset, found.model_save_path) == ("mnist", PLACE / "mnist.h5")
    found = explore.parse_arguments(["digits", "--model", "mnist"])
    assert (found.dataset, found.model_save_path) == ("digits", PLACE / "mnist.h5")
    found = explore.parse_arguments(["mnist-1998"])
    assert (found.dataset, found.model_save_path) == (None, PLACE / "mnist-1998.h5")
