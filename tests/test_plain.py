"""The verdicts of `benchmarks.plain`, and that it trains what it says."""

import math

import pytest

from benchmarks import plain
from benchmarks.plain import Row


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ({"mnist": 3.0, "digits": 2.0}, ""),
        ({"mnist": 6.1, "digits": 2.0}, "mnist: slow"),
        ({"mnist": 88.65, "digits": 9.0}, "mnist: chance; digits: slow"),
        ({"mnist": math.nan, "digits": 2.0}, "mnist: failed"),
    ],
)
def test_a_verdict_is_beside_the_best_update_rule(errors, verdict):
    row = Row("--update sgd", errors)
    assert row.verdict({"mnist": 2.0, "digits": 1.0}) == verdict
    assert row.falls_short == ("chance" in verdict or "failed" in verdict)


def test_what_cannot_learn_is_said_to_be_so_and_does_not_fall_short():
    row = Row("--initialiser zeros", {"mnist": 88.65})
    assert row.verdict({"mnist": 2.0}) == "mnist: chance, by nature"
    assert not row.falls_short


def test_no_row_is_there_twice():
    rows = plain.plain_flags()
    assert len(set(rows)) == len(rows) > 80


def test_each_row_is_a_training_and_the_status_says_whether_all_have_learnt(monkeypatch, capsys):
    started = []

    def error(flags):
        started.append(flags)
        return 90.0 if "adam" in flags else 2.0

    monkeypatch.setattr(plain, "test_error", error)
    assert plain.main(["--only", "--update sgd", "--datasets", "digits"]) == 0
    assert plain.main(["--only", "--update adamw", "--datasets", "digits"]) == 0
    assert plain.main(["--only", "--update adam", "--datasets", "digits"]) == 1
    assert ["--dataset", "digits", "--nepochs", "20", "--update", "sgd", "--threads=1"] in started
    assert "| digits: chance |" in capsys.readouterr().out


@pytest.mark.slow
def test_logistic_regression_learns_digits(capsys):
    only = ["--only", "--model logistic --update adam", "--datasets", "digits"]
    assert plain.main(only) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if "logistic" in line)
    assert 0 < float(line.split("|")[2]) < 15
