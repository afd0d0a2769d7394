"""The arithmetic and the names of `benchmarks.results` and `benchmarks.recipes`."""

import shlex
from pathlib import Path

import pytest

from benchmarks import recipes, results
from benchmarks.recipes import RECIPES, Training
from benchmarks.results import RESULTS, Reached
from lenet.commands.train_flags import parse_options

GUIDE = (Path(__file__).parent.parent / "docs" / "results.md").read_text(encoding="utf-8")


def test_the_mean_of_the_seeds_counts():
    limit = RESULTS["mlp"].error
    assert Reached("mlp", (1.0, 1.5, 2.0), (1.0,) * 3).mean == 1.5
    assert not Reached("mlp", (limit, limit), (1.0,) * 2).falls_short
    assert not Reached("mlp", (limit - 0.2, limit + 0.1), (1.0,) * 2).falls_short
    assert Reached("mlp", (limit - 0.1, limit + 0.2), (1.0,) * 2).falls_short


def test_an_error_that_was_never_measured_falls_short():
    assert Reached("mlp", (1.0, float("nan")), (1.0, 1.0)).falls_short


def test_a_row_has_mean_error_and_median_seconds():
    row = Reached("logistic", (7.25, 7.5, 8.0), (10.0, 90.0, 20.0)).row()
    cells = dict(zip(results.HEADER, row, strict=True))
    assert cells["name"] == "logistic"
    assert cells["mean %"] == "7.583"
    assert cells["seeds"] == "7.25, 7.50, 8.00"
    assert cells["s a run"] == "20"
    assert cells["command"] == f"`lenet-train {RESULTS['logistic'].flags}`"


@pytest.mark.parametrize("name", RESULTS)
def test_every_command_is_understood(name):
    arguments = parse_options(shlex.split(RESULTS[name].flags))
    assert arguments.dataset == ("cifar10" if name.startswith("cifar10") else "mnist")


@pytest.mark.parametrize("name", RESULTS)
def test_the_guide_has_every_result_with_its_command(name):
    rows = [line for line in GUIDE.splitlines() if line.startswith(f"| {name} ")]
    assert len(rows) == 1
    assert f"`lenet-train {RESULTS[name].flags}`" in rows[0]
    assert f" {RESULTS[name].error:g} |" in rows[0]


def test_the_rows_of_the_table_differ_in_pooling_and_activation_only():
    table = {name: r.flags.split() for name, r in RESULTS.items() if "--recipe table" in r.flags}
    assert len(table) == 6
    for name, flags in table.items():
        pooling, _, activation = name.partition("-")
        assert flags[-4:] == ["--pooling", pooling, "--activation", activation]
    assert len({tuple(flags[:-4]) for flags in table.values()}) == 1


@pytest.fixture
def trainings(monkeypatch):
    """Return the flags of the trainings that were started; each has 1 % of errors more, from 1 %."""
    started: list[list[str]] = []

    def train(flags):
        started.append(flags)
        return float(len(started)), 60.0

    monkeypatch.setattr(results, "train", train)
    return started


def test_each_seed_is_a_training_with_the_options_given(trainings, capsys):
    assert results.main(["logistic", "--data_dir", "here", "--threads", "2"]) == 0
    flags = RESULTS["logistic"].flags.split()
    options = ["--data_dir=here", "--threads=2"]
    assert trainings == [[*flags, *options, f"--seed={seed}"] for seed in (1, 2, 3)]
    assert " 2.000 | 1.00, 2.00, 3.00 | " in capsys.readouterr().out


def test_without_names_all_are_trained(trainings):
    assert results.main(["--seeds", "7"]) == 1
    expected = [[*published.flags.split(), "--seed=7"] for published in RESULTS.values()]
    assert trainings == expected


def test_one_that_falls_short_makes_the_status_1(trainings):
    assert results.main(["mnist-20000", "mlp", "--seeds", "1"]) == 1
    assert len(trainings) == 2


def test_the_list_shows_every_command_and_trains_nothing(trainings, capsys):
    assert results.main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(RESULTS)
    assert not trainings


def test_an_unknown_name_is_one_clear_line(capsys):
    with pytest.raises(SystemExit, match="2"):
        results.main(["mpl"])
    assert "no result 'mpl'; expected some of lenet5-1998" in capsys.readouterr().err


def test_a_training_that_fails_ends_it_with_its_status():
    class Failed:
        def wait(self):
            return 3

    with pytest.raises(SystemExit) as caught:
        results.train(["--dataset", "mnist"], lambda flags, **options: Failed())
    assert caught.value.code == 3


def test_the_error_is_that_of_the_model_with_the_lowest_validation_error():
    class Done:
        def __init__(self, flags, **options):
            folder = Path(flags[-1].removeprefix("--out_dir="))
            folder.mkdir()
            folder.joinpath("config.json").write_text('{"flags": {}, "versions": {}}')
            folder.joinpath("metrics.csv").write_text(METRICS)

        def wait(self):
            return 0

    error, seconds = results.train(["--dataset", "mnist"], Done)
    assert error == pytest.approx(2.5)
    assert seconds > 0


def test_every_recipe_is_understood():
    datasets = [parse_options(shlex.split(flags)).dataset for flags in RECIPES.values()]
    assert datasets == ["cifar10", "cifar10", "digits"]


@pytest.mark.parametrize("name", ["cifar10-augmented", "cifar10-best"])
def test_the_guide_has_both_sides_of_a_recipe(name):
    rows = [line.split("|") for line in GUIDE.splitlines() if line.startswith(f"| `{name}` ")]
    assert [row[2].strip() for row in rows] == ["lenet", "torch"]
    assert f"`lenet-train {RECIPES[name]}`" in GUIDE


def test_a_side_has_mean_error_and_median_seconds():
    trainings = [Training(7.25, 10, 9), Training(7.5, 90, 12), Training(8, 20, 11)]
    cells = dict(zip(recipes.HEADER, recipes.row("torch", trainings), strict=True))
    assert cells == {
        "side": "torch",
        "mean %": "7.583",
        "seeds": "7.25, 7.50, 8.00",
        "s a run": "20",
        "CPU s": "11",
    }


def test_both_sides_train_with_the_same_flags(monkeypatch, capsys):
    started = []

    def train(flags, start):
        started.append((start, flags))
        return float(len(started)), 60.0

    monkeypatch.setattr(recipes, "train", train)
    monkeypatch.setattr(recipes, "is_installed", lambda name: True)
    monkeypatch.setattr(recipes, "version", lambda name: "2.13")
    assert recipes.main(["digits", "--seeds", "7", "8", "--threads", "1", "--lr=0.2"]) == 0
    flags = [*RECIPES["digits"].split(), "--threads", "1", "--lr=0.2"]
    assert started == [
        (side, [*flags, f"--seed={seed}"])
        for seed in (7, 8)
        for side in (recipes.train_command, recipes.torch_command)
    ]
    out = capsys.readouterr().out
    assert "PyTorch 2.13" in out
    assert "| lenet |  2.000 | 1.00, 3.00 |" in out
    assert "| torch |  3.000 | 2.00, 4.00 |" in out


def test_pytorch_that_is_missing_is_one_clear_line(monkeypatch, capsys):
    monkeypatch.setattr(recipes, "is_installed", lambda name: False)
    with pytest.raises(SystemExit, match="2"):
        recipes.main(["digits"])
    assert "PyTorch is missing: pip install -e .[bench]" in capsys.readouterr().err


def test_our_side_trains_on_digits(capfd):
    # Logistic regression, which is compiled soonest.
    flags = "--sides lenet --seeds 1 --model logistic --no_batch_norm --nepochs 1 --threads 1"
    assert recipes.main(["digits", *flags.split()]) == 0
    (line,) = (line for line in capfd.readouterr().out.splitlines() if line.startswith("| lenet"))
    _, _, error, _, seconds, cpu_seconds, _ = line.split("|")
    assert 0 < float(error) < 50
    assert float(seconds) > 0
    assert float(cpu_seconds) > 0


METRICS = """\
epoch,cost,training_error,validation_cost,validation_error,test_error,seconds
1,1.0,0.30,1.0,0.040,0.020,1.0
2,0.9,0.20,1.0,0.030,0.025,1.0
3,0.8,0.10,1.0,0.035,,1.0
"""
