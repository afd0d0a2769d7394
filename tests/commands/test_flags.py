import re
from importlib import import_module
from pathlib import Path

import pytest

from lenet.commands import compare, evaluate, export, predict, train_flags
from lenet.commands.base import Parser
from lenet.commands.flags import add_flags
from lenet.commands.train_flags import make_parser
from lenet.graph import command as graph

TESTS = Path(__file__).parents[1]


def test_every_flag_explains_itself():
    for action in make_parser()._actions:
        assert action.help
        assert len(action.option_strings) == 1 or action.dest == "help"


@pytest.mark.parametrize("flag", ["--help", "--help-all"])
def test_few_flags_are_explained_at_first_and_all_if_so_asked(flag, capsys):
    with pytest.raises(SystemExit) as end:
        make_parser().parse_args([flag])
    assert end.value.code == 0
    text = capsys.readouterr().out  # a lonely percent sign would be an error of argparse's
    explained = set(re.findall(r"^  (?:-h, )?(--[\w-]+)", text, re.MULTILINE))
    flags = {action.option_strings[-1] for action in make_parser()._actions}
    main = {"--help", "--version", "--quiet", "--help-all"}
    main |= {f"--{name}" for name in train_flags.MAIN_FLAGS}
    assert explained == (main if flag == "--help" else flags)
    assert len(main) < 18
    assert text.startswith("usage: lenet-train [flags]\n")


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], False),
        (["--batch_norm"], True),
        (["--batch_norm", "--no_batch_norm"], False),
        (["--no_batch_norm", "--batch_norm"], True),
    ],
    ids=["none", "switch", "contrary", "switch again"],
)
def test_the_last_of_a_switch_and_its_contrary_wins(argv, expected):
    parser = Parser(prog="test")
    add_flags(parser, "--batch_norm", "--lr")
    assert vars(parser.parse_args(argv)) == {"batch_norm": expected, "lr": None}


COMMANDS = {
    "train": (train_flags, ["**/*.py"]),
    "predict": (predict, ["commands/test_predict.py"]),
    "evaluate": (evaluate, ["commands/test_evaluate.py"]),
    "compare": (compare, ["commands/test_compare.py"]),
    "export": (export, ["commands/test_export.py"]),
}
COMMANDS |= {
    f"graph {name}": (import_module(f"lenet.graph.{command.module}"), ["graph/*.py"])
    for name, command in graph.COMMANDS.items()
}


def parser_of(module):
    if hasattr(module, "make_parser"):
        return module.make_parser()
    parser = Parser(prog="test")
    module.add_arguments(parser)
    return parser


@pytest.mark.parametrize("name", COMMANDS)
def test_no_flag_is_without_a_test_of_its_command(name):
    module, patterns = COMMANDS[name]
    files = {path for pattern in patterns for path in TESTS.glob(pattern)} - {Path(__file__)}
    words = set(re.findall(r"--\w+", "".join(path.read_text() for path in files)))
    flags = {flag for action in parser_of(module)._actions for flag in action.option_strings}
    contraries = {flag for flag in flags if f"--{flag.removeprefix('--no_')}" in flags - {flag}}
    # Tried above, and for every command in tests/test_command_names.py.
    flags -= {"-h", "--help", "--version", "--help-all"}
    assert flags - contraries - words == set()
