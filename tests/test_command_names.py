import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lenet import __main__ as main
from lenet import __version__
from lenet.commands import compare
from lenet.graph import command as graph
from tests.runs.test_reader import write_run

ROOT = Path(__file__).parent.parent
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]


def exit_of(argv):
    with pytest.raises(SystemExit) as error:
        main.main(argv)
    return error.value.code


def test_each_program_is_a_command_too():
    programs = {name.removeprefix("lenet-"): target for name, target in SCRIPTS.items()}
    assert programs.pop("lenet") == "lenet.__main__:main"
    assert programs == {name: f"{command.module}:main" for name, command in main.COMMANDS.items()}


def test_help_has_a_line_for_each_command(capsys):
    assert exit_of(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, command in main.COMMANDS.items():
        assert f"  {name:<10}{command.summary}" in lines
    assert max(map(len, lines)) <= 120


def test_version(capsys):
    assert exit_of(["--version"]) == 0
    assert capsys.readouterr().out == f"lenet {__version__}\n"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["trian"], "no command 'trian': did you mean train?"),
        (["lenet-predict"], "no command 'lenet-predict': did you mean predict?"),
        (["Graph"], "no command 'Graph': did you mean graph?"),
        (["xyz", "--help"], f"no command 'xyz': expected one of {', '.join(main.COMMANDS)}"),
        (["--lr", "1"], "unrecognized arguments: --lr"),
    ],
    ids=["typing error", "program", "capital", "nonsense", "flag"],
)
def test_a_wrong_name_is_one_line(argv, message, capsys):
    assert exit_of(argv) == 2
    assert capsys.readouterr().err == f"lenet: error: {message} (see --help)\n"


def test_arguments_and_status_go_through(tmp_path, capsys):
    run = str(write_run(tmp_path / "run"))
    assert main.main(["compare", run, "--csv"]) == 0
    through = capsys.readouterr().out
    assert compare.main([run, "--csv"]) == 0
    assert through == capsys.readouterr().out
    assert main.main(["compare", str(tmp_path)]) == 1


def test_no_command_at_all_asks_for_help(capsys):
    assert exit_of([]) == 0
    alone = capsys.readouterr().out
    assert exit_of(["--help"]) == 0
    assert alone == capsys.readouterr().out


@pytest.mark.parametrize("name", [*main.COMMANDS, *(f"graph {name}" for name in graph.COMMANDS)])
def test_every_command_knows_its_version(name, capsys):
    assert exit_of([*name.split(), "--version"]) == 0
    assert capsys.readouterr().out == f"lenet-{name} {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_completes_commands_flags_and_values(shell, tmp_path):
    pytest.importorskip("shtab", reason="needs the package shtab, of lenet[completion]")
    command = [sys.executable, "-m", "lenet", "--print-completion", shell]
    script = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"--data_augm", "nesterov", "--all_pages", "--side_by_side"} <= set(
        re.findall(r"[\w-]+", script)
    )
    if shell == "bash":
        (tmp_path / "script").write_text(
            f"{script}\nCOMP_WORDS=(lenet train --nep)\nCOMP_CWORD=2\n"
            "$(complete -p lenet | sed 's/.*-F \\([^ ]*\\).*/\\1/') lenet\necho ${COMPREPLY[@]}"
        )
        done = subprocess.run(
            ["bash", tmp_path / "script"], capture_output=True, text=True, check=True
        )
        assert done.stdout == "--nepochs\n"


def test_completion_without_its_package_is_one_line(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "shtab", None)  # as if it could not be found
    assert main.main(["--print-completion=bash"]) == 1
    text = '--print-completion needs the package shtab: pip install "lenet[completion]", or in a checkout '
    text += 'pip install -e ".[completion]"'
    assert capsys.readouterr().err == f"lenet: {text}\n"


@pytest.mark.parametrize("name", main.COMMANDS)
def test_help_of_a_command_is_its_programs(name, capsys):
    assert exit_of([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: lenet-{name} ")


def test_nothing_heavy_is_imported_for_a_name():
    code = (
        "import sys; from lenet.__main__ import main\n"
        "try: main(['--help'])\n"
        "finally: print(sorted({'numpy', 'pytensor', 'h5py', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_package_is_a_command_from_a_checkout():
    command = [sys.executable, "-m", "lenet", "--version"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"lenet {__version__}\n"
