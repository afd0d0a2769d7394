import json
import math
import subprocess
import sys
from importlib.util import find_spec

import pytest

from lenet.event_files import TAGS, EventWriter, EventWriterError
from lenet.training import EpochResult

RESULTS = [
    EpochResult(1, 2.5, 0.75, 2.25, 0.5, 0.625, 0.01, 0.9, 1.5, 1000.0),
    EpochResult(2, 1.5, 0.25, float("nan"), 0.5, None, 0.01, 0.9, 1.25, 2000.0),
]
needs_tensorboard = pytest.mark.skipif(
    find_spec("tensorboard") is None, reason="needs tensorboard: pip install tensorboard"
)


def test_every_number_of_an_epoch_has_a_name():
    assert set(TAGS) == set(EpochResult.__dataclass_fields__) - {"epoch"}
    assert len(set(TAGS.values())) == len(TAGS)


def test_without_tensorboard_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(EventWriterError, match=r'pip install "lenet\[tensorboard\]"') as error:
        EventWriter(tmp_path / "events")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "events").exists()


def read_events(folder):
    """Return (step, value) of each tag, as TensorBoard itself reads them.

    In a process of its own: what TensorBoard imports warns of itself.
    """
    code = """if True:
        import json, sys
        from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
        from tensorboard.util.tensor_util import make_ndarray
        found = {}
        for event in EventFileLoader(sys.argv[1]).Load():
            for value in event.summary.value:
                number = float(make_ndarray(value.tensor))
                found.setdefault(value.tag, []).append((event.step, number))
        print(json.dumps(found))
    """
    (path,) = folder.iterdir()
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@needs_tensorboard
def test_tensorboard_reads_every_epoch_as_soon_as_it_is_written(tmp_path):
    with EventWriter(tmp_path / "events") as writer:
        writer.write(RESULTS[0])
        assert set(read_events(tmp_path / "events")) == set(TAGS.values())
        writer.write(RESULTS[1])
    events = read_events(tmp_path / "events")
    assert events["cost/training"] == [[1, 2.5], [2, 1.5]]
    assert events["error/test"] == [[1, 0.625]]
    assert math.isnan(events["cost/validation"][1][1])


@needs_tensorboard
def test_each_writer_has_a_file_of_its_own(tmp_path):
    for result in RESULTS:
        with EventWriter(tmp_path) as writer:
            writer.write(result)
    assert len(list(tmp_path.iterdir())) == 2
