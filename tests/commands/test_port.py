"""The command `lenet port`: what it writes, what it refuses, and its exit status."""

import pytest

from lenet.__main__ import main

SCRIPT = "import theano\nx = theano.shared(3)  # three\n"
PORTED = "import pytensor\nx = pytensor.shared(3)  # three\n"


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "mlp.py"
    path.write_text(SCRIPT)
    return path


def run(*arguments):
    return main(["port", *map(str, arguments)])


def test_result_and_report_are_written_beside(script, capsys):
    assert run(script) == 0
    assert script.read_text() == SCRIPT
    assert script.with_name("mlp_pytensor.py").read_text() == PORTED
    assert "theano.shared is pytensor.shared now" in script.with_name("mlp_pytensor.md").read_text()
    out = capsys.readouterr().out
    assert "mlp_pytensor.py: 2 changes, 0 to check" in out


def test_nothing_is_overwritten_without_force(script, capsys):
    target = script.with_name("mlp_pytensor.py")
    target.write_text("mine\n")
    assert run(script) == 2
    assert "is there already; --force replaces it" in capsys.readouterr().err
    assert target.read_text() == "mine\n"
    assert not target.with_suffix(".md").exists()
    assert run(script, "--force") == 0
    assert target.read_text() == PORTED


def test_module_that_two_scripts_share_goes_with_both(script, capsys):
    helper = script.with_name("helper.py")
    helper.write_text("x = 1\n")
    for name in ("a", "b", "c"):
        script.with_name(f"{name}.py").write_text(f"import helper\n{SCRIPT}")
    folder = script.parent / "sub"
    assert run(script.with_name("a.py"), "-o", folder / "a.py") == 0
    assert run(script.with_name("b.py"), "-o", folder / "b.py") == 0
    (folder / "helper.py").write_text("x = 2\n")
    assert run(script.with_name("c.py"), "-o", folder / "c.py") == 2
    assert "helper.py: is there already" in capsys.readouterr().err
    assert not (folder / "c.py").exists()


def test_original_is_never_overwritten(script, capsys):
    assert run(script, "-o", script, "--force") == 2
    assert run(script, "-o", script.parent, "--force") == 2
    assert run(script, "--report", script.with_name("r.txt"), "-o", script, "--force") == 2
    assert "the program itself" in capsys.readouterr().err
    assert script.read_text() == SCRIPT


@pytest.mark.parametrize("names", [["x.txt", "x.txt"], ["./x.txt", "sub/../x.txt"]])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_report_is_not_where_results_go(script, capsys, monkeypatch, names, force):
    monkeypatch.chdir(script.parent)
    (script.parent / "sub").mkdir()
    options = [x for pair in zip(["-o", "--report"], names, strict=True) for x in pair]
    assert run(script, *options, *force) == 2
    error = capsys.readouterr().err
    assert "both the result and its report; choose another --report" in error
    assert error.count("\n") == 1
    assert sorted(path.name for path in script.parent.iterdir()) == ["mlp.py", "sub"]


def test_diff_writes_nothing(script, capsys):
    assert run(script, "--diff") == 0
    assert capsys.readouterr().out.split("\n", 2)[2] == (
        "@@ -1,2 +1,2 @@\n-import theano\n-x = theano.shared(3)  # three\n"
        "+import pytensor\n+x = pytensor.shared(3)  # three\n"
    )
    assert [path.name for path in script.parent.iterdir()] == ["mlp.py"]


@pytest.mark.parametrize("suffix", [".md", ".html", ".txt"])
def test_report_of_a_name(script, suffix):
    report = script.with_name(f"told{suffix}")
    assert run(script, "--report", report) == 0
    assert "pytensor.shared(3)" in report.read_text()


def test_wrong_report(script):
    with pytest.raises(SystemExit) as caught:
        run(script, "--report", "told.pdf")
    assert caught.value.code == 2


def test_what_is_left_is_an_exit_status(script, capsys):
    script.write_text("import theano\ntheano.unknown()\n")
    assert run(script) == 1
    assert "mlp.py:2: theano.unknown" in capsys.readouterr().out
    assert "# PORT: by hand: theano.unknown" in script.with_name("mlp_pytensor.py").read_text()


@pytest.mark.parametrize("data", [b"print 'a'\n", b"x = (\n", b"\xff\n", b"\x00"])
def test_bad_input_is_one_line(script, capsys, data):
    script.write_bytes(data)
    assert run(script) == 2
    error = capsys.readouterr().err
    assert error.startswith("lenet-port: error: ")
    assert error.count("\n") == 1
    assert [path.name for path in script.parent.iterdir()] == ["mlp.py"]


def test_missing_file(tmp_path, capsys):
    assert run(tmp_path / "none.py") == 2
    assert "there is no such file" in capsys.readouterr().err
