"""Standard streams that are closed, as for daemons and cron jobs, and progress bars."""

import os
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from lenet.terminal import (
    complain,
    epoch_progress,
    interrupts_counted,
    progress_bar,
    quiet,
    say,
)

CHECK = """
import os, subprocess, sys
from lenet.terminal import complain, run_command, say
def command():
    say("said")
    complain("program", "complained")
    from tqdm import tqdm
    for _ in tqdm(range(3)):
        pass
    print("printed", file=sys.stderr)
    sys.stdin.read()
    with open(sys.argv[1], "w") as file:
        # Its number is no standard one, into which libraries and children write.
        print(file.fileno() > 2, file=file)
        subprocess.run(["sh", "-c", "echo out; echo errors >&2"], check=True)
    return 0
sys.exit(run_command("program", command))
"""


@pytest.mark.parametrize("closed", ["2>&-", "1>&-", "0<&-", "0<&- 2>&-", "0<&- 1>&- 2>&-"])
def test_a_command_does_its_work_without_standard_streams(tmp_path, closed):
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh"]
    done = subprocess.run(
        [*shell, sys.executable, "-W", "error", "-c", CHECK, tmp_path / "file"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "file").read_text() == "True\n"
    assert done.stdout == ("" if "1>&-" in closed else "said\nout\n")
    assert ("complained" in done.stderr) == ("2>&-" not in closed)


PIPED = """
import sys
from lenet.terminal import complain, run_command, say
def command():
    sys.stdin.readline()
    print("from a library")
    if sys.argv[1] == "say":
        say("said")
    elif sys.argv[1] == "complain":
        complain("program", "complained")
    return 0
sys.exit(run_command("program", command))
"""
HELP = (
    "import sys; sys.stdin.readline(); from lenet.__main__ import main; main(['train', '--help'])"
)


@pytest.mark.parametrize(
    ("code", "argument", "status"),
    [(PIPED, "say", 141), (PIPED, "print", 0), (PIPED, "complain", 0), (HELP, "", 0)],
    ids=["say", "at exit", "errors", "help"],
)
def test_a_reader_that_has_gone_is_no_error(code, argument, status):
    """As `head` goes once it has read enough, maybe of standard error, too."""
    errors = subprocess.STDOUT if argument == "complain" else subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code, argument],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    ) as process:
        process.stdout.close()
        process.stdin.write("now\n")
        process.stdin.flush()
        process.stdin.close()
        if process.stderr is not None:
            assert process.stderr.read() == ""
        assert process.wait(timeout=120) == status


def test_nothing_but_errors_is_printed_in_quiet(capsys):
    with quiet(True):
        say("said")
        complain("program", "complained")
        assert list(progress_bar(range(3))) == [0, 1, 2]
        assert progress_bar(range(3)).disable
    with quiet(False):
        say("said then")
    assert capsys.readouterr() == ("said then\n", "program: complained\n")


def test_a_notebook_has_progress_bars_though_it_is_no_terminal(monkeypatch, capsys):
    application = SimpleNamespace(IPKernelApp=SimpleNamespace(initialized=lambda: True))
    assert list(epoch_progress("ab", 1, 2)) == ["a", "b"]
    assert not capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", application)
    assert list(epoch_progress("ab", 1, 2)) == ["a", "b"]
    assert "epoch 1" in capsys.readouterr().err
    with quiet(True):
        assert list(epoch_progress("ab", 1, 2)) == ["a", "b"]
    assert not capsys.readouterr().err


def test_ctrl_c_is_counted_once_and_raised_twice():
    before = signal.getsignal(signal.SIGINT)
    with interrupts_counted() as pressed:
        assert not pressed
        signal.raise_signal(signal.SIGINT)
        assert pressed
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_leave_ctrl_c_alone():
    found = []

    def enter():
        with interrupts_counted() as pressed:
            found.append((pressed, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert found == [([], signal.getsignal(signal.SIGINT))]
