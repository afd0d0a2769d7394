"""The arithmetic and the names of `benchmarks.results`."""

import shlex
from pathlib import Path

import pytest

from benchmarks import results
from benchmarks.results import RESULTS, Reached
from lenet.train import parse_arguments

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
    arguments = parse_arguments(shlex.split(RESULTS[name].flags))
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


def test_a_training_that_fails_ends_it_with_its_status(monkeypatch):
    class Failed:
        def wait(self):
            return 3

    monkeypatch.setattr(results, "train_command", lambda flags, **options: Failed())
    with pytest.raises(SystemExit) as caught:
        results.train(["--dataset", "mnist"])
    assert caught.value.code == 3


def test_the_error_is_that_of_the_model_with_the_lowest_validation_error(monkeypatch):
    class Done:
        def __init__(self, flags, **options):
            folder = Path(flags[-1].removeprefix("--out_dir="))
            folder.mkdir()
            folder.joinpath("config.json").write_text('{"flags": {}, "versions": {}}')
            folder.joinpath("metrics.csv").write_text(METRICS)

        def wait(self):
            return 0

    monkeypatch.setattr(results, "train_command", Done)
    error, seconds = results.train(["--dataset", "mnist"])
    assert error == pytest.approx(2.5)
    assert seconds > 0


METRICS = """\
epoch,cost,training_error,validation_cost,validation_error,test_error,seconds
1,1.0,0.30,1.0,0.040,0.020,1.0
2,0.9,0.20,1.0,0.030,0.025,1.0
3,0.8,0.10,1.0,0.035,,1.0
"""
