import pytest

from lenet.graph import command as graph
from lenet.graph import machine_checks as checks


@pytest.mark.parametrize("status", [checks.OK, checks.NOTE, checks.WRONG])
def test_only_what_is_wrong_decides_the_exit_status(monkeypatch, capsys, status):
    def one(*arguments):
        yield checks.Finding(status, "something", "do this")

    for name in [name for name in vars(checks) if name.startswith("check_")]:
        monkeypatch.setattr(checks, name, one)
    assert graph.main(["doctor"]) == (1 if status == checks.WRONG else 0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [status, "python", "something"]
    assert lines[1].split() == ["->", "do", "this"]
    assert lines[-1] == ("11 to mend" if status == checks.WRONG else "all is well")
