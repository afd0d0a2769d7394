"""Runs that were tested on the same images, compared image by image."""

import pytest

from lenet.experiments.paired_runs import missing_line, p_text, paired_runs
from tests.runs.test_kept_predictions import run_with, write_predictions

# Of 200 images: both right, only the first, only the second, neither.
CLEAR, CLOSE = (120, 41, 23, 16), (150, 21, 19, 10)


def first_and_second(table):
    """Return who is right about 200 images."""
    both, only_first, only_second, neither = table
    return (
        [True] * (both + only_first) + [False] * (only_second + neither),
        [True] * both + [False] * only_first + [True] * only_second + [False] * neither,
    )


def runs_of(tmp_path, *answers):
    return [run_with(tmp_path / f"run {k}", right, valid=k / 10) for k, right in enumerate(answers)]


def names_of(runs):
    return {run.folder: run.folder.name for run in runs}


def test_a_difference_is_a_sentence(tmp_path):
    runs = runs_of(tmp_path, *first_and_second(CLEAR))
    found = paired_runs(runs)
    assert found.lines(names_of(runs)) == [
        "McNemar's exact test, 200 test images:",
        "  run 0 is better than run 1: 41 images against 23, p = 0.033",
    ]
    assert found.tests[0].content == {
        "against": str(runs[0].folder),
        "both_right": 120,
        "only_this_right": 23,
        "only_other_right": 41,
        "both_wrong": 16,
        "p": pytest.approx(0.0328, abs=1e-4),
        "p_holm": found.tests[0].test.p,
    }
    low, high = found.interval(runs[0])
    assert low < runs[0].test_error < high


def test_the_other_may_be_better(tmp_path):
    runs = runs_of(tmp_path, *reversed(first_and_second(CLEAR)))
    (_, line) = paired_runs(runs).lines(names_of(runs))
    assert line == "  run 1 is better than run 0: 41 images against 23, p = 0.033"


def test_no_difference_is_no_claim_that_they_are_equal(tmp_path):
    runs = runs_of(tmp_path, *first_and_second(CLOSE))
    (_, line) = paired_runs(runs).lines(names_of(runs))
    assert line.startswith(
        "  no difference shown between run 0 and run 1: 21 images only run 0 has right"
    )


def test_several_tests_are_corrected(tmp_path):
    better, worse = first_and_second(CLEAR)
    runs = runs_of(tmp_path, better, worse, worse)
    found = paired_runs(runs)
    assert [test.p for test in found.tests] == pytest.approx([2 * t.test.p for t in found.tests])
    heading, *lines = found.lines(names_of(runs))
    assert "each against run 0" in heading
    assert "Holm's correction for 2 tests" in heading
    assert all(line.startswith("  no difference shown") for line in lines)


def test_other_images_are_not_compared(tmp_path):
    better, worse = first_and_second(CLEAR)
    runs = runs_of(tmp_path, better, worse)
    write_predictions(runs[1].folder, worse, seed=1)
    found = paired_runs(runs)
    assert found.tests == []
    assert found.lines(names_of(runs)) == []
    assert len(found.kept) == 2


def test_who_has_kept_nothing_is_named(tmp_path):
    better, worse = first_and_second(CLEAR)
    runs = runs_of(tmp_path, better, worse, worse)
    names = names_of(runs)
    assert missing_line(paired_runs(runs), runs, names) is None
    (runs[0].folder / "predictions.csv").unlink()
    found = paired_runs(runs)
    assert [test.first.folder.name for test in found.tests] == ["run 1"]
    assert missing_line(found, runs, names).startswith("not tested: run 0, without predictions.csv")
    for run in runs[1:]:
        (run.folder / "predictions.csv").unlink()
    assert paired_runs(runs).kept == {}
    assert missing_line(paired_runs(runs), runs, names) is None


def test_a_p_value_in_words():
    assert [p_text(p) for p in (1e-9, 0.0328, 0.5, 1.0)] == [
        *("p < 0.0001", "p = 0.033", "p = 0.5", "p = 1"),
    ]
