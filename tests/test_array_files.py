"""Data sets in files, and labels in a table, as commands use them: train, go on, evaluate, explore."""

import json

import numpy as np
import pytest
from PIL import Image

from lenet.commands import evaluate, explore
from tests.dataset_makers import mnist_arrays
from tests.quick_runs import quick_train

SMALL = "--lwidth 2 3 4 5 --nepochs 1 --batch_size 20 --quiet"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    images, labels = mnist_arrays(60)
    np.savez(folder / "whole.npz", X=images, y=labels % 3)
    np.savez(folder / "other.npz", X=images[::-1], y=labels % 3)
    (folder / "pictures").mkdir()
    rows = ["path,label"]
    for k, image in enumerate(images):
        Image.fromarray(image).save(folder / "pictures" / f"{k}.png")
        rows.append(f"{k}.png,class {labels[k] % 3}")
    (folder / "labels.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture(scope="module")
def lenet_train(folder):
    with quick_train(folder) as train:
        yield train


@pytest.fixture(scope="module")
def run(folder, lenet_train):
    assert lenet_train(folder / "whole.npz", SMALL, "--out_dir", folder / "run") == 0
    return folder / "run"


def images_evaluated(folder, run, *others):
    arguments = [str(run), *map(str, others), "--json", str(folder / "e.json")]
    assert evaluate.main(arguments) == 0
    return json.loads((folder / "e.json").read_text())


def test_a_run_finds_its_file_and_its_test_images_again(folder, run):
    found = images_evaluated(folder, run)
    assert (found["dataset"], found["split"], found["images"]) == ("whole.npz", "test", 6)
    assert images_evaluated(folder, run, "--part", "all")["images"] == 60


def test_the_file_may_have_moved_and_another_is_tested_as_a_whole(folder, run, tmp_path):
    moved = tmp_path / "moved.npz"
    moved.write_bytes((folder / "whole.npz").read_bytes())
    assert images_evaluated(folder, run, "--dataset", moved)["images"] == 6
    assert images_evaluated(folder, run, "--dataset", folder / "other.npz")["images"] == 60


def test_a_run_goes_on_with_its_file(folder, run, lenet_train):
    assert lenet_train("--resume", run, "--nepochs 2 --quiet") == 0
    config = json.loads((run / "config.json").read_text())
    assert config["flags"]["dataset"] == str(folder / "whole.npz")


def test_a_file_that_has_changed_is_refused(folder, lenet_train, tmp_path, capsys):
    file = tmp_path / "a.npz"
    file.write_bytes((folder / "whole.npz").read_bytes())
    assert lenet_train(file, SMALL, "--out_dir", tmp_path / "run") == 0
    file.write_bytes((folder / "other.npz").read_bytes())
    assert evaluate.main([str(tmp_path / "run")]) == 1
    assert lenet_train("--resume", tmp_path / "run", "--nepochs 2") == 1
    errors = capsys.readouterr().err.splitlines()
    assert errors[0].startswith(
        f"lenet-evaluate: {file}: its images have changed since the network"
    )
    assert "have changed since" in errors[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("whole.npz --stretch", "--stretch goes with the data set folder, not with"),
        ("whole.npz --split 50 30 30", "adds up to 110, expected 100 or 1"),
        ("whole.npz --image_size 10", "--image_size 32 scales them"),
        ("none.npz", "none.npz: cannot be read (No such file or directory)"),
        ("--labels labels.csv", "expected --image_dir DIR, the folder that its paths begin at"),
    ],
)
def test_what_does_not_go_together_is_refused(
    folder, lenet_train, capsys, words, said, monkeypatch
):
    monkeypatch.chdir(folder)
    assert lenet_train(words, SMALL, "--out_dir x") == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert said in errors
    assert not (folder / "x").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("minst", "no data set and no folder 'minst': did you mean mnist?"),
        (
            "--dataset fashon",
            "argument --dataset: no data set 'fashon': did you mean fashion_mnist?",
        ),
        ("--dataset pictures", "pictures is a folder; name one of pictures as --image_dir"),
    ],
)
def test_a_slip_is_answered(folder, lenet_train, capsys, words, said, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit):
        lenet_train(words, SMALL)
    assert said in capsys.readouterr().err


def test_labels_of_a_table_are_learnt_and_found_again(folder, lenet_train):
    flags = f"--image_dir {folder / 'pictures'} --labels {folder / 'labels.csv'} --image_size 24"
    cache = f"--cache_dir {folder / 'cache'}"
    assert lenet_train(flags, cache, SMALL, "--channels 1 --out_dir", folder / "labelled") == 0
    found = images_evaluated(folder, folder / "labelled", "--cache_dir", folder / "cache")
    assert (found["images"], [row["class"] for row in found["classes"]]) == (
        6,
        ["class 0", "class 1", "class 2"],
    )
    page = folder / "labelled.html"
    assert explore.main([*flags.split(), *cache.split(), "--out", str(page)]) == 0
    assert "class 2" in page.read_text()


def test_a_file_can_be_explored(folder, capsys):
    assert explore.main([str(folder / "whole.npz"), "--out", str(folder / "page.html")]) == 0
    assert "whole.npz: 60 images of 28 x 28 pixels, gray, 3 classes" in capsys.readouterr().out
