import json
import math
from dataclasses import replace

import numpy as np
import pytest

from lenet.limits import METRICS_BYTES
from lenet.runs.metrics import MAX_RECALLS, MetricsFile
from lenet.runs.names import CONFIG, METRICS
from lenet.runs.reader import COLUMNS, Run, UnreadableRunError, best_epoch, metrics_of
from lenet.training.loop import EpochResult

HEADER = ",".join(COLUMNS)
ROWS = ("1,2.5,0.8,2.4,0.5,0.51,1.5", "2,1.5,0.4,1.4,0.25,0.26,1.25", "3,1.0,0.2,1.3,0.25,,1")


def write_run(folder, rows=ROWS, header=HEADER, end="\n", **flags):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / METRICS).write_text("\n".join((header, *rows)) + end)
    config = {"flags": {"dataset": "digits", **flags}, "versions": {"lenet": "1.0"}}
    (folder / CONFIG).write_text(json.dumps(config))
    return folder


def test_a_run_is_read_from_its_folder(tmp_path):
    run = Run.load(write_run(tmp_path / "run", lr=0.1, lwidth=[1, 2]))
    expected = {"dataset": "digits", "lr": 0.1, "lwidth": [1, 2]}
    assert run.flags == expected | {"initialiser": "glorot", "monitor": "error"}
    assert run.versions == {"lenet": "1.0"}
    assert (run.epochs, run.seconds) == (3, 3.75)
    assert (run.validation_error, run.test_error) == (0.25, 0.26)
    assert (run.best_epoch, run.training_error) == (2, 0.4)
    np.testing.assert_array_equal(run.metrics["test_error"], [0.51, 0.26, np.nan])


def test_what_a_run_writes_is_what_is_read(tmp_path):
    results = [
        EpochResult(n, 1 / 3, 0.1, 0.2, 0.3 / n, test, 0.01, 0.9, 2.5, 1e5, recalls, 0.3 * n)
        for n, test, recalls in ((1, 0.25, (0.5, 1.0)), (2, None, (0.25, math.nan)))
    ]
    folder = write_run(tmp_path)
    file = MetricsFile(folder / METRICS, n_classes=2)
    for result in results:
        file.write(result)
    read, expected = Run.load(folder).metrics, metrics_of(results)
    assert list(read) == list(expected)
    for name in expected:
        np.testing.assert_array_equal(read[name], expected[name], err_msg=name)


@pytest.mark.parametrize("n_classes", [10, MAX_RECALLS, MAX_RECALLS + 1, 5000])
def test_thousands_of_epochs_can_be_read_whatever_the_number_of_classes(tmp_path, n_classes):
    third = 1 / 3
    recalls = (third,) * n_classes
    result = EpochResult(1, third, third, third, third, third, third, third, third, third, recalls)
    folder = write_run(tmp_path)
    file = MetricsFile(folder / METRICS, [replace(result, epoch=99_999)], n_classes)
    header, row = (folder / METRICS).read_bytes().splitlines()
    assert len(header) + 7_000 * (len(row) + 1) < METRICS_BYTES
    assert (b"recall_0" in header) == (n_classes <= MAX_RECALLS)
    file.write(result)
    assert Run.load(folder).epochs == 2


def test_the_best_epoch_has_the_lowest_of_what_is_monitored(tmp_path):
    header = f"{HEADER},monitored"
    rows = ["1,2,0.3,2,0.2,0.21,1,0.5", "2,1,0.2,1,0.3,0.31,1,0.4", "3,1,0.2,1,0.1,,1,0.6"]
    run = Run.load(write_run(tmp_path / "balanced", rows, header))
    assert (run.best_epoch, run.validation_error, run.test_error) == (2, 0.3, 0.31)
    # Begun by an earlier version, which monitored the validation error and said nothing of it.
    rows = ["1,2,0.3,2,0.2,0.21,1,", "2,1,0.2,1,0.3,,1,", "3,1,0.2,1,0.1,0.11,1,"]
    assert Run.load(write_run(tmp_path / "before", rows, header)).best_epoch == 3


def test_without_a_number_no_epoch_is_best(tmp_path):
    run = Run.load(write_run(tmp_path, ["1,nan,nan,nan,nan,,1"]))
    assert best_epoch(run.metrics) is None
    assert np.isnan(run.validation_error)
    assert np.isnan(run.test_error)


@pytest.mark.parametrize(
    ("rows", "header", "message"),
    [
        ([], HEADER, "no epoch yet"),
        ([], "", "no column 'epoch'"),
        (["1,2"], "epoch,cost", "no column 'training_error'"),
        ([ROWS[0], "2,1.5,0.4"], HEADER, r"line 3: expected 7 numbers, got '2,1.5,0.4'"),
        (["one" + ROWS[0]], HEADER, "line 2: expected 7 numbers"),
        (['1,"2.5,0.8'], HEADER, "not the metrics of a run"),
    ],
    ids=["no epoch", "empty", "foreign", "truncated", "text", "open quote"],
)
def test_damaged_metrics_are_refused_in_one_line(tmp_path, rows, header, message):
    with pytest.raises(UnreadableRunError, match=message) as error:
        Run.load(write_run(tmp_path, rows, header))
    assert "\n" not in str(error.value)
    assert str(tmp_path / METRICS) in str(error.value)


def test_a_line_that_was_cut_within_a_number_is_refused(tmp_path):
    """Its number reads like another one."""
    with pytest.raises(UnreadableRunError, match="line 4: the line is cut off"):
        Run.load(write_run(tmp_path, end=""))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"flags": {"lr": 0', "truncated, or not JSON"),
        (b"", "truncated, or not JSON"),
        (b"[1, 2]", "expected 'flags' and 'versions'"),
        (b'{"flags": [], "versions": {}}', "expected 'flags' and 'versions'"),
        (b'{"flags": {"lr": NaN}, "versions": {}}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe\x00", "not a text file"),
    ],
    ids=["truncated", "empty", "list", "no flags", "nan", "deep", "binary"],
)
def test_a_damaged_config_is_refused_in_one_line(tmp_path, content, message):
    write_run(tmp_path)
    (tmp_path / CONFIG).write_bytes(content)
    with pytest.raises(UnreadableRunError, match=message) as error:
        Run.load(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", [METRICS, CONFIG])
def test_a_missing_file_is_named(tmp_path, name):
    write_run(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UnreadableRunError, match=f"{name}: No such file"):
        Run.load(tmp_path)


def test_a_file_is_no_run(tmp_path):
    with pytest.raises(UnreadableRunError, match="expected the folder of a run"):
        Run.load(write_run(tmp_path) / METRICS)
