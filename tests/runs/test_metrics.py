import csv
from pathlib import Path

import pytest

from lenet.runs.metrics import MetricsFile
from tests.report.test_console import RESULTS


def test_every_epoch_is_on_disk_as_soon_as_it_is_written(tmp_path):
    path = tmp_path / "metrics.csv"
    metrics = MetricsFile(path)
    for n, epoch in enumerate(RESULTS, start=1):
        metrics.write(epoch)
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == n
        assert int(rows[-1]["epoch"]) == epoch.epoch
        assert float(rows[-1]["validation_error"]) == epoch.validation_error
    assert [row["test_error"] for row in rows] == ["0.51", "0.26", "", ""]


def test_a_table_can_begin_with_results(tmp_path):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    metrics = MetricsFile(one)
    for epoch in RESULTS:
        metrics.write(epoch)
    MetricsFile(other, RESULTS[:2]).write(RESULTS[2])
    assert other.read_text() == "".join(one.read_text().splitlines(keepends=True)[:-1])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to stand for a full disk")
def test_a_full_disk_is_named(tmp_path):
    metrics = MetricsFile(tmp_path / "metrics.csv")
    metrics.path = Path("/dev/full")
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        metrics.write(RESULTS[0])


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(OSError, match=r"No such file or directory: .*nowhere/metrics\.csv"):
        MetricsFile(tmp_path / "nowhere" / "metrics.csv")
