import json
import shlex
from datetime import datetime, timedelta

import pytest

from lenet.runs.names import CONFIG
from lenet.runs.reader import read_config
from lenet.runs.sessions import MOST, MOST_CHARACTERS, Session, read_sessions
from lenet.runs.writer import write_config

FLAGS = {"lr": 0.1, "recipe": "best", "initialiser": "he"}
TYPED = ("lenet-train", "--out_dir", "a b", "--image_dir=\udcff</pre>")


def test_what_was_typed_is_kept_with_when_and_where(tmp_path):
    write_config(tmp_path, FLAGS, TYPED)
    (session,) = read_sessions(tmp_path / CONFIG)
    assert session.command == TYPED
    assert tuple(shlex.split(session.typed)) == TYPED
    age = datetime.now().astimezone() - datetime.fromisoformat(session.began)
    assert timedelta(0) <= age < timedelta(hours=1)
    assert session.began[:10] == session.time[:10]
    assert session.recipe == "best"
    assert "CPUs" in session.system
    assert read_config(tmp_path / CONFIG)[0] == FLAGS | {"monitor": "error"}


def test_going_on_is_added(tmp_path):
    for k in range(3):
        write_config(tmp_path, FLAGS | {"recipe": None}, ("lenet-train", str(k)))
    write_config(tmp_path, FLAGS)  # nothing was typed
    sessions = read_sessions(tmp_path / CONFIG)
    assert [session.command[1] for session in sessions] == ["0", "1", "2"]


def test_the_file_stays_small(tmp_path):
    for k in range(MOST + 5):
        write_config(tmp_path, FLAGS, ("lenet-train", str(k)))
    write_config(tmp_path, FLAGS, ("lenet-train", "x" * MOST_CHARACTERS))
    numbers = [int(session.command[1]) for session in read_sessions(tmp_path / CONFIG)]
    assert numbers == [0, *range(6, MOST + 5)]


GOOD = {"command": ["a"], "began": "2026-11-28T18:01:47+01:00"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, []),
        ("{", []),
        ("[1]", []),
        ("[" * 100_000, []),
        ({"flags": {}, "versions": {}}, []),
        ({"sessions": 3}, []),
        ({"sessions": {"command": ["a"]}}, []),
        ({"sessions": [3, {}, {"command": "a"}, {"command": []}, {"command": [1]}]}, []),
        ({"sessions": [{"command": ["a"], "began": 3}, GOOD]}, ["a"]),
    ],
    ids=["no file", "cut off", "list", "deep", "old", "number", "object", "odd", "one good"],
)
def test_what_is_no_session_is_left_out(content, found, tmp_path):
    if content is not None:
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / CONFIG).write_text(text)
    assert [session.typed for session in read_sessions(tmp_path / CONFIG)] == found


@pytest.mark.parametrize(
    ("began", "shown"),
    [
        ("2026-11-28T18:01:47+01:00", "2026-11-28 18:01:47 UTC+01:00"),
        ("2026-11-28T18:01:47+00:00", "2026-11-28 18:01:47 UTC"),
        ("2026-11-28T18:01:47", "2026-11-28 18:01:47"),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_the_time_is_shown_as_people_write_it(began, shown):
    assert Session(("a",), began).time == shown
