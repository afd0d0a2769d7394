"""How often a network is wrong, by `main`; scikit-learn is the oracle."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytensor
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from lenet.commands import evaluate, evaluation_text
from lenet.input_pipeline import load_digits
from lenet.report.class_metrics import class_scores
from lenet.runs.saved_model import SavedModel
from tests.dataset_makers import cifar_batches, write_mnist
from tests.model_files import edited

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(digits_run, monkeypatch, tmp_path):
    """Call `main` with the trained network from an empty folder."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    with pytensor.config.change_flags(floatX="float32"):
        yield lambda *flags, model=digits_run: evaluate.main(
            ["--model_save_path", str(model), *flags]
        )


@pytest.fixture(scope="module")
def predicted(digits_model):
    """Labels and predictions of each split of the digits."""
    dataset = load_digits()
    return {
        name: (split.labels, digits_model.probabilities(split.images).argmax(axis=1))
        for name, split in zip(
            ("train", "valid", "test"),
            (dataset.train, dataset.valid, dataset.test),
            strict=True,
        )
    }


def both(predicted, split):
    parts = predicted.values() if split == "all" else [predicted[split]]
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))


@pytest.mark.parametrize(
    ("flag", "split"),
    [
        ("--split train", "train"),
        ("--part training", "train"),
        ("--part validation", "valid"),
        ("--part test", "test"),
        ("--split all", "all"),
    ],
)
def test_all_figures_are_those_of_scikit_learn(command, predicted, capsys, flag, split):
    assert command(*flag.split(), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    labels, predictions = both(predicted, split)
    classes = range(10)
    expected = precision_recall_fscore_support(
        labels, predictions, labels=classes, zero_division=np.nan
    )
    for name, values in zip(("precision", "recall", "f1", "images"), expected, strict=True):
        ours = [np.nan if c[name] is None else c[name] for c in found["classes"]]
        np.testing.assert_allclose(ours, values)
    assert found["confusion"] == confusion_matrix(labels, predictions, labels=classes).tolist()
    assert found["error"] == pytest.approx(np.mean(labels != predictions))
    assert (found["dataset"], found["split"], found["images"]) == ("digits", split, len(labels))


def test_the_text_says_it_all(command, predicted, capsys):
    assert command() == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    labels, predictions = predicted["test"]
    wrong = int((labels != predictions).sum())
    assert f"error   {100 * wrong / 296:.2f} % ({wrong} of 296 wrong; 95 % interval " in output
    assert f"test error {100 * wrong / 296:.2f} %" in output
    assert "data    digits, test: 296 images" in output
    lines = output.splitlines()
    (mean,) = (line for line in lines if line.startswith("mean"))
    means = precision_recall_fscore_support(
        labels, predictions, average="macro", zero_division=np.nan
    )[:3]
    assert mean.split() == ["mean", "296", *(f"{100 * value:.2f}" for value in means)]
    counts = confusion_matrix(labels, predictions)
    for label, line in enumerate(lines[-10:]):
        assert line.split() == [str(label), *(str(n) if n else "." for n in counts[label])]


def test_answers_to_versions_of_each_image_are_averaged(command, digits_model, capsys):
    test = load_digits().test
    answers = digits_model.probabilities(test.images, tta=True).argmax(axis=1)
    wrong = int((answers != test.labels).sum())
    assert command("--tta") == 0
    output = capsys.readouterr().out
    assert ", 5 versions of each image, digits, " in output
    assert "data    digits, test: 296 images\n" in output
    assert f"({wrong} of 296 wrong; " in output
    assert command("--tta", "--json") == 0
    assert json.loads(capsys.readouterr().out)["versions"] == 5


def test_tables_and_figure_as_files(command, predicted, capsys):
    assert command("--csv", "a.csv", "--json", "a.json", "--out", "a.png") == 0
    assert "error" in capsys.readouterr().out
    with open("a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = confusion_matrix(*predicted["test"])
    for label, row in enumerate(rows):
        assert row["class"] == str(label)
        assert [int(row[f"taken for {k}"]) for k in range(10)] == counts[label].tolist()
        assert int(row["images"]) == counts[label].sum()
        assert float(row["recall"]) == pytest.approx(counts[label, label] / counts[label].sum())
    assert json.loads(Path("a.json").read_text())["confusion"] == counts.tolist()
    assert Path("a.png").read_bytes().startswith(b"\x89PNG")


def test_predictions_of_each_image_as_a_file(command, predicted, capsys):
    assert command("--part", "all", "--predictions", "p.csv", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    low, high = found["error_interval"]
    assert low < found["error"] < high
    with open("p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for split, part in (("train", "training"), ("valid", "validation"), ("test", "test")):
        labels, predictions = predicted[split]
        of_part = [row for row in rows if row["part"] == part]
        assert [int(row["image"]) for row in of_part] == list(range(len(labels)))
        assert [row["class"] for row in of_part] == [str(label) for label in labels]
        assert [row["predicted"] for row in of_part] == [str(each) for each in predictions]
    for row in rows:
        shares = [float(row[f"probability of {k}"]) for k in range(10)]
        assert float(row["probability"]) == max(shares) == shares[int(row["predicted"])]
        assert sum(shares) == pytest.approx(1, abs=1e-4)


def test_the_backend_and_the_batches_are_those_asked_for(command, asked_backends, monkeypatch):
    sizes, probabilities = [], SavedModel.probabilities

    def noted(model, images, batch_size, tta):
        sizes.append((len(images), batch_size))
        return probabilities(model, images[:1], batch_size, tta).repeat(len(images), axis=0)

    monkeypatch.setattr(SavedModel, "probabilities", noted)
    assert command("--batch_size", "7", "--backend", "jax", "--threads", "3") == 0
    assert sizes == [(296, 7)]
    assert asked_backends == [("jax", 3)]


def test_classes_of_which_there_is_nothing(capsys):
    """A class without images has no recall: a dash, an empty cell, null, and no part in the mean."""
    counts = np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    scores = class_scores(counts)
    rows = evaluation_text.table_rows(["a", "b", "c"], counts, scores)
    assert rows[3] == ["c", 0, None, None, None, 0, 0, 0]
    assert evaluation_text.share_text(float("nan")) == "-"
    assert evaluation_text.mean_of([score.recall for score in scores]) == pytest.approx(
        (0.75 + 1) / 2
    )
    assert evaluation_text.error_of(counts) == pytest.approx(1 / 8)


def test_another_data_set_of_the_same_kind(command, tmp_path, capsys):
    write_mnist(tmp_path / "data", train=12, test=4)
    assert command("--dataset", "mnist", "--data_dir", "data", "--split", "all") == 0
    assert "data    mnist, all: 16 images" in capsys.readouterr().out


def test_images_that_the_network_cannot_take(command, tmp_path, capsys):
    files, _ = cifar_batches([2] * 6)
    folder = tmp_path / "data" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    assert command("--dataset", "cifar10", "--data_dir", "data") == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "data set cifar10 has images of 3 x 32 x 32, but" in errors
    assert "takes 1 x 28 x 28: choose a --dataset like digits" in errors


def test_folders_of_pictures_are_measured_as_a_whole(command, predicted, capsys):
    images = load_digits().test.images
    labels, predictions = predicted["test"]
    for k, label in enumerate(labels):
        path = Path("pictures", str(label), f"{k}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(images[k, 0]).save(path)
    Path("pictures", "3", "broken.png").write_bytes(b"")
    folder = ["--image_dir", "pictures", "--cache_dir", "cache"]
    for flags in (
        folder,
        [*folder, "--dataset", "folder"],
        [*folder, "--split", "all"],
        ["pictures", "--cache_dir", "cache"],
    ):
        assert command(*flags, "--json") == 0
        output, errors = capsys.readouterr()
        found = json.loads(output)
        assert (found["dataset"], found["split"], found["images"]) == ("folder", "all", len(labels))
        expected = confusion_matrix(labels, predictions, labels=range(10)).tolist()
        assert found["confusion"] == expected
        assert errors.startswith("lenet-evaluate: left out: pictures/3/broken.png: empty, 0 bytes")
    assert [path.suffix for path in Path("cache").iterdir()] == [".h5"]
    assert command(*folder, "--predictions", "p.csv") == 0
    with open("p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["part"] for row in rows} == {"all"}
    assert len({row["file"] for row in rows}) == len(labels)
    for row in rows:
        assert Path(row["file"]).parent.name == row["class"]
        assert int(row["predicted"]) == predictions[int(Path(row["file"]).stem)]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            "--image_dir pictures --part test",
            "--part test: the network has learnt from other images",
        ),
        ("--image_dir other", "other/cat: none of the classes 0, 1, 2, 3, 4 and 5 more"),
        (
            "--image_dir pictures --dataset digits",
            "--image_dir goes with the data set folder, not with",
        ),
        ("--dataset folder", "data set folder: expected --image_dir DIR"),
        ("--image_dir nowhere", "nowhere: No such file or directory; expected a folder"),
    ],
    ids=["no parts", "other classes", "another data set", "no folder", "missing"],
)
def test_folders_that_cannot_be_measured_are_one_line(command, capsys, flags, message):
    for name in ("pictures/3/a.png", "other/cat/a.png"):
        Path(name).parent.mkdir(parents=True)
        Image.fromarray(load_digits().test.images[0, 0]).save(name)
    assert command(*flags.split(), "--cache_dir", "cache") == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"lenet-evaluate: {message}")
    assert errors.count("\n") == 1


def test_classes_that_the_network_does_not_know(command, digits_run, tmp_path, capsys):
    other = tmp_path / "other.h5"
    other.write_bytes((digits_run / "model.h5").read_bytes())
    with edited(other) as file:
        file.attrs["class_names"] = [f"animal {k}" for k in range(10)]
    assert command(model=other) == 1
    errors = capsys.readouterr().err
    assert "data set digits has the classes 0, 1, 2 ... (10), but" in errors
    assert "knows animal 0, animal 1, animal 2 ... (10)" in errors


def test_a_missing_model_is_one_line(command, capsys):
    assert command(model="nowhere") == 1
    expected = "lenet-evaluate: nowhere: No such file or directory; expected a model.h5 file\n"
    assert capsys.readouterr().err == expected


def test_a_figure_that_cannot_be_written_is_one_line(command, capsys):
    assert command("--figure", "no/such/folder.png") == 1
    expected = "lenet-evaluate: no/such/folder.png: No such file or directory\n"
    assert capsys.readouterr().err == expected


def test_it_runs_by_its_name(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "lenet", "evaluate", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    for words in ("precision", "confusion matrix", "--part", "examples:"):
        assert words in result.stdout


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--model_save_path"],
        ["--model_save_path", "m", "--part", "both"],
        ["--model_save_path", "m", "--dataset", "nonsense"],
        ["--model_save_path", "m", "--figure", "a.jpg"],
        ["--model_save_path", "m", "--batch_size", "0"],
        ["--model_save_path", "m", "--csv", "--json"],
        ["--model_save_path", "m", "m.h5"],
        ["extra"],
    ],
    ids=" ".join,
)
def test_a_wrong_flag_is_one_line_and_status_2(flags, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        evaluate.main(flags)
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert errors.startswith("lenet-evaluate: error: ")


def test_all_of_it_as_a_page_and_the_mistakes_as_a_table(command, predicted, capsys):
    assert command("--reject", "--html", "e.html", "--mistakes", "m.csv", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    labels, predictions = predicted["test"]
    with open("m.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = np.flatnonzero(labels != predictions)
    assert sorted(int(row["image"]) for row in rows) == wrong.tolist()
    assert found["wrong"] == len(wrong)
    kept = found["rejection"]
    assert (kept["share"], kept["images"]) == (0.01, 296)
    assert kept["wrong"] <= kept["accepted"] <= 296
    page = Path("e.html").read_text()
    for heading in ("Confusion matrix", "Calibration", "Rejection", "Classes"):
        assert f"<h2>{heading}</h2>" in page


def test_an_earlier_model_keeps_nothing_of_its_validation_images(command, tmp_path, capsys):
    old = Path(__file__).parents[1] / "saved_files" / "model.h5"
    assert command("--reject", model=old) == 1
    errors = capsys.readouterr().err
    assert "--reject: " in errors
    assert "keeps nothing of the images that validated it" in errors


def test_of_many_classes_the_commonest_mistakes_are_told():
    names = [f"class {k}" for k in range(30)]
    counts = 5 * np.eye(30, dtype=int)
    counts[3, 7], counts[28, 0] = 2, 9
    lines = evaluation_text.confusion_text(names, counts).splitlines()
    assert lines[0].startswith("the 2 commonest mistakes; --csv and --json have the whole")
    assert [line.split("  ")[0] for line in lines[2:]] == ["class 28", "class 3"]
    assert lines[2].split()[-1] == "9"
    assert evaluation_text.confusion_text(names, np.eye(30, dtype=int)) == (
        "no image was taken for another class"
    )
