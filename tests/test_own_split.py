"""Splits and groups of the user's own, by the command line."""

import csv
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from lenet import train
from lenet.commands import compare, course, evaluate, explore
from lenet.runs.reader import Run
from tests.explore.planted import slide_pictures
from tests.image_folders import FLAGS, write_folder
from tests.quick_runs import plain_backend

TRAINING = (
    *("--model", "logistic", "--nepochs", "2", "--batch_size", "4", "--channels", "1"),
    *("--threads", "1", "--stretch", "--augment", "each"),
)
CLASSES = {"cat": 8, "dog": 8}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Be in an empty folder."""
    monkeypatch.chdir(tmp_path)
    with plain_backend():
        yield tmp_path


def trained(*flags):
    return train.main([*FLAGS, *TRAINING, *map(str, flags)])


def rows_of(run):
    with (run / "images.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def folders_of(run, part):
    """Return the folders above the classes of the images of a part."""
    return {row["file"].split("/")[-3] for row in rows_of(run) if row["part"] == part}


def slides(root):
    """Write five slides of each of two classes, four pictures each."""
    for label, name in enumerate(("cat", "dog")):
        counts = {f"slide{5 * label + k}": 4 for k in range(5)}
        write_folder(root / name, counts, seed=label)
    return root


@pytest.mark.parametrize(
    "names",
    [("train", "val", "test"), ("TRAINING", "Validation", "Testing"), ("Train", "valid", "TEST")],
)
def test_a_split_in_folders_is_said_and_kept(here, capsys, names):
    for seed, name in enumerate(names):
        write_folder(here / "photos" / name, CLASSES, seed)
    assert trained("--image_dir", "photos", "--out_dir", "run") == 0
    output = capsys.readouterr().out
    places = [f"photos/{name}" for name in names]
    expected = (
        f"split as in its folders: training {places[0]}; validation {places[1]}; test {places[2]}"
    )
    assert expected in output
    for part, name in zip(("training", "validation", "test"), names, strict=True):
        assert folders_of(here / "run", part) == {name}
    assert {row["class"] for row in rows_of(here / "run")} == {"cat", "dog"}
    command = ["--model_save_path", "run", "--cache_dir", "cache", "--json"]
    assert evaluate.main(command) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 16
    assert train.main(["--resume", "run", "--nepochs", "3"]) == 0
    assert Run.load(here / "run").epochs == 3


def test_folders_of_parts_are_named_by_flags(here, capsys):
    for seed, name in enumerate(("a", "b", "c")):
        write_folder(here / name, CLASSES, seed)
    flags = ("--image_dir", "a", "--valid_dir", "b", "--test_dir", "c", "--out_dir", "run")
    assert trained(*flags) == 0
    parts = ("training", "validation", "test")
    assert [folders_of(here / "run", part) for part in parts] == [{"a"}, {"b"}, {"c"}]
    assert trained("--image_dir", "a", "--valid_dir", "b", "--split", "60", "30", "10") == 1
    assert "--split 60 30 10: the folders have a split of their own" in capsys.readouterr().err
    assert explore.main(["--image_dir", "a", "--valid_dir", "b", "--test_dir", "c"]) == 0
    assert "test c" in capsys.readouterr().out


def test_all_cope_without_test_images(here, capsys):
    write_folder(here / "a", {"cat": 10, "dog": 10})
    flags = ("--image_dir", "a", "--split", "80", "20", "0", "--out_dir", "run", "--tensorboard")
    assert trained(*flags) == 0
    output = capsys.readouterr().out
    assert "16 training, 4 validation and 0 test images" in output
    assert "no test images (epoch" in output
    assert "nan" not in output
    assert "There are no test images" in (here / "run" / "report.html").read_text()
    assert "nan" not in (here / "run" / "metrics.csv").read_text()
    command = ["--model_save_path", "run", "--cache_dir", "cache"]
    assert evaluate.main(command) == 1
    assert capsys.readouterr().err == (
        "lenet-evaluate: no test images: the network was trained without any; choose --part validation, or "
        "name a folder of other images\n"
    )
    assert evaluate.main([*command, "--part", "validation", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 4
    assert evaluate.main([*command, "--part", "all"]) == 0
    shutil.copytree(here / "run", here / "again")
    assert train.main(["--resume", "again", "--nepochs", "3"]) == 0
    capsys.readouterr()
    assert compare.main(["run", "again"]) == 0
    assert "nan" not in capsys.readouterr().out
    assert explore.main(["run", "--cache_dir", "cache"]) == 0


def test_folders_of_sources_are_recognised(here, capsys):
    for seed, name in enumerate(("microscope-1", "microscope-2")):
        write_folder(here / "photos" / name, CLASSES, seed)
    assert trained("--image_dir", "photos", "--out_dir", "run") == 0
    output = capsys.readouterr().out
    assert (
        "photos: read like --image_dir photos/microscope-1, photos/microscope-2, as each has"
        in output
    )
    assert {row["class"] for row in rows_of(here / "run")} == {"cat", "dog"}
    assert folders_of(here / "run", "training") == {"microscope-1", "microscope-2"}


def test_groups_by_level_pattern_and_table(here, capsys):
    root = slides(here / "photos")
    pictures = [path.relative_to(root) for path in root.rglob("*.png")]
    lines = ["path;group;doctor", *(f"{path};{path.parent.name};x" for path in pictures)]
    (here / "groups.csv").write_text("\n".join(lines))
    for group in ("1", r"/(?P<group>slide\d+)/", "groups.csv"):
        run = here / f"run-{group[0].replace('/', 'p')}"
        assert trained("--image_dir", "photos", "--group", group, "--out_dir", run) == 0
        assert "10 groups, each in one part: " in capsys.readouterr().out
        parts = {}
        for row in rows_of(run):
            assert row["group"] == row["file"].split("/")[-2]
            parts.setdefault(row["group"], set()).add(row["part"])
        assert len(parts) == 10
        assert all(len(some) == 1 for some in parts.values())
    command = ["--model_save_path", str(run), "--cache_dir", "cache"]
    assert evaluate.main(command) == 0
    (here / "groups.csv").write_text("\n".join(lines).replace(";slide9;", ";slide8;"))
    assert evaluate.main(command) == 1
    assert "the groups have changed since the network learnt" in capsys.readouterr().err
    assert train.main(["--resume", str(run), "--nepochs", "3"]) == 1
    assert "split by --group" in capsys.readouterr().err


def test_each_group_may_be_left_out_once(here, capsys):
    slides(here / "photos")
    flags = ("--image_dir", "photos", "--group", "1", "--nepochs", "1", "--out_dir", "run")
    assert trained(*flags, "--folds", "10") == 0
    tested = [
        {row["group"] for row in rows_of(here / "run" / f"fold-{fold}") if row["part"] == "test"}
        for fold in range(1, 11)
    ]
    assert all(len(groups) == 1 for groups in tested)
    assert len(set.union(*tested)) == 10
    assert train.main(["--resume", "run", "--nepochs", "2"]) == 0
    assert Run.load(here / "run" / "fold-10").epochs == 2


def test_slides_are_told_of_where_no_group_is_given(here, capsys):
    for k, (pixels, slide, label) in enumerate(
        zip(*slide_pictures(20, 15, n_classes=2), strict=True)
    ):
        folder = here / "photos" / ("cat", "dog")[label]
        folder.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(np.moveaxis(pixels, 0, 2))
        picture.save(folder / f"slide{slide:02d}_crop{k:03d}.png")
    command = ["photos", "--cache_dir", "cache", "--out", "page.html", "--json", "found.json"]
    assert explore.main(command) == 0
    output = capsys.readouterr().out
    hint = "have 20 beginnings as slide00; if these are slides, plates or patients, keep each in one part: --group "
    assert hint in output
    assert "leakage between parts: likely, " in output
    assert "Leakage between parts" in (here / "page.html").read_text()
    assert json.loads((here / "found.json").read_text())["leakage"]["likely"] is True
    assert trained("--image_dir", "photos", "--out_dir", "run") == 0
    assert hint in capsys.readouterr().out
    pattern = "(?P<group>slide[0-9]+)[^/]*$"
    assert explore.main([*command, "--group", pattern]) == 0
    output = capsys.readouterr().out
    assert "beginnings" not in output
    assert "leakage between parts: likely" not in output


def test_a_course_takes_splits_and_groups(here, capsys):
    slides(here / "photos")
    (here / "runs.toml").write_text(
        "\n".join(
            [
                "[runs.one]",
                'model = "logistic"',
                "nepochs = 1",
                "channels = 1",
                "image_size = 8",
                "[runs.two]",
                'model = "logistic"',
                "nepochs = 1",
                "channels = 1",
                "image_size = 8",
                "lr = 0.01",
            ]
        )
    )
    flags = ["--config", "runs.toml", "--out_dir", "out", "--image_dir", "photos", "--group", "1"]
    assert course.main([*flags, "--split", "70", "30", "0", "--threads", "1"]) == 0
    assert "nan" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--group plates.csv", "--group plates.csv: no column group in its first line"),
        ("--group none.csv", "--group none.csv: No such file or directory; expected"),
        ("--group (?P<group>plate[0-9]+)", "no group in cat/slide0/000.png"),
        ("--group 2", "--group 2: photos/cat/slide0/000.png lies in 1 folders below that of its"),
        ("--group (?P<group>cat|dog)", "class cat: its images are in 1 group, expected at least 3"),
        ("--group 1 --folds 11", "--folds 11: more than the 10 groups"),
        ("--valid_dir photos", "photos: the same folder as photos, or a part of it"),
        ("--test_dir birds", "birds/owl: no class of the training images (cat, dog)"),
        ("--test_dir nowhere", "nowhere: No such file or directory"),
        ("--valid_dir other --folds 3", "--folds 3: does not go with folders for training and"),
    ],
)
def test_bad_input_is_one_line(here, capsys, flags, message):
    slides(here / "photos")
    write_folder(here / "birds", {"owl": 4})
    write_folder(here / "other", CLASSES, seed=3)
    (here / "plates.csv").write_text("path,plate\ncat/slide0/000.png,1\n")
    assert trained("--image_dir", "photos", "--out_dir", "run", *flags.split()) == 1
    errors = capsys.readouterr().err
    assert message in errors
    assert errors.count("\n") == 1
    assert not (here / "run").exists()


@pytest.mark.parametrize("group", ["slide", "0", "(", "(?P<other>x)"])
def test_a_value_of_group_that_is_none(here, capsys, group):
    with pytest.raises(SystemExit) as caught:
        trained("--image_dir", "photos", "--group", group)
    assert caught.value.code == 2
    assert "expected the number of a level of folders below the classes" in capsys.readouterr().err


@pytest.mark.parametrize("flags", ["--group 1", "--valid_dir a", "--test_dir a"])
def test_flags_of_folders_go_with_folders(here, capsys, flags):
    assert train.main(["--dataset", "digits", *flags.split()]) == 1
    name = flags.split()[0]
    assert f"{name} goes with the data set folder, not with digits" in capsys.readouterr().err


def test_numbered_classes_keep_the_order_that_a_run_began_with(here, monkeypatch):
    counts = {str(k): 4 for k in range(1, 12)}
    write_folder(here / "photos", counts)
    flags = ("--image_dir", "photos", "--split", "50", "50", "0")
    assert trained(*flags, "--out_dir", "new") == 0
    # As earlier versions sorted them.
    monkeypatch.setattr("lenet.data.image_index.natural_key", lambda name: name)
    assert trained(*flags, "--out_dir", "old") == 0
    monkeypatch.undo()
    monkeypatch.chdir(here)
    orders = {
        "new": tuple(map(str, range(1, 12))),
        "old": tuple(sorted(map(str, range(1, 12)))),
    }
    for run, names in orders.items():
        assert train.main(["--resume", run, "--nepochs", "3"]) == 0
        assert saved_names(here / run) == names
        command = ["--model_save_path", run, "--cache_dir", "cache", "--part", "all"]
        assert evaluate.main([*command, "--json", f"{run}.json"]) == 0
        found = json.loads((here / f"{run}.json").read_text())
        assert tuple(one["class"] for one in found["classes"]) == names


def saved_names(run):
    from lenet.runs.saved_model import SavedModel

    return SavedModel.load(run).class_names
