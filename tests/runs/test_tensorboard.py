import json
import math
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from lenet.runs.tensorboard import TAGS, EventFile
from lenet.training.loop import EpochResult
from tests.event_records import crc32c, read_events, wall_times

RESULTS = [
    EpochResult(1, 2.5, 0.75, 2.25, 0.5, 0.625, 0.01, 0.9, 1.5, 1000.0),
    EpochResult(2, 1.5, 0.25, float("nan"), 0.5, None, 0.01, 0.9, 1.25, 2000.0),
]


def test_the_reader_of_these_tests_knows_the_checksum():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C


def test_every_number_of_an_epoch_has_a_name():
    assert set(TAGS) == set(EpochResult.__dataclass_fields__) - {"epoch", "recalls"}
    assert len(set(TAGS.values())) == len(TAGS)


def test_every_epoch_is_in_the_file_as_soon_as_it_is_written(tmp_path):
    file = EventFile(tmp_path / "events")
    assert read_events(file.path) == ("brain.Event:2", {})
    file.write(replace(RESULTS[0], recalls=(0.5, 0.25), monitored=0.375))
    _, found = read_events(file.path)
    assert set(found) == {*TAGS.values(), "recall/0", "recall/1"}
    assert (found["recall/1"], found["error/monitored"]) == ([(1, 0.25)], [(1, 0.375)])
    file.write(RESULTS[1])
    file.write(replace(RESULTS[1], epoch=300, cost=1e39))
    _, found = read_events(file.path)
    assert found["cost/training"] == [(1, 2.5), (2, 1.5), (300, math.inf)]
    assert found["schedule/learning_rate"][0] == (1, np.float32(0.01))
    assert found["error/test"] == [(1, 0.625)]
    assert math.isnan(found["cost/validation"][1][1])


def test_a_file_that_begins_with_results_replaces_what_there_was(tmp_path):
    path = tmp_path / "events"
    for _ in range(2):
        file = EventFile(path, RESULTS)
    file.write(replace(RESULTS[1], epoch=3, cost=1.25))
    assert read_events(path)[1]["cost/training"] == [(1, 2.5), (2, 1.5), (3, 1.25)]


def test_results_of_before_seem_to_have_followed_each_other_until_now(tmp_path):
    before = time.time()
    file = EventFile(tmp_path / "events", RESULTS)
    after = time.time()
    start, *ends = wall_times(file.path)
    assert np.diff([start, *ends]) == pytest.approx([1.5, 1.25], abs=1e-6)
    assert before - 1e-6 <= ends[-1] <= after + 1e-6
    file.write(RESULTS[1])
    assert wall_times(file.path)[-1] >= before


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    file = EventFile(tmp_path / "events")
    file.path.unlink()
    file.path.mkdir()
    with pytest.raises(OSError, match="events") as error:
        file.write(RESULTS[0])
    assert error.value.filename == str(file.path)


@pytest.mark.skipif(
    find_spec("tensorboard") is None, reason="needs tensorboard: pip install tensorboard"
)
def test_tensorboard_reads_the_same(tmp_path):
    """In a process of its own: what TensorBoard imports warns of itself."""
    EventFile(tmp_path / "events.out.tfevents", RESULTS)
    code = """if True:
        import json, sys
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        events = EventAccumulator(sys.argv[1]).Reload()
        tags = events.Tags()["scalars"]
        print(json.dumps({tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in tags}))
    """
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found.keys() == set(TAGS.values())
    assert found["cost/training"] == [[1, 2.5], [2, 1.5]]
    assert found["error/test"] == [[1, 0.625]]
