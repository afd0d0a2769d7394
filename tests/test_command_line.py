import io
import sys

import pytest

from lenet.command_line import FAILED, INTERRUPTED, CommandError, run_command, say


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
