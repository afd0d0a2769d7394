"""The lock on the folder of a run, within this process, which counts as two, and among several."""

import errno
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lenet.errors import CommandError
from lenet.runs import lock
from lenet.runs.lock import locked
from lenet.runs.names import CONFIG, LOCK
from tests.children import child

HOLD = """
import sys
from pathlib import Path
from lenet.runs.lock import locked
with locked(Path(sys.argv[1])) as folder:
    (folder / "config.json").touch()
    print("held", flush=True)
    sys.stdin.read()
"""


def test_nothing_is_left_where_nothing_was_written(tmp_path):
    with locked(tmp_path / "a" / "b") as folder:
        assert folder == tmp_path / "a" / "b"
        assert os.listdir(folder) == [LOCK]
    assert os.listdir(tmp_path) == []


def test_what_was_written_or_there_stays(tmp_path):
    (tmp_path / "empty").mkdir()
    with locked(tmp_path / "empty"):
        pass
    with locked(tmp_path / "run") as folder:
        (folder / CONFIG).write_text("x")
    assert sorted(os.listdir(tmp_path)) == ["empty", "run"]
    assert os.listdir(tmp_path / "run") == [CONFIG]


def test_another_process_is_named_and_its_lock_dies_with_it(tmp_path):
    command = [sys.executable, "-c", HOLD, tmp_path / "run"]
    with child(command, stdin=-1) as process:
        assert process.stdout.readline() == "held\n"
        with (
            pytest.raises(
                CommandError, match=rf"run: in use by process {process.pid} on .* since "
            ),
            locked(tmp_path / "run"),
        ):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (tmp_path / "run" / LOCK).exists()
        with locked(tmp_path / "run") as folder:
            text = (folder / LOCK).read_text()
        assert text.startswith(f"process {os.getpid()} on ")
        assert "\n" not in text
    assert os.listdir(tmp_path / "run") == [CONFIG]


def test_one_at_a_time_and_nobody_is_lost(tmp_path):
    inside, most, entered, refused = 0, 0, 0, 0
    counting, together = threading.Lock(), threading.Barrier(8)

    def enter(_):
        nonlocal inside, most, entered, refused
        together.wait(60)
        for _ in range(50):
            try:
                with locked(tmp_path / "deep" / "run"):
                    with counting:
                        inside, entered = inside + 1, entered + 1
                        most = max(most, inside)
                    with counting:
                        inside -= 1
            except CommandError:
                with counting:
                    refused += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(8)))
    assert (most, entered + refused) == (1, 400)
    assert entered > 0
    assert not list(tmp_path.rglob(LOCK))


def test_each_gets_a_free_name(tmp_path):
    together = threading.Barrier(8)

    def enter(_):
        together.wait(60)
        with locked(tmp_path / "runs" / "now", free_name=True) as folder:
            together.wait(60)
            (folder / CONFIG).touch()
            return folder.name

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(enter, range(8)))
    assert names == {"now", *(f"now-{number}" for number in range(2, 9))}


def test_a_file_that_its_holder_removes_after_it_was_opened_is_made_again(tmp_path, monkeypatch):
    flock, removed = lock.fcntl.flock, []

    def meanwhile(handle, operation):
        flock(handle, operation)
        if not removed:
            removed.append((tmp_path / LOCK).unlink())

    monkeypatch.setattr(lock.fcntl, "flock", meanwhile)
    with locked(tmp_path):
        assert removed
        assert os.listdir(tmp_path) == [LOCK]


def test_folders_that_others_remove_are_made_again(tmp_path):
    """Of eight at once, each makes folders that the others remove as soon as they are empty."""
    together = threading.Barrier(8)

    def enter(_):
        together.wait(60)
        for _ in range(50):
            with locked(tmp_path / "deep" / "runs" / "now", free_name=True) as folder:
                assert os.listdir(folder) == [LOCK]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(8)))
    assert not list(tmp_path.rglob("now*"))


def test_what_killed_processes_have_left_is_removed_and_nothing_else(tmp_path):
    for name in (".config.json.12.tmp", ".last.h5.0123456789abcdef.tmp", ".mine.12.tmp", "notes"):
        (tmp_path / name).touch()
    with locked(tmp_path):
        assert sorted(os.listdir(tmp_path)) == [LOCK, ".mine.12.tmp", "notes"]
    assert sorted(os.listdir(tmp_path)) == [".mine.12.tmp", "notes"]


@pytest.mark.parametrize("text", [b"", b"\x1b[31m\n", b"\xff\x00" * 1000])
def test_a_lock_without_a_name_is_anothers(tmp_path, text):
    with locked(tmp_path):
        (tmp_path / LOCK).write_bytes(text)
        with pytest.raises(CommandError) as caught, locked(tmp_path):
            pass
    assert str(caught.value).startswith(f"{tmp_path}: in use by ")
    assert str(caught.value).isprintable()


def test_a_link_in_its_place_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / LOCK).symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match=str(tmp_path)), locked(tmp_path):
        pass
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_file_system_without_locks_has_none(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    with locked(tmp_path), locked(tmp_path):
        pass
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(lock.os, "open", refuse)
    with pytest.raises(OSError, match="Read-only") as caught, locked(tmp_path):
        pass
    assert caught.value.filename == str(tmp_path)
