"""Names with control characters, through every command: nothing of them may reach a terminal or a page."""

import csv
import gzip
import json
import os
import shlex
import sys

import h5py
import numpy as np
import pytensor
import pytest

from lenet import train
from lenet.commands import compare, course, evaluate, explore, export, predict
from lenet.graph import command as graph
from lenet.theano_compat import runner
from tests.image_folders import FLAGS, write_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")

# A new line, an escape sequence, DEL, C1, a mark that turns text, a byte that is no UTF-8.
ODD = "\n\x1b[31mFORGED\x7f\x9b\u202e\udcff"
ESCAPED = r"\n\x1b[31mFORGED\x7f\x9b\u202e\udcff"
# What HDF5, JSON and TOML can hold.
TEXT, TEXT_ESCAPED = ODD[:-1], ESCAPED.removesuffix(r"\udcff")
CLASSES = (f"cat{ODD}", "=1+1", "@dog")
MODEL, PICTURES = f"--model_save_path=run{ODD}", f"--image_dir=pictures{ODD}"
IMAGES = ("--dataset=folder", PICTURES, "--cache_dir=cache")
TRAINING = (
    *("--model", "logistic", "--nepochs", "1", "--batch_size", "4", "--channels", "1"),
    *("--threads", "1"),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder of an odd name with pictures, and what was trained on them in it."""
    place = tmp_path_factory.mktemp("place") / f"here{ODD}"
    pictures = write_folder(place / f"pictures{ODD}", dict.fromkeys(CLASSES, 8))
    for path in sorted(pictures.rglob("*.png")):
        path.rename(path.with_name(f"-{path.stem}{ODD}.png"))
    (pictures / CLASSES[0] / f"damaged{ODD}.png").write_bytes(b"\x89PNG")
    (pictures / CLASSES[0] / f"other{ODD}.txt").touch()
    with pytest.MonkeyPatch.context() as patch, pytensor.config.change_flags(floatX="float32"):
        patch.chdir(place)
        for run in (f"run{ODD}", f"-run{ODD}"):
            flags = [*FLAGS, *TRAINING, PICTURES, f"--out_dir={run}"]
            assert train.main(flags) == 0
    return place


@pytest.fixture
def here(place, monkeypatch):
    """Be in that folder."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with pytensor.config.change_flags(floatX="float32"):
        yield place


def check_text(text):
    """No character that a terminal obeys, and no line that a name has begun."""
    for line in text.split("\n"):
        assert line.isprintable(), line
        assert not line.lstrip().startswith((r"\x1b", "[31m", "FORGED")), line


@pytest.fixture
def told(capsys):
    """Return a function that runs a command and returns its status, output and errors, once checked."""

    def run(command, *arguments):
        capsys.readouterr()
        try:
            status = command([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code
        said = capsys.readouterr()
        check_text(said.out)
        check_text(said.err)
        return status, said.out, said.err

    return run


def test_what_a_run_writes(here):
    run = here / f"run{ODD}"
    for path in run.iterdir():
        if path.suffix in (".html", ".csv", ".json"):
            check_text(path.read_text(encoding="utf-8"))
    with (run / "images.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["class"] for row in rows} == {f"cat{ESCAPED}", "'=1+1", "'@dog"}
    assert all(row["file"].startswith("/") for row in rows)
    with h5py.File(run / "model.h5") as file:
        assert file.attrs["class_names"].tolist() == ["=1+1", "@dog", f"cat{ESCAPED}"]


def test_train(here, told):
    status, out, err = told(train.main, "--resume", f"run{ODD}", "--nepochs", 2)
    assert (status, "results   run" + ESCAPED in out) == (0, True)
    assert f"damaged{ESCAPED}.png: " in err
    shared = [*FLAGS, *TRAINING, PICTURES, "--folds=2"]
    status, out, _ = told(train.main, *shared, f"--out_dir=folds{ODD}")
    assert status == 0
    assert f"all folds: folds{ESCAPED}/" in out


def test_evaluate(here, told):
    outputs = [f"--csv=scores{ODD}.csv", f"--figure=picture{ODD}.png"]
    status, out, _ = told(evaluate.main, MODEL, *IMAGES, *outputs)
    assert (status, f"model   run{ESCAPED}/model.h5" in out) == (0, True)
    with open(f"scores{ODD}.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert [row[0] for row in rows] == ["'=1+1", "'@dog", f"cat{ESCAPED}"]
    assert "taken for =1+1" in header
    for flag in ("--csv", "--json"):
        assert told(evaluate.main, MODEL, *IMAGES, flag)[0] == 0


def test_predict(here, told):
    command = [predict.main, MODEL, "--input_image", f"pictures{ODD}"]
    status, out, err = told(*command)
    # One of the pictures is damaged, and one file is none.
    assert (status, err.count("\n")) == (1, 2)
    assert "1 file is no picture that can be read: 1 .txt" in err
    assert out.count(ESCAPED) > 24
    status, out, _ = told(*command, "--csv")
    assert next(csv.reader(out.splitlines()))[3:] == ["'=1+1", "'@dog", f"cat{ESCAPED}"]
    status, out, _ = told(*command, "--json")
    assert set(json.loads(out)[0]["probabilities"]) == {"=1+1", "@dog", f"cat{ESCAPED}"}


def test_explore(here, told):
    for flags in ([], ["--csv"], ["--json"], [MODEL, f"--csv=x{ODD}"]):
        page = f"page{ODD}.html"
        assert told(explore.main, "folder", PICTURES, *flags, "--out", page)[0] == 0
        with open(page, encoding="utf-8") as file:
            check_text(file.read())


def test_compare_and_course(here, told):
    runs = [f"run{ODD}", f"-run{ODD}"]
    config = here / runs[0] / "config.json"
    flags = json.loads(config.read_text())
    flags["flags"] |= {f"key{ODD}": f"value{ODD}", "formula": "=1+1"}
    other = here / f"=run{ODD}"
    other.mkdir()
    (other / "config.json").write_text(json.dumps(flags))
    (other / "metrics.csv").write_text((config.parent / "metrics.csv").read_text())
    runs = ["--", *runs, other]
    status, out, _ = told(compare.main, f"--html=compared{ODD}.html", *runs)
    assert (status, f"key{ESCAPED}" in out) == (0, True)
    with open(f"compared{ODD}.html", encoding="utf-8") as file:
        check_text(file.read())
    status, out, _ = told(compare.main, "--csv", *runs)
    assert sorted(row[0] for row in csv.reader(out.splitlines()[1:])) == [
        f"'-run{ESCAPED}",
        f"'=run{ESCAPED}",
        f"run{ESCAPED}",
    ]
    assert told(compare.main, "--json", *runs)[0] == 0
    (here / "course.toml").write_text('[runs."=small"]\nmodel = "logistic"\n')
    shared = [*FLAGS, *TRAINING[2:], PICTURES, "--config=course.toml"]
    shared = [flag for flag in shared if flag not in ("--dataset", "folder")]
    status, out, _ = told(course.main, *shared, f"--out_dir=course{ODD}")
    assert (status, f"as a page: course{ESCAPED}/" in out) == (0, True)
    with open(here / f"course{ODD}" / "course.csv", encoding="utf-8") as file:
        assert file.read().splitlines()[1].startswith("'=small,")


def test_graph_and_export(here, told):
    for command in (
        ["print", MODEL],
        ["draw", MODEL, f"--out=network{ODD}.png"],
        ["trace", MODEL, f"--out_dir=traced{ODD}", f"--image={image_of(here)}"],
        ["trace", MODEL, f"--out_dir=traced{ODD}", f"--image=missing{ODD}"],
        ["profile", MODEL, f"--out=profile{ODD}.png", "--steps=1"],
        ["doctor", f"--data_dir=nowhere{ODD}"],
    ):
        told(graph.main, *command)
    assert told(export.main, f"run{ODD}", f"--output=network{ODD}.npz")[0] == 0


def image_of(here):
    return min((here / f"pictures{ODD}" / "=1+1").iterdir())


def hostile_files(here):
    """Write files that are wrong, under odd names and of odd content, and return the commands for them."""
    data = here / f"data{ODD}"
    (data / "mnist").mkdir(parents=True)
    asks = b"\x80\x02" + b"c" + b"os\x1b[31m\nFORGED\x7f\n."
    (data / "mnist" / "mnist.pkl.gz").write_bytes(gzip.compress(asks))
    (here / f"flags{ODD}.json").write_text(json.dumps({f"key{ODD}": f"value{ODD}"}))
    (here / f"value{ODD}.json").write_text(json.dumps({"model": f"value{ODD}"}))
    (here / f"runs{ODD}.toml").write_text(f"[runs.{json.dumps('x' + TEXT)}]\n")
    (here / f"broken{ODD}.toml").write_text(f"[runs{TEXT}")
    (here / f"file{ODD}").write_text("file")
    (here / f"empty{ODD}").mkdir()
    with h5py.File(here / f"attribute{ODD}.h5", "w") as file:
        file.attrs.update({"format": "lenet model", "architecture": TEXT, "dataset": TEXT})
        file.attrs.update({"channels": 1, "size": 8, "class_names": [TEXT, "x"]})
        file[f"weights{TEXT}"] = np.zeros(3)
    os.mkfifo(here / f"pipe{ODD}")
    folder = ("--dataset=folder", "--model=logistic", "--image_size=8", "--cache_dir=cache")
    return [
        (train.main, "--out_dir", f"file{ODD}", *folder, PICTURES),
        (train.main, "--resume", f"missing{ODD}"),
        (train.main, "--resume", f"empty{ODD}"),
        (train.main, *folder, f"--image_dir=missing{ODD}"),
        (train.main, *folder, f"--image_dir=empty{ODD}"),
        (train.main, *folder, PICTURES, "--strict"),
        (train.main, "--dataset=mnist", "--data_dir", data),
        (train.main, f"--dataset=x{ODD}"),
        (train.main, f"--x{ODD}"),
        (train.main, f"--nepochs=1{ODD}"),
        (train.main, f"--rotate=1{ODD}"),
        (train.main, "--config", f"flags{ODD}.json"),
        (train.main, "--config", f"value{ODD}.json"),
        (train.main, "--config", f"missing{ODD}.json"),
        (train.main, f"--recipe=x{ODD}"),
        (train.main, f"--hidden=x{ODD}"),
        (evaluate.main, f"--model_save_path=missing{ODD}"),
        (evaluate.main, f"--model_save_path=file{ODD}"),
        (evaluate.main, f"--model_save_path=attribute{ODD}.h5"),
        (evaluate.main, MODEL, "--dataset=digits"),
        (evaluate.main, MODEL, f"--figure=x{ODD}"),
        (evaluate.main, MODEL, f"--csv=missing/x{ODD}"),
        (predict.main, MODEL, f"--input_image=missing{ODD}"),
        (predict.main, MODEL, f"--input_image=*{ODD}*x"),
        (predict.main, MODEL, f"--input_image=empty{ODD}"),
        (predict.main, MODEL, f"--input_image=file{ODD}"),
        (predict.main, MODEL, f"--input_image=pipe{ODD}"),
        (explore.main, f"x{ODD}"),
        (explore.main, f"empty{ODD}"),
        (explore.main, "digits", f"--out=missing{ODD}/x.html"),
        (explore.main, "digits", f"--out=x{ODD}"),
        (compare.main, f"missing{ODD}"),
        (compare.main, f"empty{ODD}"),
        (compare.main, f"run{ODD}", f"--figure=x{ODD}"),
        (compare.main, f"run{ODD}", f"--html=missing{ODD}/x"),
        (course.main, *folder[2:], f"--config=runs{ODD}.toml", f"--out_dir=x{ODD}"),
        (course.main, *folder[2:], f"--config=broken{ODD}.toml", f"--out_dir=x{ODD}"),
        (course.main, *folder[2:], f"--config=missing{ODD}.toml", f"--out_dir=x{ODD}"),
        (course.main, f"--image_dir=missing{ODD}", f"--out_dir=x{ODD}"),
        (course.main, PICTURES, f"--out_dir=run{ODD}"),
        (graph.main, f"x{ODD}"),
        (graph.main, "print", f"--model_save_path=missing{ODD}"),
        (graph.main, "print", f"--model_save_path=attribute{ODD}.h5"),
        (graph.main, "print", f"--activation=x{ODD}"),
        (graph.main, "draw", MODEL, f"--out=missing{ODD}/x.png"),
        (export.main, f"missing{ODD}", "--format=npz"),
        (export.main, f"run{ODD}", f"--output=missing{ODD}/x.npz"),
        (export.main, f"run{ODD}", f"--format=x{ODD}"),
        (runner.main, f"missing{ODD}"),
    ]


def test_errors(here, told):
    for command, *arguments in hostile_files(here):
        status, _, err = told(command, *arguments)
        what = shlex.join(map(repr, arguments))
        assert status not in (0, None), what
        assert err.count("\n") == 1, (what, err)
        assert err.endswith("\n"), what
        assert "FORGED" in err or "digits" in what, (what, err)
