"""Predictions that a run has kept, read again."""

import numpy as np
import pytest

from lenet.data.dataset import Split
from lenet.report.predictions import prediction_rows
from lenet.runs.kept_predictions import kept_predictions, read_predictions
from lenet.runs.reader import Run, UnreadableRunError
from lenet.text import csv_lines
from tests.runs.test_reader import HEADER, write_run


def write_predictions(folder, is_right, seed=0, name="predictions.csv"):
    """Write predictions of images of noise, of two classes; some are right."""
    is_right = np.asarray(is_right, bool)
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (len(is_right), 1, 2, 2), dtype=np.uint8)
    labels = np.arange(len(is_right)) % 2
    predictions = np.where(is_right, labels, 1 - labels)
    rows = prediction_rows({"test": Split(images, labels)}, np.eye(2)[predictions], ["=a", "b\n"])
    (folder / name).write_text(csv_lines(rows))


def run_with(folder, is_right, **flags):
    """Write a run that is right about some images, and return it."""
    error = 1 - float(np.mean(is_right))
    write_run(folder, [f"1,2,0.5,2,{flags.pop('valid', error)},{error!r},1.5"], HEADER, **flags)
    write_predictions(folder, is_right)
    return Run.load(folder)


def test_what_is_written_is_what_is_read(tmp_path):
    is_right = [True, False, True, True, False, True, True]
    found = kept_predictions(run_with(tmp_path / "run", is_right))
    assert found.is_right.tolist() == is_right
    assert found.wrong == 2
    assert len(set(found.images)) == 7
    assert {image[-1] for image in found.images} == {"'=a", r"b\n"}


def test_without_a_file_or_of_another_epoch_there_are_none(tmp_path):
    run = Run.load(write_run(tmp_path / "old"))
    assert kept_predictions(run) is None
    write_predictions(run.folder, [True] * 50 + [False] * 50)  # the best epoch has 26 %
    assert kept_predictions(run) is None
    write_predictions(run.folder, [True] * 74 + [False] * 26)
    assert kept_predictions(run).wrong == 26


def test_other_parts_are_passed_over(tmp_path):
    write_predictions(tmp_path, [True, False])
    path = tmp_path / "predictions.csv"
    path.write_text(path.read_text().replace("test,0", "validation,0"))
    assert read_predictions(path).is_right.tolist() == [False]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"part,file\ntest,x\n",
        b'part,file,page,digest,class,predicted\ntest,"x',
        b"part,file,page,digest,class,predicted\ntest,x\n",
        b"part,file,page,digest,class,predicted\ntest,a,b,c,d,e,f\n",
    ],
    ids=["empty", "bytes", "columns", "quotes", "cut", "long"],
)
def test_a_damaged_file_is_one_line(tmp_path, content):
    path = tmp_path / "predictions.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableRunError) as error:
        read_predictions(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_what_is_no_file_is_one_line(tmp_path):
    (tmp_path / "predictions.csv").mkdir()
    with pytest.raises(UnreadableRunError, match="expected the file of a run"):
        read_predictions(tmp_path / "predictions.csv")
