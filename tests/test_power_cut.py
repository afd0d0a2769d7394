"""A run goes on to the very same bits from all that a power cut may leave of its folder.

The disk is simulated: of a file it has what was last synced, and of a folder the names that were; whatever
was changed since may be there or not, or be zeros, as with a file system that allocates late.
"""

import os
from itertools import product
from pathlib import Path

import pytest

from lenet.runs.checkpoint import load
from lenet.runs.names import LAST, LOCK
from lenet.runs.writer import RunWriter
from tests.quick_runs import quick_train
from tests.runs.test_writer import assert_same_files

FLAGS = "--dataset mnist --batch_size 20 --nepochs 2 --lr 0.05 --threads 1 --model mlp --hidden 3"
SYNCED, CURRENT, ZEROS = "synced", "current", "zeros"


class Disk:
    """What is on the disk of a folder, and what a power cut could leave of it after each event.

    Attributes
    ----------
    states : dict
        Each state, files by their names, with how many epochs were done by then.
    """

    def __init__(self, folder: Path, kept: Path) -> None:
        self.folder, self.kept, self.epochs = folder, kept, 0
        self.names: dict[str, int] = {}
        self.contents: dict[int, bytes] = {}
        self.states: dict[tuple[tuple[str, bytes], ...], int] = {}

    def listing(self) -> dict[str, int]:
        """Return the files that there are, by name; none of their numbers is used again."""
        found = {}
        for entry in os.scandir(self.folder) if self.folder.is_dir() else ():
            found[entry.name] = entry.inode()
            if not (self.kept / str(entry.inode())).exists():
                os.link(entry.path, self.kept / str(entry.inode()))
        return found

    def sync(self, path: Path) -> None:
        """Take note of what is synced."""
        if path == self.folder:
            self.names = self.listing()
        elif path.parent == self.folder:
            self.contents[path.stat().st_ino] = path.read_bytes()

    def content(self, inode: int, which: str) -> bytes:
        """Return what a file may hold."""
        now = (self.kept / str(inode)).read_bytes()
        synced = self.contents.get(inode, b"")
        return {SYNCED: synced, CURRENT: now, ZEROS: synced.ljust(len(now), b"\0")}[which]

    def record(self) -> None:
        """Take note of what a power cut would leave now."""
        now = self.listing()
        for names, which in product((self.names, now), (SYNCED, CURRENT, ZEROS)):
            files = {name: self.content(inode, which) for name, inode in names.items()}
            self.states[tuple(sorted(files.items()))] = self.epochs


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    with quick_train(tmp_path_factory.mktemp("data")) as command:
        yield command


@pytest.fixture(scope="module")
def disk(command, tmp_path_factory):
    """A whole run, and the disk that it was written on."""
    folder, kept = tmp_path_factory.mktemp("disk"), tmp_path_factory.mktemp("kept")
    disk = Disk(folder / "run", kept)
    fsync, replace, keep = os.fsync, os.replace, RunWriter.write_epoch

    def recorded_fsync(handle):
        disk.record()
        fsync(handle)
        disk.sync(Path(os.readlink(f"/proc/self/fd/{handle}")))
        disk.record()

    def recorded_replace(*paths):
        replace(*paths)
        disk.record()

    def recorded_keep(*arguments):
        keep(*arguments)
        disk.epochs += 1
        disk.record()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", recorded_fsync)
        patch.setattr(os, "replace", recorded_replace)
        patch.setattr(RunWriter, "write_epoch", recorded_keep)
        assert command(FLAGS, "--out_dir", disk.folder) == 0
    return disk


@pytest.mark.skipif(
    not os.path.exists("/proc/self/fd"), reason="asks Linux what file a handle is of"
)
def test_a_run_goes_on_from_all_that_a_power_cut_may_leave(command, disk, tmp_path, capsys):
    assert disk.epochs == 2
    assert len(disk.states) > 30
    for number, (state, epochs) in enumerate(disk.states.items()):
        run = tmp_path / str(number)
        run.mkdir()
        for name, content in state:
            (run / name).write_bytes(content)
        if epochs:
            assert load(run / LAST).attributes["epoch"] >= epochs
        # Without a file, it is not known for a run.
        flag = "--resume" if state else "--out_dir"
        assert command(FLAGS, flag, run) == 0, (number, sorted(dict(state)))
        assert_same_files(run, disk.folder)
        assert not [path.name for path in run.iterdir() if path.name.startswith(".")]
    assert capsys.readouterr().err == ""


def test_the_folder_itself_is_synced(command, tmp_path, monkeypatch):
    synced, fsync = set(), os.fsync

    def recorded_fsync(handle):
        synced.add(os.stat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    assert command(FLAGS, "--out_dir", tmp_path / "new" / "run") == 0
    assert {path.stat().st_ino for path in (tmp_path, tmp_path / "new")} <= synced
    assert not (tmp_path / "new" / "run" / LOCK).exists()
