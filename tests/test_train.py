"""The command line, mostly as a user runs it: in a process of its own."""

import csv
import json
import os
import signal
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytensor
import pytest

from lenet import input_pipeline, train
from lenet.augment.compose import Augmentation
from lenet.augment.transforms import Noise, Rotate
from lenet.commands import chosen_dataset
from lenet.commands.train_flags import named, parse_options
from lenet.experiments import one_run
from lenet.runs import checkpoint
from lenet.runs.checkpoint import load
from lenet.runs.names import FILES
from lenet.training.settings import Settings
from tests import children
from tests.children import child, finish
from tests.dataset_makers import write_mnist
from tests.quick_runs import plain_backend

ROOT = Path(__file__).parent.parent
SCRIPT = str(ROOT / "lenet" / "train.py")
SMALL = ["--dataset", "mnist", "--lwidth", "2", "3", "4", "5", "--batch_size", "20"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_mnist(folder, train=60, test=10)
    return folder


@pytest.fixture(scope="module")
def environment(data_dir):
    return {**os.environ, "LENET_DATA_DIR": str(data_dir)}


def start(folder, environment, *flags):
    return children.start(command(*flags), cwd=folder, env=environment)


def command(*flags):
    return [sys.executable, SCRIPT, *SMALL, *flags]


@pytest.fixture(scope="module")
def run(tmp_path_factory, environment):
    """One run from a folder that is not the checkout."""
    folder = tmp_path_factory.mktemp("elsewhere")
    flags = ["--nepochs", "2", "--data_augm", "--out_dir", "out", "--threads", "2"]
    status, output, errors = finish(start(folder, environment, *flags))
    assert status == 0, errors
    return folder / "out", output, errors


def test_a_run_says_what_it_does_and_how_it_ends(run):
    _, output, errors = run
    assert "mnist: 50 training, 10 validation and 10 test images" in output
    assert "2 random crops of each image, not mirrored: 150 training images" in output
    assert "8 steps each, batches of 20" in output
    assert "conv3     4 x 2 x 2         112" in output
    assert "2 threads, seed 23455" in output
    assert "s after the command" in output
    best, intervals, page = output.splitlines()[-3:]
    assert best.startswith("Best model: validation error ")
    assert "test error" in best
    assert intervals.startswith("95 % intervals: validation error ")
    assert page == "all of it as a page: out/report.html"
    # Nothing but results where a pipe listens: no progress bar, no warning.
    assert errors == ""


def test_a_run_leaves_its_files(run):
    out_dir, output, _ = run
    assert {path.name for path in out_dir.iterdir()} == set(FILES)
    with (out_dir / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    best = min(rows, key=lambda row: float(row["validation_error"]))
    model = load(out_dir / "model.h5")
    assert model.attributes["validation_error"] == float(best["validation_error"])
    assert model.attributes["epoch"] == int(best["epoch"])
    assert model.attributes["lwidth"] == [2, 3, 4, 5]
    assert model.attributes["class_names"] == list("0123456789")
    assert model.parameters["conv1_W"].shape == (2, 1, 5, 5)
    assert model.parameters["conv1_W"].dtype == np.float32
    assert f"{100 * float(best['validation_error']):.2f} %" in output.splitlines()[-3]


def test_the_configuration_holds_every_flag(run):
    config = json.loads((run[0] / "config.json").read_text())
    assert config["flags"].keys() == parse_options([]).flags().keys()
    assert config["flags"]["batch_size"] == 20
    assert config["flags"]["data_augm"] is True
    assert config["versions"]["pytensor"] == pytensor.__version__


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_same_command_gives_the_same_bits_for_any_number_of_threads(
    run, environment, tmp_path, threads
):
    flags = ["--nepochs", "2", "--data_augm", "--out_dir", "out", "--threads", threads]
    status, _, errors = finish(start(tmp_path, environment, *flags))
    assert status == 0, errors
    first, second = (load(folder / "model.h5") for folder in (run[0], tmp_path / "out"))
    assert first.parameters.keys() == second.parameters.keys()
    for name, value in first.parameters.items():
        np.testing.assert_array_equal(value, second.parameters[name])
    assert first.attributes == second.attributes


@pytest.fixture
def plainly(monkeypatch, data_dir, tmp_path):
    """Call `main` here without a compiler."""
    monkeypatch.setenv("LENET_DATA_DIR", str(data_dir))
    monkeypatch.chdir(tmp_path)
    with plain_backend():
        yield lambda *flags: train.main([*SMALL, "--nepochs", "1", *flags])


def test_another_seed_gives_another_model(plainly, tmp_path):
    weights = {}
    for name, seed in (("one", 1), ("other", 2), ("again", 1)):
        assert plainly("--seed", str(seed), "--out_dir", name) == 0
        weights[name] = load(tmp_path / name / "model.h5").parameters["conv1_W"]
    assert not np.array_equal(weights["one"], weights["other"])
    np.testing.assert_array_equal(weights["one"], weights["again"])


def test_ctrl_c_ends_cleanly_and_keeps_the_files(environment, tmp_path):
    # However long it takes until the signal arrives, there is training left.
    endless = ["--nepochs", "100000", "--patience", "1000000000"]
    flags = [*endless, "--out_dir", "out"]
    with child(command(*flags), cwd=tmp_path, env=environment) as process:
        for line in process.stdout:
            if line.startswith("    2"):
                break
        process.send_signal(signal.SIGINT)
        status, output, errors = finish(process)
    assert status == 130
    assert errors == "lenet-train: interrupted; go on with --resume out\n"
    assert output.splitlines()[-3].startswith("Best model: ")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(FILES)
    assert load(tmp_path / "out" / "model.h5").parameters
    # The signal may have come between the row of an epoch and the file to go on from.
    epochs = int(load(tmp_path / "out" / "last.h5").attributes["epoch"])
    process = start(tmp_path, environment, "--resume", "out", "--nepochs", str(epochs + 1))
    status, output, errors = finish(process)
    assert (status, errors) == (0, "")
    assert f"going on after epoch {epochs}\n" in output
    assert load(tmp_path / "out" / "last.h5").attributes["epoch"] == epochs + 1


def test_default_results_go_below_runs(plainly, tmp_path):
    assert plainly() == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.endswith("-mnist")
    assert {path.name for path in folder.iterdir()} == set(FILES)


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        ([SCRIPT], None),
        (["train.py"], ROOT / "lenet"),
        (["-m", "lenet.train"], ROOT),
    ],
    ids=["from-elsewhere", "cd-lenet", "module"],
)
def test_every_documented_way_to_start_it(tmp_path, command, folder):
    result = subprocess.run(
        [sys.executable, *command, "--help"],
        cwd=folder or tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Train LeNet" in result.stdout


@pytest.fixture
def in_process(monkeypatch, data_dir, tmp_path):
    """Call `main` here, with PyTensor's settings put back afterwards."""
    monkeypatch.setenv("LENET_DATA_DIR", str(data_dir))
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.chdir(tmp_path)
    with pytensor.config.change_flags(floatX="float32"):
        yield lambda *flags: train.main([*SMALL, "--out_dir", "out", *flags])


# What each of them warns of is known, and silent outside of tests.
@pytest.mark.filterwarnings(
    "ignore:Skipping Assert",
    "ignore:Explicitly requested dtype",
    "ignore:.*is faster on contiguous arrays",
)
@pytest.mark.parametrize("backend", ["jax", pytest.param("numba", marks=pytest.mark.slow)])
def test_other_backends_train_alike(in_process, run, backend, capsys, jax_types):
    assert in_process("--nepochs", "1", "--data_augm", "--backend", backend) == 0
    output = capsys.readouterr().out
    costs = [
        float(next(line for line in text.splitlines() if line.startswith("    1 ")).split()[1])
        for text in (run[1], output)
    ]
    assert costs[0] == pytest.approx(costs[1], abs=2e-4)


def test_patience_stops_early(in_process, capsys):
    assert in_process("--nepochs", "50", "--patience", "1", "--lr", "1e-9") == 0
    output = capsys.readouterr().out
    assert "stopped early: patience is over after 2 epochs" in output


def test_divergence_is_one_line(in_process, capsys):
    assert in_process("--nepochs", "30", "--lr", "1e30") == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert "training has diverged in epoch" in errors[0]
    assert "smaller learning rate than --lr 1e+30" in errors[0]


@pytest.mark.parametrize(
    ("interrupted", "message"),
    [
        ("compile_functions", "interrupted"),
        ("run_epochs", "interrupted before the end of the first epoch"),
    ],
    ids=["compilation", "epoch"],
)
def test_an_interruption_before_there_is_a_model(
    in_process, monkeypatch, capsys, tmp_path, interrupted, message
):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(one_run, "compile_functions", lambda *args: None)
    monkeypatch.setattr(one_run, interrupted, interrupt)
    assert in_process() == 130
    assert capsys.readouterr().err == f"lenet-train: {message}\n"
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"config.json"} | ({"metrics.csv"} if interrupted == "run_epochs" else set())


def test_a_network_beyond_the_memory_is_one_line(in_process, capsys):
    # 182 TiB of weights are more than any address space of today's machines.
    assert in_process("--lwidth", "1000000", "1000000") == 1
    expected = "lenet-train: not enough memory: choose a smaller --lwidth or --batch_size\n"
    assert capsys.readouterr().err == expected


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to stand for a full disk")
def test_an_output_that_cannot_be_written_is_named(environment, tmp_path):
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, SCRIPT, *SMALL],
            cwd=tmp_path,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr == "lenet-train: standard output: No space left on device\n"


def test_a_full_disk_is_one_line(in_process, monkeypatch, capsys, tmp_path):
    def full(path, *args, **attributes):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(checkpoint, "save", full)
    assert in_process("--nepochs", "2") == 1
    assert capsys.readouterr().err == "lenet-train: out/model.h5: No space left on device\n"
    assert "model.h5" not in os.listdir(tmp_path / "out")


def test_a_folder_that_holds_a_run_is_refused(in_process, capsys, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "metrics.csv").write_text("precious")
    assert in_process() == 1
    message = "lenet-train: out already holds a run (metrics.csv): choose another --out_dir"
    assert capsys.readouterr().err.startswith(message)
    assert (tmp_path / "out" / "metrics.csv").read_text() == "precious"


def test_a_folder_that_cannot_be_made_is_named(in_process, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert in_process("--out_dir", "file/out") == 1
    assert capsys.readouterr().err == "lenet-train: file/out: Not a directory\n"


def test_broken_data_are_one_line(in_process, capsys, tmp_path):
    write_mnist(tmp_path / "broken", compress=False)
    (tmp_path / "broken" / "t10k-labels-idx1-ubyte").write_bytes(b"nothing")
    assert in_process("--data_dir", "broken") == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "broken/t10k-labels-idx1-ubyte: begins with the bytes" in errors
    assert not (tmp_path / "out").exists()


def test_missing_data_are_one_line(in_process, capsys, monkeypatch):
    def fail(folder, name, urls, published, remedy):
        raise input_pipeline.DataError(f"{name} could not be downloaded")

    monkeypatch.setattr("lenet.data.published_datasets.download", fail)
    assert in_process("--data_dir", "empty", "--dataset", "cifar10") == 1
    expected = "lenet-train: cifar-10-python.tar.gz could not be downloaded\n"
    assert capsys.readouterr().err == expected


def test_the_documented_defaults(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    options = named(parse_options([]))
    arguments = options.flags()
    out_dir = arguments.pop("out_dir")
    assert out_dir.parts[0] == "runs"
    assert out_dir.name.endswith("-cifar10")
    assert arguments == {
        "data_augm": False,
        "dataset": "cifar10",
        "nepochs": 100,
        "lr": 0.01,
        "mom": 0.9,
        "l2_pen": 0.001,
        "lwidth": (16, 31, 64, 128),
        "ncrops": 2,
        "batch_size": None,  # 500 for so many images
        "seed": 23455,
        "data_dir": None,
        "backend": "c",
        "threads": 2,
        "patience": 10_000,
        "model": "lenet",
        "hidden": (500,),
        "activation": "relu",
        "pooling": "max",
        "batch_norm": False,
        "dropout": 0.0,
        "initialiser": "glorot",
        "connections": "",
        "output": "",
        "init_from": None,
        "freeze": (),
        "loss": "cross_entropy",
        "rubbish_distance": 20.0,
        "label_smoothing": 0.0,
        "l1_pen": 0.0,
        "update": "momentum",
        "update_options": {},
        "schedule": "decay",
        "schedule_options": {},
        "warmup": 0.0,
        **dict.fromkeys(("rotate", "flip", "noise", "shift", "scale", "crop", "brightness")),
        **dict.fromkeys(("elastic", "cutout", "clip_norm", "mixup")),
        "average": "",
        "average_options": {},
        "augment": "each",
        "fill": "edge",
        "num_examples": None,
        "val_examples": None,
        "devices": 1,
        **dict.fromkeys(("coordinator", "num_hosts", "host_index")),
        **dict.fromkeys(("image_dir", "valid_dir", "test_dir", "labels", "group", "corrections")),
        **dict.fromkeys(("range", "bits")),
        "image_size": None,
        "channels": None,
        "pages": None,
        "stretch": None,
        "split": None,
        "epsilon": None,
        "strict": False,
        "cache_dir": None,
        "normalize": "",
        "class_weights": "",
        "monitor": "error",
        "folds": None,
        "fold": None,
        "config": None,
        "recipe": None,
        "resume": None,
        "model_save_path": None,
        "find_lr": False,
        "tensorboard": False,
        "dashboard": None,
        "show": False,
    }


def test_every_flag_arrives_in_the_settings(in_process, monkeypatch):
    seen = []

    def stop(functions, dataset, settings, progress, show):
        seen.append((settings, len(dataset.train.labels), len(dataset.valid.labels)))
        raise KeyboardInterrupt

    monkeypatch.setattr(one_run, "compile_functions", lambda *args: None)
    monkeypatch.setattr(one_run, "run_epochs", stop)
    flags = """
        --data_augm --nepochs 7 --lr 0.2 --mom 0.3 --l2_pen 0.4 --lwidth 5 6 7 8 --ncrops 9
        --batch_size 11 --patience 12 --activation elu --pooling avg --batch_norm --dropout 0.25
        --initialiser he --loss cross_entropy --label_smoothing 0.1 --l1_pen 0.02
        --update nesterov --class_weights balanced --monitor cost --schedule step
        --schedule_options every=3 gamma=0.5 --warmup 1.5 --num_examples 31 --val_examples 13
        --noise 0.2 --rotate 90 -90 --augment random --fill background
    """
    assert in_process(*flags.split()) == 130
    expected = Settings(
        nepochs=7,
        lr=0.2,
        mom=0.3,
        l2_pen=0.4,
        lwidth=(5, 6, 7, 8),
        batch_size=11,
        data_augm=True,
        ncrops=9,
        patience=12,
        augmentation=Augmentation((Rotate((90, -90)), Noise(0.2)), "random", "background"),
        activation="elu",
        pooling="avg",
        batch_norm=True,
        dropout=0.25,
        initialiser="he",
        loss="cross_entropy",
        label_smoothing=0.1,
        l1_pen=0.02,
        class_weights="balanced",
        monitor="cost",
        update="nesterov",
        schedule="step",
        schedule_options={"every": 3, "gamma": 0.5},
        warmup=1.5,
        normalize="unit",
    )
    (found, *counts) = seen[0]
    names = [field.name for field in fields(Settings)]
    assert {name: getattr(found, name) for name in names} == vars(expected)
    assert counts == [31, 13]
    assert (
        in_process(
            *[
                "--out_dir",
                "adam",
                "--update",
                "adam",
                "--update_options",
                "beta1=0.5",
                "epsilon=0.1",
            ]
        )
        == 130
    )
    found = seen[-1][0]
    assert (found.update, found.update_options) == ("adam", {"beta1": 0.5, "epsilon": 0.1})


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (
            "--model lenet5-1998 --connections full --output rbf --loss map",
            {"model": "lenet5-1998", "connections": "full", "output": "rbf", "loss": "map"},
        ),
        ("--model mlp --hidden 3 4", {"model": "mlp", "hidden": (3, 4)}),
    ],
    ids=["lenet5-1998", "mlp"],
)
def test_flags_of_other_models_arrive_in_the_settings(in_process, monkeypatch, flags, expected):
    seen = []

    def stop(dataset, settings, rng, **others):
        seen.append(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr(one_run, "build_network", stop)
    # The widths of lenet would be refused, but not their defaults, which config.json has always.
    assert in_process("--lwidth", "16", "31", "64", "128", *flags.split()) == 130
    (settings,) = seen
    assert {name: getattr(settings, name) for name in expected} == expected


def test_settings_are_refused_before_data_are_looked_for(in_process, monkeypatch, capsys):
    def fail(*args):
        raise AssertionError("data were looked for")

    monkeypatch.setattr(chosen_dataset, "load_dataset", fail)
    assert in_process("--connections", "full") == 1
    message = "lenet-train: --connections does not go with --model lenet\n"
    assert capsys.readouterr().err == message


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--warmup", "100"], "a warm-up of 100.0 epochs: expected 0 or more, and fewer than"),
        (["--schedule_options", "every=3"], "schedule decay: no option 'every'; expected none"),
        (["--recipe", "cake"], "--recipe cake: no such recipe; expected one of best"),
        (["--config", "none.toml"], "--config none.toml: No such file or directory"),
        (["--resume", "none"], "none/config.json: No such file or directory"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_is_answered_without_pytensor(flags, message, tmp_path):
    code = (
        "import sys; from lenet.train import main; status = main(sys.argv[1:]); "
        "assert 'pytensor' not in sys.modules; sys.exit(status)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *flags],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith(f"lenet-train: {message}")
    assert result.stderr.count("\n") == 1


def test_too_many_training_images_are_one_line(in_process, capsys):
    assert in_process("--num_examples", "51") == 1
    message = "lenet-train: mnist: 51 training images are more than the 50 there are\n"
    assert capsys.readouterr().err == message


def test_images_too_small_for_lenet_are_one_line(in_process, monkeypatch, capsys):
    data = input_pipeline.load_mnist()
    crops = [input_pipeline.Split(i[..., :20, :20], y) for i, y in (data.train, data.valid)]
    small = input_pipeline.Dataset("toy", *crops, crops[0], data.class_names, mirror=False)
    monkeypatch.setattr(chosen_dataset, "load_dataset", lambda *args: small)
    assert in_process() == 1
    expected = (
        "lenet-train: toy: images of 20x20 pixels are too small for --model lenet, which needs at "
        "least 24x24\n"
    )
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--lwidth", "8"], (8, 31, 64, 128)),
        (["--lwidth", "1", "2", "3"], (1, 2, 3, 128)),
        (["--lwidth", "1", "2", "3", "4"], (1, 2, 3, 4)),
    ],
    ids=["one", "three", "four"],
)
def test_missing_widths_keep_their_defaults(flags, expected):
    assert parse_options(flags).lwidth == expected


@pytest.mark.parametrize(
    "flags",
    [
        ["--nepochs", "0"],
        ["--nepochs", "many"],
        ["--lr", "0"],
        ["--lr", "-0.1"],
        ["--lr", "nan"],
        ["--lr", "inf"],
        ["--mom", "1"],
        ["--mom", "-0.1"],
        ["--l2_pen", "-1"],
        ["--lwidth", "0"],
        ["--lwidth", "1", "2", "3", "4", "5"],
        ["--lwidth"],
        ["--ncrops", "-1"],
        ["--ncrops", "1000000"],
        ["--patience", str(2**80)],
        ["--folds", str(2**63)],
        ["--batch_size", "0"],
        ["--batch_size", "2.5"],
        ["--seed", "-1"],
        ["--threads", "0"],
        ["--threads", "1025"],
        ["--patience", "0"],
        ["--dataset", "nonsense"],
        ["--backend", "cuda"],
        ["--nepoch", "3"],
        ["--unknown"],
        ["--model", "alexnet"],
        ["--hidden", "0"],
        ["--activation", "swish"],
        ["--pooling", "sum"],
        ["--dropout", "1"],
        ["--initialiser", "normal:x"],
        ["--connections", "none"],
        ["--output", "svm"],
        ["--loss", "l2"],
        ["--rubbish_distance", "0"],
        ["--label_smoothing", "1"],
        ["--l1_pen", "-1"],
        ["--update", "lbfgs"],
        ["--update_options", "beta1"],
        ["--update_options", "beta1=much"],
        ["--update_options", "=1"],
        ["--schedule", "linear"],
        ["--schedule_options", "every=inf"],
        ["--warmup", "-1"],
        ["--num_examples", "0"],
        ["--val_examples", "0"],
        ["--config"],
        ["--recipe"],
        ["--resume"],
        ["minst"],
    ],
    ids=" ".join,
)
def test_a_wrong_flag_is_one_line_and_status_2(flags, capsys):
    with pytest.raises(SystemExit) as end:
        train.main(flags)
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert errors.startswith("lenet-train: error: ")
    assert flags[0] in errors


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--help", ["digits, letters and organs are cropped, but not mirrored"]),
        (
            "--help-all",
            [
                "digits, letters and organs are cropped, but not mirrored",
                "widths of the first layers of --model lenet, up to four: maps of three convolutions, "
                "units of the fully connected layer (default: 16 31 64 128)",
                "with --data_augm, random crops of each training image in an epoch (default: 2)",
                "LENET_DATA_DIR",
            ],
        ),
    ],
)
def test_help_explains_the_documented_flags(flag, expected, capsys):
    with pytest.raises(SystemExit) as end:
        train.main([flag])
    assert end.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert [words for words in expected if words not in text] == []
