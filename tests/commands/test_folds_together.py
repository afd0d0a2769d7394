"""The networks of a cross-validation as one: out of fold, all together, and about labels."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lenet
from lenet import train
from lenet.commands import evaluate, explore, predict
from lenet.errors import CheckpointError
from lenet.runs.ensemble import fold_models, named, together
from lenet.runs.saved_model import SavedModel
from tests.explore.planted import NAMES, all_images
from tests.quick_runs import PLAIN, plain_backend

FLAGS = "--dataset folder --image_dir photos --image_size 24 --cache_dir cache --epsilon 1"
TRAINING = "--model logistic --nepochs 8 --batch_size 20 --seed 3"
WRONG = {3: "dog", 17: "owl", 30: "dog", 44: "cat", 61: "owl", 75: "cat", 90: "dog", 111: "cat"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Train two folds on a folder with eight wrong labels; work there, in plain Python."""
    folder = tmp_path_factory.mktemp("place")
    images, labels = all_images()
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = folder / "photos" / WRONG.get(number, NAMES[label]) / f"{number:03d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.transpose(1, 2, 0)).save(path)
    with plain_backend() as patch:
        patch.chdir(folder)
        patch.setattr("lenet.report.run_page.write_pictures", lambda *_: None)
        patch.setattr("lenet.experiments.folds.compare_curves", lambda *_: b"")
        assert train.main([*f"{FLAGS} {TRAINING} --folds 2 --out_dir folds".split()]) == 0
        yield folder


@pytest.fixture
def members(place):
    return [SavedModel.load(place / "folds" / f"fold-{k}", PLAIN) for k in (1, 2)]


def test_each_image_is_judged_by_the_network_that_did_not_learn_it(place, members, capsys):
    assert evaluate.main(["folds", "--cache_dir", "cache", "--json", "--predictions", "p.csv"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["split"], found["images"]) == ("out of fold", 120)
    with open("p.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["file"] for row in rows}) == 120
    for k, member in enumerate(members, 1):
        with open(f"folds/fold-{k}/images.csv", newline="") as file:
            tested = {row["file"] for row in csv.DictReader(file) if row["part"] == "test"}
        of_fold = [row for row in rows if row["part"] == f"fold {k}"]
        assert {row["file"] for row in of_fold} == tested
        images = np.stack([np.asarray(Image.open(row["file"])) for row in of_fold])
        expected = member.probabilities(images.transpose(0, 3, 1, 2)).max(axis=1)
        given = [float(row["probability"]) for row in of_fold]
        np.testing.assert_allclose(given, expected, rtol=1e-4)
    wrong = sum(row["class"] != row["predicted"] for row in rows)
    assert (found["wrong"], found["error"]) == (wrong, wrong / 120)
    assert found["calibration"]["temperature"] is None


def test_the_text_says_how_it_was_judged(place, capsys):
    assert evaluate.main(["folds", "--cache_dir", "cache"]) == 0
    assert "folds: 2 folds, each image is judged by the network" in capsys.readouterr().out


def test_wrong_labels_are_found(place, capsys):
    """Of eight that were planted, at least seven are among the first nine."""
    assert explore.main(["folds", "--cache_dir", "cache", "--csv", "--out", "page.html"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    found = [row for row in rows if row["finding"] == "out-of-fold network disagrees"]
    first = {int(Path(row["file"]).stem): row["suggested class"] for row in found[: len(WRONG) + 1]}
    right = {number: NAMES[number // 40] for number in WRONG}
    assert len(first.items() & right.items()) >= 7
    assert (
        "Labels that networks contradict which have not learnt them"
        in Path("page.html").read_text()
    )


def test_other_pictures_get_the_mean_of_all(place, members, capsys):
    path = "photos/cat/000.png"
    assert predict.main(["folds", path, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    image = np.asarray(Image.open(path)).transpose(2, 0, 1)[np.newaxis]
    expected = np.mean([member.probabilities(image)[0] for member in members], axis=0)
    np.testing.assert_allclose(list(found["probabilities"].values()), expected, atol=2e-6)
    shutil.copytree("photos/dog", "others/dog")
    assert evaluate.main(["folds", "others", "--cache_dir", "cache", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["split"] == "all"


def test_one_classifier_in_python(place, members):
    classifier = lenet.load(place / "folds")
    images = np.zeros((2, 3, 24, 24), np.uint8)
    expected = np.mean([member.probabilities(images) for member in members], axis=0)
    np.testing.assert_allclose(classifier.predict_proba(images), expected, rtol=1e-5)
    with pytest.raises(CheckpointError, match="2 networks; name one of them"):
        classifier.save(place / "all.h5")


def test_what_no_image_can_decide_is_refused(place, capsys):
    pictures = ["folds", "photos/cat/000.png"]
    for flag, arguments in (
        ("--reject", [*pictures, "--reject"]),
        ("--calibrated", [*pictures, "--calibrated"]),
    ):
        assert predict.main(arguments) == 1
        errors = capsys.readouterr().err
        assert f"{flag}: the images that validate one fold of folds have trained others" in errors
        assert errors.count("\n") == 1
    assert evaluate.main(["folds", "--cache_dir", "cache", "--part", "train"]) == 1
    assert "--part train: folds is a cross-validation" in capsys.readouterr().err


def test_one_fold_can_be_trusted_by_its_own_validation_images(place, capsys):
    assert evaluate.main(["folds/fold-1", "--cache_dir", "cache", "--reject", "0.2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["rejection"]
    assert 0 < found["accepted"] <= found["images"] == 60
    assert found["coverage"] == found["accepted"] / 60


def changed(member, **attributes):
    return replace(member, attributes={**member.attributes, **attributes})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fold_seed": 9}, r"fold-2.*another fold_seed than .*fold-1.* has"),
        ({"class_names": ["a"], "size": 3}, "another class_names, size than"),
        ({"fold": 1}, "fold 1 once more; expected each fold once"),
        ({"fold": None}, "no fold of a cross-validation"),
    ],
    ids=str,
)
def test_folds_of_another_kind_are_refused(members, change, message):
    first, second = members
    with pytest.raises(CheckpointError, match=message) as error:
        together(Path("folds"), [first, changed(second, **change)])
    assert "\n" not in str(error.value)


def test_a_fold_may_be_missing(members):
    assert named(together(Path("folds"), members)) == "folds: 2 folds"
    assert named(together(Path("folds"), members[1:])) == "folds: 1 of 2 folds"


def test_other_ranges_of_values_make_no_common_picture(members):
    first, second = members
    others = changed(second, number_ranges=json.dumps({"uint16": (0, 4095)}))
    with pytest.raises(CheckpointError, match="--range LOW HIGH"):
        together(Path("folds"), [first, others]).probabilities(np.zeros((1, 3, 24, 24), np.uint8))


def test_folds_are_in_the_order_of_their_numbers(tmp_path):
    for name in ("fold-2", "fold-10", "fold-1", "fold-x", "fold-01", "folds"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.h5").touch()
    assert [path.parent.name for path in fold_models(tmp_path)] == ["fold-1", "fold-2", "fold-10"]
    (tmp_path / "model.h5").touch()
    assert fold_models(tmp_path) == []
    assert fold_models(tmp_path / "missing") == []
