"""What a run says of itself while it trains and at the end, without a compiler."""

import re

import pytest

from lenet.report import run_page
from tests.quick_runs import quick_train

SMALL = "--dataset mnist --lwidth 2 3 4 5 --batch_size 20 --initialiser glorot"


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    with quick_train(tmp_path_factory.mktemp("data")) as run:
        yield run


def test_a_run_that_does_not_learn_says_so_once_meanwhile_and_at_the_end(train, capsys, tmp_path):
    assert train(SMALL, "--lr 1e-9 --nepochs 5 --out_dir", tmp_path / "run") == 0
    output, errors = capsys.readouterr()
    assert errors.startswith("lenet-train: after 3 epochs, hardly better than guessing")
    assert errors.count("\n") == 1
    best, _, warning, _ = output.splitlines()[-4:]
    assert best.startswith("Best model: validation error ")
    assert warning.startswith("Warning: hardly better than guessing")
    assert "try --lr" in warning


def test_one_of_a_kind_is_in_the_singular(train, capsys, tmp_path):
    flags = "--nepochs 1 --num_examples 1 --val_examples 1 --threads 1"
    assert train(SMALL, flags, "--out_dir", tmp_path / "run") == 0
    output = capsys.readouterr().out
    assert "1 epoch at most, 1 step each" in output
    assert re.findall(r"\b1 (?:training |validation |test )?[a-z]+s\b", output) == []


def test_the_page_has_the_warning_of_the_end(train, capsys, tmp_path, monkeypatch):
    problems = []
    monkeypatch.setattr(run_page, "write_pictures", lambda *given: problems.append(given[-1]))
    train(SMALL, "--lr 1e-9 --nepochs 5 --out_dir", tmp_path / "guessing")
    (warning,) = (w for w in capsys.readouterr().out.splitlines() if w.startswith("Warning: "))
    train(SMALL, "--lr 1e-9 --nepochs 2 --out_dir", tmp_path / "short")
    assert problems == [warning.removeprefix("Warning: "), None]


def test_a_short_run_is_not_judged(train, capsys, tmp_path):
    assert train(SMALL, "--lr 1e-9 --nepochs 2 --out_dir", tmp_path / "run") == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert "Warning" not in output


def test_a_run_that_goes_on_is_not_told_again_until_its_end(train, capsys, tmp_path):
    folder = tmp_path / "run"
    train(SMALL, "--lr 1e-9 --nepochs 3 --out_dir", folder)
    assert capsys.readouterr().err == ""
    assert train("--resume", folder, "--nepochs 5") == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert output.count("Warning: ") == 1
