import json
import tomllib
from pathlib import Path

import pytensor
import pytest

from lenet import train
from lenet.commands.presets import RECIPES, read_flags, recipe
from lenet.commands.train_flags import parse_options
from lenet.errors import CommandError
from lenet.runs.flag_text import LEFT_OUT, arguments_of
from lenet.runs.writer import write_config
from lenet.training.build import layers_of
from lenet.training.options import RECIPES as RECIPE_NAMES

DOCUMENTED = tomllib.loads(RECIPES.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def floatx_put_back():
    """Commands choose, once and for all, float32."""
    with pytensor.config.change_flags(floatX="float32"):
        yield


@pytest.fixture
def config(tmp_path):
    """Write a file of flags and return its path."""

    def write(content, name="flags.toml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def parsed(*argv):
    return parse_options([str(argument) for argument in argv])


def test_every_kind_of_value_arrives(config):
    path = config(
        """
        nepochs = 20
        lr = 1e-3
        data_augm = true
        lwidth = [8, 9]
        activation = "tanh"
        update = "adam"
        update_options = { beta1 = 0.5, epsilon = 1e-4 }
        schedule = "one_cycle"
        [schedule_options]
        linear = true
        """
    )
    arguments = parsed("--config", path)
    assert (arguments.nepochs, arguments.lr, arguments.data_augm) == (20, 1e-3, True)
    assert arguments.lwidth == (8, 9, 64, 128)
    assert arguments.activation == "tanh"
    assert arguments.update_options == {"beta1": 0.5, "epsilon": 1e-4}
    assert arguments.schedule_options == {"linear": True}


def test_what_may_stand_alone_is_true_in_a_file(config):
    text = "flip = true\nnoise = true\nrotate = true\nno_data_augm = true\nnepochs = [3]"
    options = parsed("--recipe", "best", "--config", config(text), "--dataset", "cifar10")
    alone = parsed("--flip", "--noise", "--rotate")
    assert options.augmentation.transforms == alone.augmentation.transforms
    assert (options.data_augm, options.nepochs) == (False, 3)


def test_json_is_read_as_well(config):
    path = config(
        '{"nepochs": 20, "model": "mlp", "hidden": [3, 4], "num_examples": null}', "flags.json"
    )
    arguments = parsed(f"--config={path}")
    assert (arguments.nepochs, arguments.hidden, arguments.num_examples) == (20, (3, 4), None)


def test_a_run_is_repeated_from_its_config(tmp_path):
    flags = [
        "--dataset",
        "digits",
        "--data_augm",
        "--lr",
        "0.3",
        "--lwidth",
        "2",
        "--initialiser",
        "normal:0.1",
    ]
    more = "--update adam --update_options beta1=0.5 --num_examples 70 --model_save_path x.h5"
    first = parsed(*flags, *more.split(), "--out_dir", tmp_path / "first")
    write_config(tmp_path, first.flags(), ("lenet-train", "--seed", "0"))
    again = parsed("--config", tmp_path / "config.json", "--out_dir", tmp_path / "second")
    expected = first.flags() | {
        "config": tmp_path / "config.json",
        "out_dir": tmp_path / "second",
        "model_save_path": None,
    }
    assert again.flags() == expected


def test_the_command_line_wins_over_a_file_and_a_file_over_a_recipe(config):
    path = config('dataset = "digits"\nlr = 0.5\nnepochs = 7\nbatch_norm = false')
    assert DOCUMENTED["best"]["default"].keys() >= {"lr", "nepochs", "batch_norm", "batch_size"}
    arguments = parsed("--recipe", "best", "--config", path, "--nepochs", "9", "--no_data_augm")
    assert (arguments.dataset, arguments.lr, arguments.nepochs) == ("digits", 0.5, 9)
    assert not arguments.batch_norm
    assert not arguments.data_augm
    assert arguments.batch_size == DOCUMENTED["best"]["default"]["batch_size"]


def test_a_file_may_name_a_recipe_and_say_where_results_go(config):
    arguments = parsed("--config", config('recipe = "mlp"\nout_dir = "elsewhere"'))
    assert arguments.model == "mlp"
    assert arguments.out_dir == Path("elsewhere")


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_recipe_has_known_flags_and_settings_that_go_together(name):
    for dataset in ("mnist", "cifar10", "digits"):
        arguments = parsed("--recipe", name, "--dataset", dataset)
        flags = DOCUMENTED[name].get(dataset, DOCUMENTED[name]["default"])
        for flag, value in flags.items():
            found = getattr(arguments, flag)
            assert (list(found) if isinstance(found, tuple) else found) == value
        assert layers_of(arguments, 10)


def test_the_help_names_all_recipes():
    assert list(RECIPE_NAMES) == list(DOCUMENTED)


def test_folders_of_images_imply_their_data_set(config):
    assert parsed("--image_dir", "photos").dataset == "folder"
    assert parsed("--config", config('image_dir = ["photos"]')).dataset == "folder"
    options = parsed("--image_dir", "photos", "--recipe", "best")
    assert (options.dataset, options.nepochs) == (
        "folder",
        DOCUMENTED["best"]["folder"]["nepochs"],
    )
    assert parsed("--image_dir", "photos", "--dataset", "mnist").dataset == "mnist"


def test_a_recipe_can_depend_on_the_data_set(config, monkeypatch):
    path = config("[one.default]\nlr = 0.1\n[one.digits]\nlr = 0.2\nbatch_norm = true")
    monkeypatch.setattr("lenet.commands.presets.RECIPES", path)
    assert recipe("one", "mnist") == {"lr": 0.1}
    assert recipe("one", "digits") == {"lr": 0.2, "batch_norm": True}
    options = parsed("--recipe", "one", "--dataset", "digits")
    assert (options.lr, options.batch_norm) == (0.2, True)


def test_of_a_runs_flags_those_of_its_place_are_left_out(config):
    flags = dict.fromkeys(LEFT_OUT, "x") | {"lr": 0.1, "initialiser": "he"}
    path = config(json.dumps({"flags": flags, "versions": {}}), "config.json")
    assert read_flags(path, "--config") == {"lr": 0.1, "initialiser": "he", "monitor": "error"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nepochs = ", r"flags\.toml: Invalid value .*; expected a TOML file of flags"),
        (b"\xff\xfe\x00", r"flags\.toml: .*can't decode.*; expected a TOML file"),
        ("lr = 2024-01-01", "lr = .*, expected a number or a text"),
        ("hidden = [[1], 2]", r"hidden = \[\[1\], 2\], expected a number or a text"),
        ("[lr]\nvalue = 3", r"lr = {'value': 3}, expected a number or a text"),
        ("update_options = { a = { b = 1 } }", "update_options = .*, expected a number"),
        ('config = "other.toml"', "names another file of flags"),
    ],
    ids=["toml", "bytes", "date", "nested", "table", "options", "config"],
)
def test_a_malformed_file_is_one_line_with_its_name(config, content, message, capsys):
    assert train.main(["--config", str(config(content))]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("lenet-train: --config ")
    assert errors.count("\n") == 1
    with pytest.raises(CommandError, match=message):
        parsed("--config", config(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"lr": ', "Expecting value"),
        ("[1, 2]", "expected flags and their values"),
        ('{"flags": [1]}', "expected flags and their values"),
        ("[" * 100_000, "recursion"),
    ],
    ids=["truncated", "list", "flags", "deep"],
)
def test_malformed_json_is_refused(config, content, message):
    with pytest.raises(CommandError, match=message) as error:
        parsed("--config", config(content, "config.json"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nepochs = 3\ncolour = 3", "flags.toml, line 2: no flag 'colour' (see"),
        ("nepoch = 3", "flags.toml, line 1: no flag 'nepoch'; did you mean nepochs?"),
        ("\nlearning_rate = 3", "flags.toml, line 2: no flag 'learning_rate'; did you mean lr?"),
        (
            'model = "lenet"\n\nlr = "fast"',
            "flags.toml, line 3: argument --lr: expected a positive number, got 'fast'",
        ),
        (
            'dataset = "minst"',
            "line 1: argument --dataset: no data set 'minst': did you mean mnist?",
        ),
        (
            'initialiser = "xavier"',
            "normal:SD with a positive standard deviation, such as normal:0.05; did you mean glorot?",
        ),
        ("lr = nan", "argument --lr: expected a positive number, got 'nan'"),
        ("data_augm = 3", "argument --data_augm: expected true or false, got 3"),
        ('"lr 1 --seed" = 3', "no flag 'lr 1 --seed'"),
        ('"" = 3', "no flag ''"),
        ("lwidth = [-1]", "argument --lwidth"),
        ('hidden = ["--seed", "1"]', "argument --hidden: expected a positive integer"),
    ],
    ids=str,
)
def test_wrong_flags_in_a_file_are_answered_as_those_of_the_command_line(
    config, content, message, capsys
):
    with pytest.raises(SystemExit) as end:
        train.main(["--config", str(config(content))])
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith("lenet-train: error: ")
    assert errors.count("\n") == 1
    assert message in errors


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--config", "nowhere.toml"], "--config nowhere.toml: No such file or directory"),
        (["--config", "."], "--config .: Is a directory"),
        (["--recipe", "cake"], "--recipe cake: no such recipe; expected one of best"),
        (["--recipe", "Bst"], "--recipe Bst: no such recipe; did you mean best?"),
    ],
    ids=["missing", "folder", "recipe", "slip"],
)
def test_a_preset_that_there_is_not_is_one_line(flags, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert train.main(flags) == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"lenet-train: {message}")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("flag", ["--config", "--recipe"])
def test_a_preset_without_a_name_is_one_line(flag, capsys):
    with pytest.raises(SystemExit) as end:
        train.main([flag])
    assert end.value.code == 2
    message = f"lenet-train: error: argument {flag}: expected one argument (see --help)\n"
    assert capsys.readouterr().err == message


def test_arguments_are_written_as_on_a_command_line():
    flags = {
        "lr": 0.1,
        "hidden": [1, 2],
        "on": True,
        "off": False,
        "options": {"a": 1, "b": True},
        "none": None,
        "empty": "",
        "few": [],
        "no": {},
    }
    assert arguments_of(flags, "test") == [
        *("--lr=0.1", "--hidden", "1", "2", "--on", "--no_off"),
        *("--options", "a=1", "b=true"),
    ]


def test_ones_own_images_have_a_recipe_without_being_asked(config):
    options = parse_options(["--image_dir", "photographs"])
    assert options.recipe == "folder"
    assert {name: getattr(options, name) for name in recipe("folder", "folder")} == recipe(
        "folder", "folder"
    )
    for others in (
        ["--recipe", "best"],
        ["--config", str(config("nepochs = 3"))],
        ["--model", "mlp"],
        ["--dataset", "digits"],
    ):
        images = [] if "--dataset" in others else ["--image_dir", "photographs"]
        assert parse_options([*images, *others]).recipe != "folder"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["--update=adam"], {"schedule": "decay", "lr": 0.001, "shift": 0.1, "batch_norm": True}),
        (["--update=sdlm"], {"schedule": "decay", "batch_norm": False, "shift": 0.1}),
        (["--lr=0.5"], {"schedule": "decay", "lr": 0.5, "shift": 0.1}),
        (["--rotate"], {"shift": None, "augment": "each", "schedule": "cosine"}),
        (["--cutout"], {"cutout": 0.5, "shift": 0.1, "augment": "random"}),
        (["--rotate", "--cutout"], {"shift": None, "augment": "each"}),
        (["--data_augm"], {"shift": None, "augment": "each", "schedule": "cosine"}),
        (["--no_batch_norm"], {"batch_norm": False, "shift": 0.1, "schedule": "cosine"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_is_typed_takes_what_was_chosen_for_it_out_of_the_recipe(typed, expected):
    options = parse_options(["--image_dir", "photographs", *typed])
    assert {name: getattr(options, name) for name in expected} == expected
