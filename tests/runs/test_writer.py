"""Runs that are interrupted and go on, to the very bits of one that was not."""

import csv
import dataclasses
import json
import shutil
from contextlib import contextmanager

import numpy as np
import pytest

from lenet.experiments import one_run
from lenet.runs.checkpoint import load
from lenet.runs.names import CONFIG, EVENTS, LAST, METRICS, MODEL
from lenet.training import functions
from tests.event_records import read_events
from tests.model_files import edited
from tests.quick_runs import quick_train

BASE = "--dataset mnist --batch_size 20 --nepochs 4 --lr 0.05 --threads 1"
RUNS = {
    "momentum": "--lwidth 1 2 2 3",
    "adam": "--model mlp --hidden 4 --update adam --warmup 1.5",
    "sdlm": "--model mlp --hidden 4 --update sdlm",
    "everything": "--lwidth 1 2 2 3 --batch_norm --dropout 0.5 --schedule one_cycle --data_augm "
    "--ncrops 1 --num_examples 45",
    "transforms": "--model mlp --hidden 4 --rotate 90 --shift --elastic --noise --flip both",
    "random transforms": "--model mlp --hidden 4 --rotate -30 to 30 --elastic --noise --augment random",
    "ema": "--model mlp --hidden 4 --batch_norm --dropout 0.5 --average ema --mixup --cutout --clip_norm 0.5",
    "lookahead": "--model mlp --hidden 4 --update adam --average lookahead --average_options steps=5",
}
# Of an epoch, where they are not three.
STEPS = {"everything": 5, "transforms": 18, "ema": 6}
SMALL = "--model mlp --hidden 3"
MEASURED = ("seconds", "images_per_second")


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    with quick_train(tmp_path_factory.mktemp("data")) as command:
        yield command


@pytest.fixture(scope="module")
def whole(command, tmp_path_factory):
    """Make each run once without an interruption, and return its folder."""
    folders = {}

    def run(name):
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp("whole") / "run"
            assert command(BASE, RUNS[name], "--out_dir", folders[name]) == 0
        return folders[name]

    return run


@contextmanager
def interrupted(steps, error):
    """Raise an error in the step after some steps of training."""
    compile_functions = functions.compile_functions

    def limited(*args):
        functions = compile_functions(*args)
        calls = iter(range(steps))

        def train_model(*batch):
            if next(calls, None) is None:
                raise error
            return functions.train_model(*batch)

        return dataclasses.replace(functions, train_model=train_model)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_run, "compile_functions", limited)
        yield


def rows(folder):
    """Return the lines of metrics.csv without what a clock has measured."""
    with (folder / METRICS).open(newline="") as file:
        lines = list(csv.DictReader(file))
    return [{k: v for k, v in line.items() if k not in MEASURED} for line in lines]


def assert_same_files(one, other):
    for name in (MODEL, LAST):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert rows(one) == rows(other)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(KeyboardInterrupt, 130, id="ctrl-c"),
        pytest.param(RuntimeError, None, id="crash", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", RUNS)
def test_an_interrupted_run_goes_on_to_the_same_bits(
    command, whole, tmp_path, capsys, name, error, status
):
    expected = whole(name)
    run = tmp_path / "run"
    with interrupted(2 * STEPS.get(name, 3) + 1, error("in the middle of epoch 3")):
        if status is None:
            with pytest.raises(RuntimeError, match="in the middle of epoch 3"):
                command(BASE, RUNS[name], "--out_dir", run)
        else:
            assert command(BASE, RUNS[name], "--out_dir", run) == status
            message = f"lenet-train: interrupted; go on with --resume {run}\n"
            errors = capsys.readouterr().err.splitlines(keepends=True)
            # So few epochs of so few images do not learn, which is said once.
            assert [line for line in errors if " after 3 epochs, " not in line] == [message]
    assert [row["epoch"] for row in rows(run)] == ["1", "2"]
    assert command("--resume", run, "--threads 1") == 0
    output = capsys.readouterr().out
    assert "going on after epoch 2\n" in output
    assert "Best model: " in output
    assert_same_files(run, expected)


@pytest.fixture(scope="module")
def short(command, tmp_path_factory):
    """Make runs of so many epochs, each once, and return their folders, which tests leave as they are."""
    folders = {}

    def run(epochs):
        if epochs not in folders:
            folders[epochs] = tmp_path_factory.mktemp("short") / "run"
            assert command(BASE, SMALL, f"--nepochs {epochs} --out_dir", folders[epochs]) == 0
        return folders[epochs]

    return run


@pytest.fixture
def finished(short, tmp_path, capsys):
    """Return the folder of a run of two epochs, to go on with or to damage."""
    run = tmp_path / "run"
    shutil.copytree(short(2), run)
    capsys.readouterr()
    return run


def test_a_finished_run_says_so_and_goes_on_with_more_epochs(command, finished, short, capsys):
    before = (finished / LAST).read_bytes()
    assert command("--resume", finished) == 0
    message = "nothing to do: all 2 epochs are done already; a larger --nepochs goes on"
    assert message in capsys.readouterr().out
    assert (finished / LAST).read_bytes() == before
    assert command("--resume", finished, "--nepochs 4") == 0
    assert "going on after epoch 2\n" in capsys.readouterr().out
    assert_same_files(finished, short(4))
    # The next time, four epochs are what the run is to have.
    assert json.loads((finished / CONFIG).read_text())["flags"]["nepochs"] == 4
    assert command("--resume", finished) == 0
    assert "all 4 epochs are done already" in capsys.readouterr().out


def test_a_run_that_patience_has_ended_stays_ended(command, tmp_path, capsys):
    run = tmp_path / "run"
    assert command(BASE, SMALL, "--nepochs 50 --patience 1 --lr 1e-9 --out_dir", run) == 0
    before = (run / LAST).read_bytes(), rows(run)
    capsys.readouterr()
    assert command("--resume", run) == 0
    assert (
        "nothing to do, stopped early: patience is over after 2 epochs" in capsys.readouterr().out
    )
    assert ((run / LAST).read_bytes(), rows(run)) == before


def test_a_run_that_was_interrupted_in_its_first_epoch_begins_anew(
    command, short, tmp_path, capsys
):
    run = tmp_path / "run"
    with interrupted(1, KeyboardInterrupt()):
        assert command(BASE, SMALL, "--nepochs 2 --out_dir", run) == 130
    message = "lenet-train: interrupted before the end of the first epoch\n"
    assert capsys.readouterr().err == message
    assert command("--resume", run) == 0
    assert "beginning anew: no epoch was finished" in capsys.readouterr().out
    assert_same_files(run, short(2))


@pytest.mark.parametrize("cut", [1, 30], ids=["newline", "half"])
def test_half_a_last_line_of_the_metrics_is_done_again(command, finished, short, cut):
    """A crash between the line of an epoch and the file that training goes on from."""
    expected = short(3)
    text = (expected / METRICS).read_text()
    (finished / METRICS).write_text(text[:-cut])
    assert command("--resume", finished, "--nepochs 3") == 0
    assert_same_files(finished, expected)


def test_a_line_of_an_epoch_that_was_not_kept_is_replaced(command, finished, short):
    expected = short(3)
    (finished / METRICS).write_text((expected / METRICS).read_text())
    assert command("--resume", finished, "--nepochs 3") == 0
    assert [row["epoch"] for row in rows(finished)] == ["1", "2", "3"]
    assert_same_files(finished, expected)


def test_the_best_model_goes_on_where_it_was_asked_for(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = (BASE, SMALL, "--nepochs 1 --out_dir run --model_save_path deep/er/best.h5")
    assert command(*flags) == 0
    monkeypatch.chdir(tmp_path / "run")
    best = tmp_path / "deep" / "er" / "best.h5"
    best.unlink()
    # Whatever the next epoch brings is then the best.
    damage_attribute("best_error", 1.1)(tmp_path / "run")
    assert command("--resume . --nepochs 2") == 0
    assert load(best).attributes["epoch"] == 2
    assert not (tmp_path / "run" / MODEL).exists()


def test_a_file_for_tensorboard_goes_on_with_each_epoch_once(command, finished, tmp_path):
    """Asked for late, cut in half by a crash, or ahead of the epoch that the run goes on from."""
    assert not (finished / EVENTS).exists()
    assert command("--resume", finished, "--nepochs 3 --tensorboard") == 0
    last = (finished / LAST).read_bytes()
    assert command("--resume", finished, "--nepochs 4") == 0
    assert json.loads((finished / CONFIG).read_text())["flags"]["tensorboard"] is True
    events, lines = read_events(finished / EVENTS)[1], rows(finished)
    assert events["cost/training"] == [
        (epoch, np.float32(line["cost"])) for epoch, line in enumerate(lines, start=1)
    ]
    measured = [epoch for epoch, line in enumerate(lines, start=1) if line["test_error"]]
    assert [step for step, _ in events["error/test"]] == measured
    (finished / LAST).write_bytes(last)
    content = (finished / EVENTS).read_bytes()
    (finished / EVENTS).write_bytes(content[:-9])
    assert command("--resume", finished) == 0
    content = (finished / EVENTS).read_bytes()
    again = read_events(finished / EVENTS)[1]
    timed = {"speed/seconds", "speed/images_per_second"}
    assert {tag: again[tag] for tag in events.keys() - timed} == {
        tag: events[tag] for tag in events.keys() - timed
    }
    assert command("--resume", finished, "--nepochs 5 --no_tensorboard") == 0
    assert (finished / EVENTS).read_bytes() == content


def not_to_be_called(*args):
    raise AssertionError("functions were compiled")


def damage_attribute(name, value):
    def damage(folder):
        with edited(folder / LAST) as file:
            file.attrs[name] = value

    return damage


def remove(name, member):
    def damage(folder):
        with edited(folder / name) as file:
            del file[member]

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / LAST).write_bytes(b"no HDF5"), "last.h5: not a complete HDF5 file"),
        (
            lambda f: (f / LAST).write_bytes((f / LAST).read_bytes()[:3000]),
            "last.h5: not a complete HDF5 file",
        ),
        (lambda f: (f / LAST).write_bytes((f / MODEL).read_bytes()), "lacks or damages what a run"),
        (damage_attribute("epoch", "many"), "lacks or damages what a run goes on from"),
        (damage_attribute("best_error", float("nan")), "lacks some of the 2 epochs"),
        (damage_attribute("batches_rng", "{}"), "batches_rng is not the state of a random"),
        (remove(LAST, "memory/output_W_step"), "the file lacks the memory output_W_step"),
        (remove(LAST, "fc1_W"), "the file lacks the parameter fc1_W"),
        (lambda f: (f / LAST).unlink(), "last.h5: missing, and so what the run goes on from"),
        (lambda f: (f / METRICS).unlink(), "metrics.csv: cannot be read"),
        (lambda f: (f / METRICS).write_bytes(b"\xff\xfe"), "metrics.csv: cannot be read"),
        (lambda f: (f / METRICS).write_text("epoch,cost\n1,2\n"), "not the metrics of a run"),
        (
            lambda f: (f / METRICS).write_text(
                "".join((f / METRICS).read_text().splitlines(keepends=True)[:2])
            ),
            "lacks some of the 2 epochs of last.h5",
        ),
        (lambda f: (f / CONFIG).unlink(), "config.json: No such file or directory"),
        (lambda f: (f / CONFIG).write_text('{"flags": {"lr": 0'), "truncated, or not JSON"),
        (lambda f: (f / CONFIG).write_text("[1]"), "config.json: not of a run"),
    ],
    ids=[
        *("foreign", "truncated", "model", "epoch", "error", "rng", "memory", "parameter"),
        *("no last", "no metrics", "bytes", "other csv", "few epochs", "no config", "cut", "list"),
    ],
)
def test_a_damaged_run_is_one_line_at_once_and_stays_as_it_is(
    command, finished, capsys, monkeypatch, damage, message
):
    damage(finished)
    monkeypatch.setattr(one_run, "compile_functions", not_to_be_called)
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    capsys.readouterr()
    assert command("--resume", finished, "--nepochs 4") == 1
    errors = capsys.readouterr().err
    assert errors.startswith("lenet-train: ")
    assert errors.count("\n") == 1
    assert message in errors
    assert {path.name: path.read_bytes() for path in finished.iterdir()} == before


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--hidden 5", "fc1_W has shape (784, 3), but the model expects (784, 5)"),
        ("--hidden 3 4", "fc2_W"),
        ("--update adam", "memory"),
        ("--model logistic --hidden 500", "the model lacks the parameter fc1_W"),
    ],
)
def test_another_network_or_rule_is_refused_in_one_line_at_once(
    command, finished, capsys, monkeypatch, flags, message
):
    monkeypatch.setattr(one_run, "compile_functions", not_to_be_called)
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    capsys.readouterr()
    assert command("--resume", finished, "--nepochs 4", flags) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert message in errors
    assert {path.name: path.read_bytes() for path in finished.iterdir()} == before


def without_column(text, name):
    rows = list(csv.reader(text.splitlines()))
    place = rows[0].index(name)
    return "".join(",".join(row[:place] + row[place + 1 :]) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("images_per_second", "images_per_hour"), ""),
        (lambda text: without_column(text, "images_per_second"), ""),
        (lambda text: "\n".join(f"x{line}" for line in text.splitlines()), "no column 'epoch'"),
        (lambda text: text.replace("\n2,", "\nx2,"), "got 'x2,"),
        (lambda text: text.replace("\n2,", "\ninf,"), "its epochs are not numbered from 1"),
        (lambda text: text.replace("\n2,", "\nnan,"), "its epochs are not numbered from 1"),
        (lambda text: text.replace("\n2,", "\n1.5,"), "its epochs are not numbered from 1"),
        (lambda text: text.replace("\n2,", "\n1e300,"), "its epochs are not numbered from 1"),
        (lambda text: text + "\0" * 100, ""),
        (lambda text: text + "3,0.5\n\xff\n\n,", ""),
    ],
    ids=[
        *(
            "another column",
            "a column less",
            "another header",
            "text",
            "inf",
            "nan",
            "fraction",
        ),
        *("huge", "zeros", "garbage"),
    ],
)
def test_metrics_of_another_version_or_damaged_are_understood_or_told_in_one_line(
    command, finished, short, capsys, change, message
):
    text = (finished / METRICS).read_text()
    (finished / METRICS).write_text(change(text), encoding="latin-1")
    status = command("--resume", finished, "--nepochs 3")
    errors = capsys.readouterr().err
    if message:
        assert (status, errors.count("\n")) == (1, 1)
        assert message in errors
        return
    assert (status, errors) == (0, "")
    assert_same_files(finished, short(3))


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_folder_without_a_run_is_one_line(command, capsys, tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    assert command("--resume", folder) == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "config.json: No such file or directory; expected the file of a run" in errors
    assert list(tmp_path.iterdir()) == []


def test_the_files_of_a_run_are_not_overwritten_by_another(command, finished, capsys):
    before = {path.name: path.read_bytes() for path in finished.iterdir()}
    assert command(BASE, SMALL, "--out_dir", finished) == 1
    assert f"already holds a run ({MODEL}): choose another --out_dir" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in finished.iterdir()} == before
