import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lenet.data import decoding
from lenet.data.decoding import Form, decoded, size_of, without_interrupts
from lenet.data.image_files import fit_to, read_image
from lenet.errors import DataError, ImageError
from tests.image_folders import noise

FORM = Form(8, 3, keep_aspect=True)
N = 100


@dataclass
class Picture:
    """A file that does something when it is read."""

    path: Path

    def stat(self):
        return self.path.stat()

    def __fspath__(self):
        self.when_read()
        return str(self.path)


class Deadly(Picture):
    """Ends the process that reads it."""

    def when_read(self):
        os.kill(os.getpid(), signal.SIGKILL)


class Noted(Picture):
    """Notes which process reads it."""

    def when_read(self):
        time.sleep(0.01)  # so that one process cannot have done all when the other has started
        with open(self.path.with_name("readers"), "a") as file:
            file.write(f"{os.getpid()}\n")


@pytest.fixture
def paths(tmp_path):
    paths = [tmp_path / f"{k}.png" for k in range(N)]
    for k, path in enumerate(paths):
        Image.fromarray(noise(6, 9, 3, seed=k)).save(path)
    paths[70].write_bytes(b"spoilt")
    return paths


@pytest.fixture
def with_processes(monkeypatch):
    monkeypatch.setattr(decoding, "BYTES_WORTH_PROCESSES", 1)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_files_come_in_their_order_from_processes(paths, with_processes, threads):
    found = list(decoded(paths, FORM, threads))
    assert len(found) == N
    for k, (path, pages) in enumerate(zip(paths, found, strict=True)):
        (page,) = pages
        if k == 70:
            assert isinstance(page, ImageError)
            assert str(page).startswith(f"{path}: not a PNG")
        else:
            np.testing.assert_array_equal(page, fit_to(read_image(path, 3), 8))


@pytest.mark.parametrize(("threads", "n_processes"), [(1, 1), (2, 2)])
def test_as_many_processes_as_threads(tmp_path, paths, with_processes, threads, n_processes):
    found = list(decoded([Noted(path) for path in paths], FORM, threads))
    assert len(found) == N
    assert len(readers(tmp_path)) == n_processes
    assert (os.getpid() in readers(tmp_path)) == (n_processes == 1)


def test_little_is_done_in_this_process(paths, monkeypatch):
    done = []
    monkeypatch.setattr(decoding, "decode_file", lambda path, form: done.append(path) or [])
    assert list(decoded(paths, FORM, 4)) == [[]] * N
    assert done == paths


def test_a_process_that_is_ended_is_one_line(paths, with_processes):
    paths[40] = Deadly(paths[40])
    with pytest.raises(
        DataError, match="a process that decodes pictures has been ended, most likely"
    ):
        list(decoded(paths, FORM, 2))


def readers(folder):
    """Return the processes that `Noted` files have been read by."""
    return {int(line) for line in (folder / "readers").read_text().split()}


@pytest.mark.parametrize("count", [1, N], ids=["stopped early", "all"])
def test_no_process_stays_and_nothing_is_said(tmp_path, paths, with_processes, recwarn, count):
    results = decoded([Noted(path) for path in paths], FORM, 2)
    assert len(list(islice(results, count))) == count
    results.close()
    assert not recwarn.list
    for process in readers(tmp_path):
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_processes_do_not_hear_of_an_interrupt():
    code = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    command = [sys.executable, "-c", code]
    with without_interrupts():
        inside = subprocess.run(command, capture_output=True, text=True, check=True)
    outside = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (inside.stdout, outside.stdout) == ("True\n", "False\n")


def test_a_picture_beyond_the_memory_is_named(paths, monkeypatch):
    read_pages = decoding.read_pages

    def read(path, reading, fit, rules):
        if path == paths[5]:
            raise MemoryError
        return read_pages(path, reading, fit, rules)

    monkeypatch.setattr(decoding, "read_pages", read)
    found = list(decoded(paths[:10], FORM, 2))
    assert str(found[5][0]).startswith(f"{paths[5]}: more pixels than memory is left for")
    assert [pages[0].shape for k, pages in enumerate(found) if k != 5] == [(3, 8, 8)] * 9


def test_the_size_of_what_is_not_there_is_nothing(paths, tmp_path):
    assert size_of(paths[0]) == paths[0].stat().st_size
    assert size_of(tmp_path / "gone.png") == 0
