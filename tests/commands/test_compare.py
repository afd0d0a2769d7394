import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import pytest

from lenet.commands import compare
from tests.runs.test_kept_predictions import run_with
from tests.runs.test_reader import HEADER, write_run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def runs(tmp_path):
    """Make three runs, the second of which is the best and the third without a number."""
    rows = ("1,2,0.5,2,{error},{error},1.5", "2,1,0.4,1,0.9,,2.5")
    folders = []
    for name, error, flags in (
        ("slow", 0.5, {"lr": 0.01, "lwidth": [1, 2]}),
        ("fast", 0.25, {"lr": 0.1, "lwidth": [1, 2], "new": True}),
        ("none", "nan", {"lr": 0.01, "lwidth": [3]}),
    ):
        filled = [rows[0].format(error=error), rows[1] if name != "none" else "2,1,1,1,nan,,1"]
        flags |= {"out_dir": name, "seed": 7}
        folders.append(str(write_run(tmp_path / name, filled, HEADER, **flags)))
    return folders


def test_the_best_run_comes_first_with_the_flags_that_differ(runs, capsys):
    assert compare.main(runs) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "run validation % test % best epoch seconds lr lwidth new"
    assert lines[1] == "fast 25.00 25.00 1 of 2 4.0 0.1 1 2 True"
    assert lines[2] == "slow 50.00 50.00 1 of 2 4.0 0.01 1 2"
    assert lines[3] == "none 2 2.5 0.01 3"


def test_one_run_has_no_flags_that_differ(runs, capsys):
    assert compare.main([runs[0], runs[0]]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert " ".join(header.split()) == "run validation % test % best epoch seconds"
    assert row.split()[0] == "slow"


def test_runs_of_one_name_are_told_apart(tmp_path, capsys):
    folders = [write_run(tmp_path / place / "run") for place in ("here", "there")]
    assert compare.main([str(folder) for folder in folders]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert names == [str(Path("here", "run")), str(Path("there", "run"))]


ROW = "1,2,0.5,2,{0},{0},1.5"


def run_of(folder, error, **flags):
    return str(write_run(folder, [ROW.format(error)], HEADER, **flags))


@pytest.fixture
def several(tmp_path):
    """Make runs on MNIST and on two splits of a folder, the worst of each first."""
    photos = {"dataset": "folder", "image_dir": ["/a/photos"]}
    return [
        run_of(tmp_path / "m1", 0.02, dataset="mnist", seed=1),
        run_of(tmp_path / "p1", 0.4, **photos, seed=1, lr=0.1),
        run_of(tmp_path / "m2", 0.01, dataset="mnist", seed=2),
        run_of(tmp_path / "p2", 0.3, **photos, seed=1, lr=0.2),
        run_of(tmp_path / "p3", 0.1, **photos, seed=2, lr=0.2),
    ]


def test_runs_are_ranked_among_those_on_the_same_images(several, capsys):
    assert compare.main(several) == 0
    blocks = capsys.readouterr().out.rstrip().split("\n\n")
    lines = [[line.split()[0] for line in block.split("\n")[2:]] for block in blocks]
    assert lines == [["m2", "m1"], ["p2", "p1"], ["p3"]]
    assert [block.split("\n")[0] for block in blocks] == [
        "mnist",
        "photos, seed 1",
        "photos, seed 2",
    ]
    # Of a group, the flags in which its own runs differ.
    assert [block.split("\n")[1].split()[8:] for block in blocks] == [["seed"], ["lr"], []]


def test_csv_json_and_page_have_the_groups(several, tmp_path, capsys):
    page = tmp_path / "below" / "page.html"
    page.parent.mkdir()
    (tmp_path / "p2" / "report.html").touch()
    assert compare.main([*several, "--csv", "--html", str(page)]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["run"], row["images"]) for row in rows] == [
        ("m2", "mnist"),
        ("m1", "mnist"),
        *((name, "photos, seed 1") for name in ("p2", "p1")),
        ("p3", "photos, seed 2"),
    ]
    text = page.read_text()
    for heading in ("mnist", "photos, seed 1", "photos, seed 2"):
        assert f"<h2>{heading}</h2>" in text
    assert text.count("data:image/png;base64,") == 3
    assert re.findall('href="([^"]*)"', text) == ["../p2/report.html"]


def test_the_figure_has_a_row_for_each_group(several, tmp_path):
    picture = tmp_path / "curves.png"
    heights = []
    for runs in (several[:1], several[:3:2], several):
        assert compare.main([*runs, "--figure", str(picture)]) == 0
        heights.append(matplotlib.image.imread(picture).shape[0])
    one, same, three_groups = heights
    assert one == same
    assert three_groups > 3 * one


def test_more_groups_than_a_picture_can_show_are_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(compare, "MAX_GROUPS", 1)
    runs = [run_of(tmp_path / name, 0.1, dataset=name) for name in ("mnist", "digits")]
    assert compare.main([*runs, "--figure", str(tmp_path / "curves.png")]) == 1
    assert capsys.readouterr().err == (
        "lenet-compare: --figure: the runs are on 2 different sets of images, of which a picture shows "
        "1 at most: name fewer runs, or use --html\n"
    )


def test_a_flag_is_not_listed_for_a_model_to_which_it_means_nothing(tmp_path, capsys):
    he = {"initialiser": "he"}
    runs = [
        run_of(tmp_path / "units", 0.1, model="mlp", **he, hidden=[300], lwidth=[1]),
        run_of(tmp_path / "maps", 0.2, model="lenet", **he, hidden=[500], lwidth=[2]),
        run_of(tmp_path / "paper", 0.3, model="lenet5-1998", **he, hidden=[7], lwidth=[3]),
    ]
    assert compare.main(runs) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0][-4:] == ["model", "hidden", "lwidth", "output"]
    ends = [line[7:] for line in lines[1:]]
    assert ends == [["mlp", "300"], ["lenet", "2"], ["lenet5-1998", "rbf"]]
    assert compare.main(runs[2:]) == 0
    assert "hidden" not in capsys.readouterr().out


def test_a_flag_without_effect_is_listed_for_no_run(tmp_path, capsys):
    runs = [
        run_of(tmp_path / "b", 0.1, update="adam", mom=0.5, fill="edge", lr=0.1),
        run_of(tmp_path / "a", 0.2, update="adam", mom=0.9, fill="background", lr=0.2),
        run_of(tmp_path / "c", 0.3, update="momentum", mom=0.9, fill="edge", lr=0.3),
    ]
    assert compare.main(runs[:2]) == 0
    header, *rows = (line.split() for line in capsys.readouterr().out.splitlines())
    assert header[8:] == ["lr"]
    assert [row[7:] for row in rows] == [["0.1"], ["0.2"]]
    assert compare.main(runs) == 0
    header, *rows = (line.split() for line in capsys.readouterr().out.splitlines())
    assert header[8:] == ["update", "lr", "mom"]
    assert [row[7:] for row in rows] == [
        ["adam", "0.1"],
        ["adam", "0.2"],
        ["momentum", "0.3", "0.9"],
    ]


def test_csv_has_full_precision_and_empty_cells(runs, capsys):
    assert compare.main([*runs, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["run"] for row in rows] == ["fast", "slow", "none"]
    assert list(rows[0])[:6] == ["run", "images", *compare.MEASURED[:4]]
    assert rows[0]["validation_error"] == "0.25"
    assert (rows[0]["best_epoch"], rows[2]["best_epoch"]) == ("1", "")
    assert rows[2]["test_error"] == rows[2]["new"] == ""


def test_json_has_all_flags(runs, tmp_path, capsys):
    path = tmp_path / "runs.json"
    assert compare.main([*runs, "--json", str(path)]) == 0
    content = json.loads(path.read_text())
    assert content[0]["flags"]["seed"] == 7
    assert content[2]["validation_error"] is None
    assert capsys.readouterr().out.startswith("run ")


def test_figure_and_page_are_written(runs, tmp_path):
    picture, page = tmp_path / "curves.png", tmp_path / "page.html"
    assert compare.main([*runs, "--figure", str(picture), "--html", str(page)]) == 0
    assert matplotlib.image.imread(picture).shape[1] == 1440
    text = page.read_text()
    assert "Comparison of 3 runs" in text
    assert "data:image/png;base64," in text


def test_runs_on_the_same_images_are_compared_image_by_image(tmp_path, capsys):
    right = {"better": [True] * 161 + [False] * 39, "worse": [True] * 130 + [False] * 70}
    folders = [
        str(run_with(tmp_path / name, is_right, dataset="mnist").folder)
        for name, is_right in right.items()
    ]
    old = run_of(tmp_path / "old", 0.5, dataset="mnist")
    page = tmp_path / "page.html"
    assert compare.main([*folders, old, "--html", str(page)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[4:8] == ["%", "95", "%", "interval"]
    assert lines[1].split()[:6] == ["better", "19.50", "19.50", "14.61", "to", "25.54"]
    assert lines[3].split()[:4] == ["old", "50.00", "50.00", "1"]
    assert lines[5:8] == [
        "McNemar's exact test, 200 test images:",
        "  better is better than worse: 31 images against 0, p < 0.0001",
        "not tested: old, without predictions.csv of the best epoch; lenet-train --resume RUN writes it",
    ]
    assert "<p>  better is better than worse" in page.read_text().replace("&#x27;", "'")
    assert compare.main([*folders, old, "--json"]) == 0
    first, second, third = json.loads(capsys.readouterr().out)
    assert (first["test_images"], first["mcnemar"]) == (200, None)
    assert second["mcnemar"]["only_other_right"] == 31
    assert third["test_interval"] is third["mcnemar"] is None
    assert compare.main([*folders, old, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["test_images"] for row in rows] == ["200", "200", ""]
    assert float(rows[1]["p_against_best"]) == second["mcnemar"]["p_holm"]
    assert float(rows[0]["test_low"]) == pytest.approx(0.1461, abs=1e-4)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "the following arguments are required: RUN"),
        (["a", "--figure", "a.gif"], "expected a name that ends with .png, got a.gif"),
        (["a", "--csv", "--json"], "standard output has --csv already"),
    ],
    ids=["no run", "figure", "two tables"],
)
def test_wrong_arguments_are_one_line(argv, message, capsys):
    with pytest.raises(SystemExit) as error:
        compare.main(argv)
    assert error.value.code == 2
    text = capsys.readouterr().err
    assert message in text
    assert text.count("\n") == 1


def test_what_is_no_run_is_one_line(runs, tmp_path, capsys):
    assert compare.main([*runs, str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"lenet-compare: {tmp_path / 'metrics.csv'}: ")
    assert captured.err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_line(runs, tmp_path, capsys):
    target = tmp_path / "gone" / "page.html"
    assert compare.main([*runs, "--html", str(target)]) == 1
    assert capsys.readouterr().err == f"lenet-compare: {target}: No such file or directory\n"


def test_the_script_runs_from_any_folder_without_pytensor(runs, tmp_path):
    code = (
        "import runpy, sys; sys.argv = sys.argv[1:]\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally: print('pytensor' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(ROOT / "lenet" / "commands/compare.py"), *runs]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "False"
