"""Training on one's own images as a user does it, and what comes of it."""

import csv
import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytensor
import pytest
from PIL import Image

from lenet import train
from lenet.commands import evaluate, explore, predict
from lenet.data import cache
from lenet.data.image_files import fit_to, read_image
from lenet.errors import DataError
from lenet.graph import command as graph
from lenet.input_pipeline import load_digits
from lenet.runs.saved_model import SavedModel
from tests.image_folders import COUNTS, FLAGS, write_folder
from tests.model_files import edited

TRAINING = (
    *("--model", "logistic", "--nepochs", "3", "--batch_size", "4", "--channels", "1"),
    *("--threads", "1", "--stretch", "--class_weights", "balanced"),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with two folders of pictures, and what was trained on them in it."""
    place = tmp_path_factory.mktemp("place")
    for k in range(2):
        write_folder(place / f"source-{k}", seed=k)
    with pytest.MonkeyPatch.context() as patch, pytensor.config.change_flags(floatX="float32"):
        patch.chdir(place)
        for flags in (["--out_dir", "run"], ["--out_dir", "folds", "--folds", "3"]):
            assert (
                train.main([*FLAGS, *TRAINING, "--image_dir", "source-0", "source-1", *flags]) == 0
            )
    return place


@pytest.fixture
def here(place, monkeypatch):
    """Be in that folder."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    with pytensor.config.change_flags(floatX="float32"):
        yield place


def attributes(path):
    with h5py.File(path) as file:
        return dict(file.attrs)


def images_of(run):
    """Return the rows of a run's images.csv by part."""
    with (run / "images.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        part: [row for row in rows if row["part"] == part]
        for part in ("training", "validation", "test")
    }


def test_a_rare_class_is_told_of_and_weighs_as_much_as_another(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, count, gray in (("often", 60, 60), ("rare", 6, 100)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for k in range(count):
            pixels = rng.normal(gray, 5, (8, 8)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{k}.png")
    flags = [
        *FLAGS,
        "--image_dir",
        "images",
        "--model",
        "logistic",
        "--channels",
        "1",
        "--threads",
        "1",
    ]
    # A step so small that the first weights, zeros, and the bias of the larger class stay: never rare.
    unweighted = [
        *flags,
        "--nepochs",
        "2",
        "--lr",
        "1e-6",
        "--batch_size",
        "4",
        "--out_dir",
        "unweighted",
    ]
    with pytensor.config.change_flags(floatX="float32"):
        assert train.main(unweighted) == 0
        output, errors = capsys.readouterr()
        assert "rare has 7.69 %" in errors
        assert "see --class_weights balanced" in errors
        weighted = ["--class_weights", "balanced", "--nepochs", "20", "--out_dir", "weighted"]
        assert train.main([*flags, *weighted]) == 0
    output, errors = capsys.readouterr()
    assert "rare has" not in errors
    assert "balanced error" in output.split("Best model:")[1]
    text = (tmp_path / "weighted" / "metrics.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert {"recall_0", "recall_1", "monitored"} <= rows[0].keys()
    for row in rows:
        mean = (float(row["recall_0"]) + float(row["recall_1"])) / 2
        assert float(row["monitored"]) == pytest.approx(1 - mean)


def test_the_model_knows_classes_form_and_numbers_of_its_training_images(here):
    saved = attributes(here / "run" / "model.h5")
    assert saved["class_names"].tolist() == ["cat", "dog", "owl"]
    assert (saved["dataset"], saved["size"], saved["channels"]) == ("folder", 8, 1)
    assert not saved["keep_aspect"]
    assert saved["image_dir"].tolist() == [str(here / f"source-{k}") for k in range(2)]
    normalise = json.loads(saved["architecture"])[0]
    pictures = np.stack(
        [
            fit_to(read_image(row["file"], 1), 8, keep_aspect=False)
            for row in images_of(here / "run")["training"]
        ]
    )
    assert normalise["shift"] == pytest.approx([pictures.mean() / 255])
    assert normalise["scale"] == pytest.approx([255 / pictures.std()])


def test_the_list_of_images_has_each_once_in_its_part(here):
    parts = images_of(here / "run")
    assert [len(rows) for rows in parts.values()] == [48, 24, 8]
    files = [row["file"] for rows in parts.values() for row in rows]
    assert len(set(files)) == 2 * sum(COUNTS.values())
    assert all(row["class"] in row["file"] for rows in parts.values() for row in rows)


def test_evaluation_finds_the_same_parts_again(here, capsys):
    command = ["--model_save_path", "run", "--cache_dir", "cache", "--json"]
    found = {}
    for split in ("train", "valid", "test", "all"):
        assert evaluate.main([*command, "--split", split]) == 0
        found[split] = json.loads(capsys.readouterr().out)
    assert [found[split]["images"] for split in found] == [48, 24, 8, 80]
    saved = attributes(here / "run" / "model.h5")
    assert found["valid"]["error"] == pytest.approx(saved["validation_error"])
    assert found["test"]["error"] == pytest.approx(saved["test_error"])
    # So it does if they are named, in whatever way.
    paths = [str(here / f"source-{k}") for k in range(2)]
    assert evaluate.main([*command, "--dataset", "folder", "--image_dir", *paths]) == 0
    assert json.loads(capsys.readouterr().out)["confusion"] == found["test"]["confusion"]


def test_prediction_prepares_pictures_as_training_did(here, capsys):
    rows = images_of(here / "run")["test"]
    files = [row["file"] for row in rows]
    assert predict.main(["--model_save_path", "run", "--json", "--input_image", *files]) == 0
    found = json.loads(capsys.readouterr().out)
    model = SavedModel.load(here / "run")
    pictures = np.stack([fit_to(read_image(file, 1), 8, keep_aspect=False) for file in files])
    for entry, expected in zip(found, model.probabilities(pictures), strict=True):
        assert list(entry["probabilities"].values()) == pytest.approx(expected.tolist(), abs=2e-6)


def test_trace_sees_a_picture_as_predict_does(here, capsys):
    file = images_of(here / "run")["test"][0]["file"]
    flags = ["--model_save_path", "run", "--threads", "1"]
    assert graph.main(["trace", *flags, "--image", file, "--out_dir", "traced"]) == 0
    with h5py.File("traced/trace.h5") as traced:
        seen = traced["images"][0]
    picture = fit_to(read_image(file, 1), 8, keep_aspect=False)
    np.testing.assert_allclose(seen, picture / 255, rtol=1e-6)


def test_a_run_goes_on_from_the_same_images_and_no_others(here, capsys):
    run = here / "run"
    before = images_of(run)
    assert train.main(["--resume", "run", "--nepochs", "4"]) == 0
    assert "going on after epoch 3" in capsys.readouterr().out
    assert images_of(run) == before
    shutil.copytree(here / "source-0", here / "source-2")
    (here / "source-2" / "cat" / "000.png").unlink()
    given = ["--resume", "run", "--nepochs", "5", "--image_dir", "source-2", "source-1"]
    assert train.main(given) == 1
    message = capsys.readouterr().err
    assert message == (
        "lenet-train: run/last.h5: the images of --image_dir have changed since; bring them back or start "
        "anew\n"
    )


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ("--seed 9", "--seed 23455, not 9"),
        ("--split 50 40 10", "--split 60 30 10, not 50 40 10"),
        ("--folds 4 --fold 2", "--folds none, not 4"),
    ],
    ids=["seed", "split", "fold"],
)
def test_a_run_does_not_go_on_with_images_split_anew(here, capsys, flags, reason):
    run = here / f"other {flags}"
    shutil.copytree(here / "run", run)
    assert train.main(["--resume", str(run), "--nepochs", "9", *flags.split()]) == 1
    flag = flags.split()[0]
    assert capsys.readouterr().err == (
        f"lenet-train: {run}/last.h5: its images were split by {reason}, which would test on some that "
        f"it was trained on; leave {flag} out, or start anew\n"
    )
    assert images_of(run) == images_of(here / "run")


def test_folds_do_not_go_on_as_another_number_of_folds(here, capsys):
    assert train.main(["--resume", "folds", "--folds", "4"]) == 1
    assert capsys.readouterr().err == (
        "lenet-train: --folds 4: folds holds a run with --folds 3; leave it out, or start anew\n"
    )
    assert not (here / "folds" / "fold-4").exists()


def test_folds_that_are_refused_leave_nothing(here, capsys):
    flags = [*FLAGS, *TRAINING, "--image_dir", "source-0", "--folds", "11", "--out_dir", "none"]
    assert train.main(flags) == 1
    assert capsys.readouterr().err.startswith(
        "lenet-train: class cat: 10 images, expected at least 11"
    )
    assert not (here / "none").exists()


def test_images_that_have_changed_do_not_all_test(here, capsys):
    shutil.copytree(here / "run", here / "forgetful")
    with edited(here / "forgetful" / "model.h5") as file:
        file.attrs["images_digest"] = "that of others"
    for place in ([], ["--image_dir", "source-1", "source-0"]):
        command = ["--model_save_path", "forgetful", "--cache_dir", "cache", *place]
        assert evaluate.main(command) == 1
        folder = "source-1" if place else "source-0"
        assert capsys.readouterr().err == (
            f"lenet-evaluate: {here}/{folder}: its images have changed since the network learnt from them, "
            "and its test images cannot be found again; bring them back, or name another folder as "
            "--image_dir\n"
        )


def test_folds_test_each_image_once(here):
    tested = [
        row["file"]
        for fold in (1, 2, 3)
        for row in images_of(here / "folds" / f"fold-{fold}")["test"]
    ]
    assert len(tested) == len(set(tested)) == 80


def test_a_fold_is_evaluated_on_its_own_images(here, capsys):
    for fold in (1, 3):
        run = here / "folds" / f"fold-{fold}"
        command = ["--model_save_path", str(run), "--cache_dir", "cache", "--json"]
        assert evaluate.main(command) == 0
        found = json.loads(capsys.readouterr().out)
        saved = attributes(run / "model.h5")
        assert found["images"] == len(images_of(run)["test"])
        assert found["error"] == pytest.approx(saved["test_error"])


def test_the_configuration_of_a_fold_repeats_it(here):
    given = ["--config", "folds/fold-2/config.json", "--out_dir", "again"]
    assert train.main(given) == 0
    both = [SavedModel.load(here / run) for run in ("folds/fold-2", "again")]
    for one, other in zip(*(model.network.model.params for model in both), strict=True):
        np.testing.assert_array_equal(one.get_value(), other.get_value())


def test_folds_go_with_every_data_set(here, capsys):
    flags = "--dataset digits --model logistic --nepochs 1 --folds 4 --fold 3 --out_dir digits"
    assert train.main(flags.split()) == 0
    n = len(load_digits().train.labels) + len(load_digits().valid.labels)
    n += len(load_digits().test.labels)
    capsys.readouterr()
    assert evaluate.main(["--model_save_path", "digits", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert abs(found["images"] - n / 4) <= 10
    assert found["error"] == pytest.approx(attributes(here / "digits" / "model.h5")["test_error"])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--dataset folder", "data set folder: expected --image_dir DIR"),
        (
            "--dataset cifar10 --image_dir a",
            "--image_dir goes with the data set folder, not with cifar10",
        ),
        ("--dataset digits --image_size 24", "--image_size goes with the data set folder"),
        ("--dataset digits --channels 1", "--channels goes with the data set folder"),
        ("--dataset digits --stretch", "--stretch goes with the data set folder"),
        ("--dataset digits --split 60 30 10", "--split goes with the data set folder"),
        ("--dataset digits --epsilon 0.1", "--epsilon goes with the data set folder"),
        ("--dataset digits --strict", "--strict goes with the data set folder"),
        ("--dataset folder --image_dir a --val_examples 3", "--val_examples does not go with"),
        ("--dataset digits --fold 2", "--fold 2: expected a number from 1 to that of --folds"),
        (
            "--dataset digits --folds 3 --fold 4",
            "--fold 4: expected a number from 1 to that of --fo",
        ),
        (
            "--dataset folder --image_dir a --image_size 23",
            "--image_size: images of 23x23 pixels are too small for --model lenet, which needs at least "
            "24x24",
        ),
        (
            "--dataset folder --image_dir a --image_size 1",
            "--image_size: images of 1x1 pixels are too small for --model lenet, which needs at least 24x",
        ),
        ("--dataset folder --image_dir nowhere", "nowhere: No such file or directory"),
        (
            "--dataset folder --image_dir source-0 --split 50 0 50",
            "--split 50 0 50: leaves the validation",
        ),
        (
            "--dataset folder --image_dir . source-0",
            "--out_dir none: lies in --image_dir ., whose folders are classes; choose another --out_dir",
        ),
        (
            "--dataset folder --image_dir source-0 --cache_dir source-0/cat/cache",
            "--cache_dir source-0/cat/cache: lies in --image_dir source-0, whose folders are classes",
        ),
        (
            "--dataset digits --model_save_path source-0",
            "--model_save_path source-0: a folder; expected the name of a file",
        ),
        (
            "--dataset digits --class_weights balanced --update sdlm",
            "--class_weights does not go with",
        ),
    ],
    ids=lambda value: value if value.startswith("--data") else "",
)
def test_what_does_not_go_together_is_one_line(here, capsys, flags, message):
    assert train.main([*flags.split(), "--out_dir", "none"]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith(f"lenet-train: {message}")
    assert errors.count("\n") == 1
    assert not (here / "none").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--image_size 0", "argument --image_size: expected an integer from 1 to 1024, got '0'"),
        ("--channels 2", "argument --channels: invalid choice: 2"),
        ("--split 60 40", "argument --split: expected 3 arguments"),
        ("--split a b c", "argument --split: invalid float value: 'a'"),
        ("--epsilon 2", "argument --epsilon: expected a number from 0 to 1, got '2'"),
        ("--folds 1", "argument --folds: expected an integer of at least 2, below 2**63, got '1'"),
        ("--normalize loud", "argument --normalize: invalid choice: 'loud'"),
        ("--image_dir", "argument --image_dir: expected at least one argument"),
    ],
    ids=lambda value: value if value.startswith("--") else "",
)
def test_wrong_arguments_are_one_line(capsys, flags, message):
    with pytest.raises(SystemExit) as caught:
        train.main(flags.split())
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith(f"lenet-train: error: {message}")


def test_what_is_left_out_is_named_and_strict_refuses_it(here, capsys, monkeypatch):
    root = write_folder(here / "spoilt")
    (root / "cat" / "empty.png").write_bytes(b"")
    (root / "dog" / "text.png").write_text("no picture")
    flags = [*FLAGS, *TRAINING, "--image_dir", "spoilt", "--nepochs", "1"]
    assert train.main([*flags, "--out_dir", "with-spoilt"]) == 0
    first, second, *others = capsys.readouterr().err.splitlines()
    assert first.startswith("lenet-train: left out: spoilt/cat/empty.png: empty, 0 bytes")
    assert second.startswith("lenet-train: left out: spoilt/dog/text.png: not a PNG, JPEG")
    assert not [line for line in others if "spoilt" in line]
    assert train.main([*flags, "--strict", "--out_dir", "none"]) == 1
    assert "2 of 42 files cannot be read, which --strict refuses" in capsys.readouterr().err


def test_the_cache_is_among_the_data_sets_if_nobody_says_where(here, capsys, monkeypatch):
    def refuse(path, *others):
        raise DataError(f"stopped before {path}")

    monkeypatch.setattr(cache, "write_cache", refuse)
    flags = ["--dataset", "folder", "--image_dir", "source-0", "--data_dir", "data"]
    assert train.main([*flags, "--out_dir", "none"]) == 1
    assert capsys.readouterr().err.startswith("lenet-train: stopped before data/image_folders/")


def test_the_graph_tools_find_the_images_again(here, capsys):
    flags = ["--model_save_path", "run", "--data_dir", "data", "--threads", "1"]
    assert (
        graph.main(["trace", *flags, "--split", "test", "--index", "3", "--out_dir", "trace"]) == 0
    )
    output = capsys.readouterr().out
    assert "normalise" in output


def test_a_new_network_for_folders_is_refused_by_the_graph_tools(here, capsys):
    assert graph.main(["print", "--dataset", "folder"]) == 1
    assert "--dataset folder: train on it first" in capsys.readouterr().err


def test_suspects_that_explore_lists_are_corrected_once_their_labels_are_filled_in(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    digits, photos = load_digits().train, tmp_path / "photos"
    for digit, name in enumerate(("cat", "dog")):
        (photos / name).mkdir(parents=True)
        for k, image in enumerate(digits.images[digits.labels == digit][:40]):
            Image.fromarray(image[0]).save(photos / name / f"{k}.png")
    (photos / "cat" / "0.png").rename(photos / "dog" / "cat.png")
    unfit = photos / "dog" / "9.png"
    assert explore.main(["photos", *FLAGS[2:], "--csv", "suspects.csv"]) == 0
    with open("suspects.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["label"] = row["suggested class"]
    suspects = {Path(row["file"]).name for row in rows if row["label"] == "cat"}
    assert suspects == {"cat.png"}
    rows.append(dict.fromkeys(rows[0], "") | {"file": str(unfit), "label": "leave out"})
    with open("suspects.csv", "w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)

    run = ["--image_dir", "photos", "--corrections", "suspects.csv", "--out_dir", "run"]
    with pytensor.config.change_flags(floatX="float32"):
        capsys.readouterr()
        assert train.main([*FLAGS, *TRAINING, *run]) == 0
        assert "by suspects.csv, 1 label corrected, 1 image left out" in capsys.readouterr().out
        parts = images_of(tmp_path / "run")
        found = {Path(row["file"]): row["class"] for rows in parts.values() for row in rows}
        assert len(found) == 79
        assert unfit not in found
        assert {name for path, name in found.items() if path.name == "cat.png"} == {"cat"}
        # The network remembers them, whatever becomes of the table.
        Path("suspects.csv").rename("elsewhere.csv")
        Path("photos").rename("moved")
        flags = ["--part", "all", "--predictions", "p.csv", "--cache_dir", "cache"]
        assert evaluate.main(["run", "moved", *flags]) == 0
        with open("p.csv", newline="") as file:
            predicted = list(csv.DictReader(file))
        expected = {
            (path.name, name, part)
            for part, rows in parts.items()
            for path, name in [(Path(row["file"]), row["class"]) for row in rows]
        }
        assert {(Path(r["file"]).name, r["class"], r["part"]) for r in predicted} == expected
        Path("moved").rename("photos")
        Path("elsewhere.csv").rename("suspects.csv")
        assert train.main(["--resume", "run", "--nepochs", "4"]) == 0
        rows[-1]["label"] = ""
        with open("suspects.csv", "w", newline="") as file:
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows(rows)
        capsys.readouterr()
        assert train.main(["--resume", "run", "--nepochs", "5"]) == 1
    errors = capsys.readouterr().err
    assert "--corrections has changed since" in errors
    assert errors.count("\n") == 1
