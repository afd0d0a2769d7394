"""Whatever ends a process among hosts, it says why in one line; each test has a process of its own."""

import signal
import sys

import pytest

from tests import children

START = """
import ctypes, os, sys
from pathlib import Path
from lenet.distributed.last_line import LastLine

folder = Path(sys.argv[1], "temporary")
folder.mkdir()
last_line = LastLine("lenet-train", folder)
last_line.lost, last_line.advice = "another host has ended", "go on"
"""


def start(folder, program):
    return children.start([sys.executable, "-c", START + program, folder])


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        (
            "F1128 Terminating process because the JAX distributed service detected fatal errors.\\n@ 0x1",
            "another host has ended",
        ),
        ("corrupted size vs. prev_size", "aborted by a library (corrupted size vs. prev_size)"),
    ],
    ids=["jax", "another"],
)
def test_an_abort_of_another_thread_is_one_line(tmp_path, printed, reason):
    program = f"""
import threading
os.write(1, b"[Gloo] Rank 0\\n")
os.write(2, b"{printed}\\n")
threading.Thread(target=ctypes.CDLL(None).abort).start()
threading.Event().wait()
"""
    status, output, errors = children.finish(start(tmp_path, program))
    assert (status, output, errors) == (1, "", f"lenet-train: {reason}; go on\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_process_that_waits_below_python(tmp_path, number):
    process = start(
        tmp_path, "print('ready')\nctypes.CDLL(None).sleep(300)\nctypes.CDLL(None).pause()"
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    status, _, errors = children.finish(process)
    assert (status, errors) == (128 + number, "lenet-train: interrupted; go on\n")
    assert list(tmp_path.iterdir()) == []


def test_of_two_reasons_the_first_is_said(tmp_path):
    program = """
import threading
last_line.claim()
other = threading.Thread(target=last_line.end, args=(2, "the second"))
other.start()
other.join(0.2)
last_line.end(1, "the first")
"""
    assert children.finish(start(tmp_path, program)) == (1, "", "lenet-train: the first; go on\n")
