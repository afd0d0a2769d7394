import io
import os
import signal
import subprocess
import sys

import pytest

from lenet.commands.base import Parser
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


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--nepoch", "1"], "unrecognized arguments: --nepoch 1; did you mean --nepochs?"),
        (["--epochs=3"], "unrecognized arguments: --epochs=3; did you mean --nepochs?"),
        (["--learning-rate", "1"], "--learning-rate 1; did you mean --lr?"),
        (["--xyzzy"], "unrecognized arguments: --xyzzy (see --help)"),
        (["stray"], "unrecognized arguments: stray (see --help)"),
        (
            ["--kind", "ONE"],
            "argument --kind: invalid choice: 'ONE', did you mean one? (choose from one, two)",
        ),
        (
            ["--kind", "x"],
            "argument --kind: invalid choice: 'x' (choose from one, two) (see --help)",
        ),
    ],
)
def test_a_slip_is_answered_with_what_may_be_meant(argv, message, capsys):
    parser = Parser(prog="program")
    parser.add_argument("--kind", choices=("one", "two"))
    parser.add_argument("--nepochs", type=int)
    parser.add_argument("--lr", type=float)
    with pytest.raises(SystemExit) as end:
        parser.parse_args(argv)
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith("program: error: ")
    assert message in errors
    assert errors.count("\n") == 1


def test_flags_may_stand_between_what_has_none():
    parser = Parser(prog="program")
    parser.add_argument("first", nargs="?")
    parser.add_argument("rest", nargs="*")
    parser.add_argument("--lr", type=float)
    for argv in (
        ["a", "b", "--lr", "1", "c"],
        ["--lr=1", "a", "b", "c"],
        ["a", "--lr=1", "b", "c"],
    ):
        found = parser.parse_args(argv)
        assert (found.first, found.rest, found.lr) == ("a", ["b", "c"], 1.0)
    assert vars(parser.parse_args([])) == {"first": None, "rest": [], "lr": None}


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
