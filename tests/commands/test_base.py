import io
import os
import signal
import subprocess
import sys

import pytest

from lenet.errors import CommandError
from lenet.terminal import FAILED, INTERRUPTED, run_command, say
from tests.children import child, finish


def test_letters_that_the_terminal_lacks_are_escaped(monkeypatch):
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="ascii"))
    assert run_command("program", lambda: say("\u65e5\u672c, \u00fc") or 0) == 0
    assert output.getvalue() == rb"\u65e5\u672c, \xfc" + b"\n"


def test_what_the_user_can_put_right_is_one_line(capsys):
    def fail(error):
        raise error

    assert run_command("program", lambda: fail(CommandError("--lr 0: too small"))) == FAILED
    assert run_command("program", lambda: fail(FileNotFoundError(2, "No such file", "x"))) == FAILED
    assert run_command("program", lambda: fail(KeyboardInterrupt())) == INTERRUPTED
    assert capsys.readouterr().err == (
        "program: --lr 0: too small\nprogram: x: No such file\nprogram: interrupted\n"
    )
    with pytest.raises(RuntimeError, match="ours"):
        run_command("program", lambda: fail(RuntimeError("ours")))


def test_a_current_folder_that_is_gone_is_told(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert run_command("program", lambda: os.mkdir("out")) == FAILED
    message = "program: the current folder has been removed; change to one that is there\n"
    assert capsys.readouterr().err == message


def test_threads_that_cannot_be_started_are_one_line(capsys):
    def fail():
        raise RuntimeError("can't start new thread")

    assert run_command("program", fail) == FAILED
    assert capsys.readouterr().err.startswith("program: no thread can be started: raise the limits")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Compilation failed:\ng++ -x\nmod.cpp:3:1: fatal error: stop\nx",
            "mod.cpp:3:1: fatal error: stop",
        ),
        ("", "it does not say why"),
    ],
)
def test_a_compiler_that_fails_is_one_line(capsys, text, reason):
    from pytensor.link.c.exceptions import CompileError

    def fail():
        raise CompileError(text)

    assert run_command("program", fail) == FAILED
    errors = capsys.readouterr().err
    assert errors.startswith(f"program: the C++ compiler has failed ({reason}); the code is in")
    assert errors.count("\n") == 1


SLOW = """
import sys, threading, time
from lenet.terminal import run_command
class Slow:
    def __del__(self):
        print("deleting", flush=True)
        time.sleep(60)
def outlive():
    while threading.main_thread().is_alive():
        time.sleep(0.01)
    print("ended", flush=True)
    sys.stdin.readline()
def command():
    if sys.argv[1] == "del":
        Slow()
    elif sys.argv[1] == "end":
        threading.Thread(target=outlive).start()
        return 0
    print("waiting", flush=True)
    time.sleep(60)
    return 0
sys.exit(run_command("program", command))
"""


@pytest.mark.parametrize(
    ("when", "word", "status", "errors"),
    [
        ("now", "waiting", 130, "program: interrupted\n"),
        ("del", "deleting", 130, "program: interrupted\n"),
        ("end", "ended", 0, ""),
    ],
    ids=["waiting", "in what cannot raise", "at the end, while a thread is still at work"],
)
def test_ctrl_c_is_one_line_whenever_it_comes(when, word, status, errors):
    command = [sys.executable, "-c", SLOW, when]
    with child(command, seconds=60, stdin=subprocess.PIPE) as process:
        assert process.stdout.readline() == f"{word}\n"
        for _ in range(20 if when == "end" else 1):
            process.send_signal(signal.SIGINT)
        ended = finish(process)
    assert (ended[0], ended[2]) == (status, errors)
