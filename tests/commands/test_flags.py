import re
from importlib import import_module
from pathlib import Path

import pytest

from lenet.commands import compare, evaluate, export, predict, train_flags
from lenet.commands.base import Parser
from lenet.commands.flags import add_flags
from lenet.commands.train_flags import make_parser
from lenet.data.dataset import FOLDER
from lenet.graph import command as graph

TESTS = Path(__file__).parents[1]


def test_every_flag_explains_itself():
    for action in make_parser()._actions:
        assert action.help
        assert len(action.option_strings) == 1 or action.dest in ("help", "images")


@pytest.mark.parametrize("flag", ["--help", "--help-all"])
def test_few_flags_are_explained_at_first_and_all_if_so_asked(flag, capsys):
    with pytest.raises(SystemExit) as end:
        make_parser().parse_args([flag])
    assert end.value.code == 0
    text = capsys.readouterr().out  # a lonely percent sign would be an error of argparse's
    explained = set(re.findall(r"^  (?:-h, )?(--[\w-]+)", text, re.MULTILINE))
    flags = {flag for action in make_parser()._actions for flag in action.option_strings[-1:]}
    main = {"--help", "--version", "--quiet", "--help-all"}
    main |= {f"--{name}" for name in train_flags.MAIN_FLAGS}
    assert explained == (main if flag == "--help" else flags)
    assert len(main) < 18
    assert text.startswith("usage: lenet-train [DATASET | DIR ...] [flags]\n")


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


@pytest.mark.parametrize(
    ("argv", "dataset", "image_dir"),
    [
        ("mnist --lr 0.1", "mnist", None),
        ("--nepochs 3 digits", "digits", None),
        ("a --seed 1 b", FOLDER, ["a", "b"]),
        ("a --image_dir b", FOLDER, ["a", "b"]),
        ("folder a", FOLDER, ["a"]),
        ("-- a", FOLDER, ["a"]),
        ("./mnist", FOLDER, ["mnist"]),
    ],
)
def test_images_are_named_with_or_without_a_flag(argv, dataset, image_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b", "mnist"):
        (tmp_path / name).mkdir()
    options = train_flags.parse_options(argv.split())
    assert options.dataset == dataset
    assert options.image_dir == (image_dir and list(map(Path, image_dir)))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("minst", "no data set and no folder 'minst': did you mean mnist?"),
        ("mnist digits", "expected one data set, mnist or another, or folders of"),
        ("mnist --dataset digits", "expected one data set, mnist or another, or folders of"),
        ("mnist --image_dir a", "expected one data set, mnist or another, or folders of"),
    ],
)
def test_images_that_cannot_be_meant_are_one_line(argv, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        train_flags.parse_options(argv.split())
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"lenet-train: error: {message}")
    assert errors.count("\n") == 1


COMMANDS = {
    "train": (train_flags, ["**/*.py"]),
    "predict": (
        predict,
        [
            "commands/test_predict.py",
            "commands/test_film_*.py",
            "commands/test_trained_network.py",
            "commands/test_trust_flags.py",
        ],
    ),
    "evaluate": (evaluate, ["commands/test_evaluate.py", "commands/test_trained_network.py"]),
    "compare": (compare, ["commands/test_compare.py"]),
    "export": (export, ["commands/test_export.py", "commands/test_trained_network.py"]),
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
