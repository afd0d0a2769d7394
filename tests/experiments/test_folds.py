"""Folds that end well, fail or are interrupted, with trainings that are made up."""

import csv
import json
import math
import statistics

import pytest

from lenet.errors import CommandError
from lenet.experiments.folds import cross_validate
from lenet.runs.metrics import MetricsFile
from lenet.runs.writer import write_config
from lenet.training.loop import EpochResult
from lenet.training.options import RunOptions
from tests.runs.test_kept_predictions import write_predictions

ERRORS = {1: (0.3, 0.35), 2: (0.1, 0.2), 3: (0.25, 0.5)}


def arguments(tmp_path, **changes):
    return RunOptions(**{"out_dir": tmp_path / "run", "folds": 3, "nepochs": 2, **changes})


class Trainings:
    """Writes what a training of two epochs would, the first of which is better."""

    def __init__(self, outcomes=None):
        self.outcomes, self.seen = outcomes or {}, []

    def __call__(self, arguments):
        self.seen.append(arguments)
        outcome = self.outcomes.get(arguments.fold, 0)
        if isinstance(outcome, BaseException):
            raise outcome
        arguments.out_dir.mkdir(parents=True, exist_ok=True)
        write_config(arguments.out_dir, arguments.flags())
        validation, test = ERRORS[arguments.fold]
        results = [
            EpochResult(
                k,
                1.0,
                0.5,
                1.0,
                validation + 0.1 * (k - 1),
                [test, None][k - 1],
                0.1,
                0.9,
                1.0,
                9.0,
            )
            for k in (1, 2)
        ]
        MetricsFile(arguments.out_dir / "metrics.csv", results)
        return outcome


def rows(folder):
    with (folder / "folds.csv").open(newline="") as file:
        return list(csv.reader(file))


def test_each_fold_is_a_run_of_its_own_and_the_summary_has_mean_and_spread(tmp_path, capsys):
    trainings = Trainings()
    assert cross_validate(arguments(tmp_path), 3, trainings) == 0
    run = tmp_path / "run"
    assert [(a.fold, a.out_dir, a.resume) for a in trainings.seen] == [
        (fold, run / f"fold-{fold}", None) for fold in (1, 2, 3)
    ]
    header, *found = rows(run)
    assert header[:3] == ["fold", "validation_error", "test_error"]
    assert header[3:] == ["test_images", "test_low", "test_high"]
    assert [row[0] for row in found] == ["1", "2", "3", "mean", "spread"]
    for column in (0, 1):
        values = [errors[column] for errors in ERRORS.values()]
        expected = [*values, statistics.fmean(values), statistics.stdev(values)]
        assert [float(row[1 + column]) for row in found] == pytest.approx(expected)
    assert (run / "folds.png").read_bytes().startswith(b"\x89PNG")
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["mean", "21.67", "35.00"] in lines
    assert ["spread", "10.41", "15.00"] in lines
    assert json.loads((run / "config.json").read_text())["flags"]["folds"] == 3


def test_intervals_are_of_a_folds_images_and_of_all_together(tmp_path, capsys):
    """Of 20 images in each fold; the ends are those of Wilson's formula."""
    trainings = Trainings()

    def train(options):
        status = trainings(options)
        wrong = round(20 * ERRORS[options.fold][1])
        write_predictions(options.out_dir, [True] * (20 - wrong) + [False] * wrong)
        return status

    assert cross_validate(arguments(tmp_path), 3, train) == 0
    found = {row[0]: row[1:] for row in rows(tmp_path / "run")[1:]}
    assert list(found) == ["1", "2", "3", "mean", "spread", "all"]
    for name, wrong, n in (("1", 7, 20), ("2", 4, 20), ("3", 10, 20), ("all", 21, 60)):
        share, z = wrong / n, 1.959964
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        assert int(found[name][2]) == n
        assert [float(end) for end in found[name][3:]] == pytest.approx(
            [middle - half, middle + half]
        )
    assert float(found["all"][1]) == 21 / 60
    assert found["mean"][2:] == ["", "", ""]
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    (line,) = (line for line in lines if line[:1] == ["all"] and "to" in line)
    assert line == [
        "all",
        "35.00",
        *(f"{100 * float(end):.2f}" for end in found["all"][3:4]),
        "to",
        f"{100 * float(found['all'][4]):.2f}",
    ]


def test_a_fold_that_fails_stops_no_other_and_is_told(tmp_path, capsys):
    trainings = Trainings({2: 1})
    assert cross_validate(arguments(tmp_path), 3, trainings) == 1
    assert [a.fold for a in trainings.seen] == [1, 2, 3]
    assert [row[0] for row in rows(tmp_path / "run")] == ["fold", "1", "3", "mean", "spread"]
    assert capsys.readouterr().err == "lenet-train: 1 of 3 folds have failed: 2\n"


@pytest.mark.parametrize("outcome", [130, KeyboardInterrupt()], ids=["handled", "raised"])
def test_ctrl_c_ends_all_and_sums_up_what_is_done(tmp_path, capsys, outcome):
    trainings = Trainings({2: outcome})
    given = arguments(tmp_path)
    assert cross_validate(given, 3, trainings) == 130
    assert [a.fold for a in trainings.seen] == [1, 2]
    assert rows(given.out_dir)[1][0] == "1"
    message = f"lenet-train: interrupted in fold 2; go on with --resume {given.out_dir}\n"
    assert capsys.readouterr().err == message
    # As it says: what was begun goes on, the rest begins.
    again = Trainings()
    assert cross_validate(arguments(tmp_path, resume=given.out_dir), 3, again) == 0
    begun = [1] if isinstance(outcome, KeyboardInterrupt) else [1, 2]
    assert [a.fold for a in again.seen if a.resume == a.out_dir] == begun
    assert len(again.seen) == 3


def test_an_interruption_before_there_is_a_result_leaves_no_summary(tmp_path):
    assert cross_validate(arguments(tmp_path), 3, Trainings({1: KeyboardInterrupt()})) == 130
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"config.json"}


def test_one_model_for_all_folds_is_refused(tmp_path):
    with pytest.raises(CommandError, match="--model_save_path does not go with --folds"):
        cross_validate(arguments(tmp_path, model_save_path=tmp_path / "m.h5"), 3, Trainings())


def test_a_folder_that_holds_a_run_is_refused(tmp_path):
    cross_validate(arguments(tmp_path), 3, Trainings())
    with pytest.raises(CommandError, match="already holds a run"):
        cross_validate(arguments(tmp_path), 3, Trainings())
