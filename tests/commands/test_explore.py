"""What `lenet-explore` says of folders in which things are planted, by `main`."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytensor
import pytest
from PIL import Image

from lenet.commands import explore
from tests.explore.planted import NAMES, all_images, duller
from tests.report.test_html import Page

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>"


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Call `main` in an empty folder, which gets the cache as well."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("LENET_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return lambda *flags: explore.main(list(map(str, flags)))


def write_images(folder, names=NAMES):
    """Write a folder for each class: without what is planted, there is nothing to find."""
    images, labels = all_images()
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        write(folder / names[label] / f"{number:03d}.png", image)
    return images, labels


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.transpose(1, 2, 0)).save(path)


@pytest.fixture
def photos(tmp_path):
    """Return a folder with an exact copy in another class, a near copy and a wrong label."""
    folder = tmp_path / "photos"
    images, _ = write_images(folder)
    write(folder / "dog" / "copy.png", images[0])  # of a cat
    write(folder / "owl" / "near.png", duller(images[85]))
    (folder / "cat" / "007.png").rename(folder / "owl" / "wrong.png")
    wide = images[20].repeat(2, axis=1).repeat(4, axis=2)
    write(folder / "cat" / "wide.png", wide)
    return folder


FLAGS = ("--image_size", 24, "--epsilon", 0.2)


def file_names(images):
    return {Path(one["file"]).name for one in images}


def test_all_that_is_planted_is_found(command, photos, capsys):
    assert command(photos, *FLAGS, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["dataset"], found["images"], found["size"]) == ("folder", 123, 24)
    totals = {one["class"]: sum(one[p] for p in explore_parts()) for one in found["classes"]}
    assert totals == {"cat": 40, "dog": 41, "owl": 42}
    (copies,) = found["exact_duplicates"]
    assert file_names(copies["images"]) == {"000.png", "copy.png"}
    assert {one["class"] for one in copies["images"]} == {"cat", "dog"}
    (near,) = found["near_duplicates"]
    assert file_names(near["images"]) == {"085.png", "near.png"}
    suspects = found["neighbours"]["disagree"]
    labels = {(Path(s["file"]).name, s["class"], s["suggested_class"]) for s in suspects}
    assert labels == {("wrong.png", "owl", "cat"), ("copy.png", "dog", "cat")}
    assert found["file_sizes"]["height"] == {"smallest": 24, "median": 24, "largest": 48}
    assert found["file_sizes"]["width"] == {"smallest": 24, "median": 24, "largest": 96}
    assert found["network"] is None


def explore_parts():
    return ("training", "validation", "test")


def test_the_text_says_it_all(command, photos, capsys):
    assert command(photos, *FLAGS) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert "folder: 123 images of 24 x 24 pixels, in colour, 3 classes" in output
    lines = [line.split() for line in output.splitlines()]
    (total,) = (line for line in lines if line[:1] == ["total"])
    assert total[1] == "123"
    assert ["height", "24", "24", "48"] in lines
    assert ["width", "24", "24", "96"] in lines
    assert "exact duplicates: 2 images show 1 picture; groups of several classes: 1" in output
    assert "near duplicates: 2 images in 1 group" in output
    assert "suspected labels: 2 images with 9 or all of the 10 nearest neighbours" in output
    assert f"{photos / 'owl' / 'wrong.png'}: labelled owl, looks like cat" in output
    assert output.endswith("all of it as a page: explore-folder.html\n")
    red = next(line for line in lines if line[:2] == ["training", "red"])
    assert 0 <= int(red[2]) < float(red[4]) < int(red[3]) <= 255


def test_csv_has_a_row_for_each_image_that_something_is_said_of(command, photos, capsys):
    assert command(photos, *FLAGS, "--csv", "found.csv") == 0
    assert "exact duplicates" in capsys.readouterr().out
    with open("found.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [(row["finding"], Path(row["file"]).name, row["suggested class"]) for row in rows]
    assert sorted(found) == [
        ("exact duplicate", "000.png", ""),
        ("exact duplicate", "copy.png", ""),
        ("near duplicate", "085.png", ""),
        ("near duplicate", "near.png", ""),
        ("neighbours disagree", "copy.png", "cat"),
        ("neighbours disagree", "wrong.png", "cat"),
    ]


def test_the_page_shows_what_was_found(command, photos, capsys):
    Path("mine.html").write_text("before")
    assert command(photos, *FLAGS, "--out", "mine.html") == 0
    text = Path("mine.html").read_text(encoding="utf-8")
    page = Page(text)
    # Mean and samples of three classes, two groups of copies, two suspects and their neighbours.
    assert page.tags.count("img") == 6 + 2 + 4
    assert page.tags.count("figure") == 4
    for words in ("labelled owl, looks like cat", "123 images of 24 x 24 pixels"):
        assert any(words in one for one in page.texts)
    assert ["class", "images", "training", "%", "validation", "%", "test", "%"] in page.rows
    assert not {"script", "link", "iframe", "object", "a"} & set(page.tags)
    assert not {"href", "onload", "srcset"} & {name for name, _ in page.attributes}
    sources = [value for name, value in page.attributes if name == "src"]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not re.search(r"https?:|@import|url\(", re.sub(r"base64,[^\"]*", "", text))


def test_hostile_names_of_classes_are_only_text(command, tmp_path, capsys):
    hostile = (HOSTILE, "a & b\x1b[31m", "dog")
    images, _ = write_images(tmp_path / "photos", hostile)
    write(tmp_path / "photos" / HOSTILE / "again.png", images[0])
    assert command("photos", *FLAGS, "--out", "a.html") == 0
    assert "\x1b" not in capsys.readouterr().out
    text = Path("a.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "script" not in page.tags
    assert HOSTILE in page.texts
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text


def test_files_that_cannot_be_read_are_named(command, photos, capsys):
    (photos / "cat" / "broken.png").write_bytes(b"no picture")
    assert command(photos, *FLAGS, "--json", "a.json") == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lenet-explore: left out: ")
    assert "broken.png" in line
    (left_out,) = json.loads(Path("a.json").read_text())["left_out"]
    assert left_out in line
    assert "broken.png" in Path("explore-folder.html").read_text()


def test_a_trained_network_adds_its_mistakes(command, digits_run, digits_model, capsys):
    from lenet.input_pipeline import load_digits

    with pytensor.config.change_flags(floatX="float32"):
        assert command("digits", "--model_save_path", digits_run, "--json", "a.json") == 0
    output = capsys.readouterr().out
    network = json.loads(Path("a.json").read_text())["network"]
    assert network["model"] == str(digits_run)
    dataset = load_digits()
    for part, split in zip(
        explore_parts(), (dataset.train, dataset.valid, dataset.test), strict=True
    ):
        probabilities = digits_model.probabilities(split.images)
        predictions = probabilities.argmax(axis=1)
        wrong = np.flatnonzero(predictions != split.labels)
        found = [one for one in network["mistakes"] if one["part"] == part]
        assert {one["number"] for one in found} == set(wrong.tolist())
        for one in found:
            assert one["suggested_class"] == str(predictions[one["number"]])
            assert one["certainty"] == pytest.approx(probabilities[one["number"]].max(), rel=1e-4)
        certainties = [one["certainty"] for one in found]
        assert certainties == sorted(certainties, reverse=True)
        heading = f"most confident mistakes, {part}: {len(wrong):,} of {len(split.labels):,} images"
        assert heading in output
    assert "Most confident mistakes" in Path("explore-digits.html").read_text()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("minst", "no data set and no folder 'minst': did you mean mnist?"),
        ("xyz", "'xyz': expected mnist, fashion_mnist, "),
        ("", "expected a DATASET, a folder of images or the RUN of a trained network"),
        ("digits --out page.pdf", "argument --out: expected a name that ends with .html"),
        ("digits --csv --json", "standard output has --csv already"),
        (". --image_dir .", "argument --image_dir: . is a folder, too"),
        ("digits --model_save_path x --image_size 9", "argument --image_size: not with"),
    ],
    ids=["typing error", "nonsense", "nothing", "page", "outputs", "two folders", "network"],
)
def test_wrong_arguments_are_one_line(command, capsys, flags, message):
    with pytest.raises(SystemExit) as error:
        command(*flags.split())
    assert error.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("folder --image_dir nowhere", "nowhere: No such file or directory"),
        ("folder", "data set folder: expected --image_dir DIR"),
        ("empty", "empty: an empty folder; expected a sub-folder with pictures for each class"),
        ("hollow", "class a: no pictures in hollow/a"),
        ("digits --image_size 9", "--image_size goes with the data set folder, not with digits"),
        ("digits --model_save_path nowhere.h5", "nowhere.h5: No such file or directory"),
        ("digits --out nowhere/a.html", "nowhere/a.html: No such file or directory"),
    ],
    ids=["missing", "no folder", "empty", "hollow", "flag", "network", "page"],
)
def test_what_cannot_be_done_is_one_line(command, capsys, tmp_path, flags, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "hollow" / "a").mkdir(parents=True)
    assert command(*flags.split()) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lenet-explore: ")
    assert message in line


def test_a_network_for_other_images_is_refused(command, digits_run, photos, capsys):
    with pytensor.config.change_flags(floatX="float32"):
        assert command(photos, "--model_save_path", digits_run) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "none of the classes 0, 1" in line


def test_without_a_network_pytensor_is_not_imported(photos, tmp_path):
    code = (
        f"import sys; from lenet.commands.explore import main; main([{str(photos)!r}, '--epsilon', '0.2']); "
        "print('pytensor' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "LENET_DATA_DIR": str(tmp_path),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "False"


def test_the_commands_of_the_guide_are_understood(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    guide = (ROOT / "docs" / "images.md").read_text()
    commands = re.findall(r"(?:^|`)lenet-explore ([^`\n]+)(?:`|$)", guide, flags=re.MULTILINE)
    assert len(commands) == 4
    for flags in commands:
        assert explore.parse_arguments(flags.split()).dataset == "folder"


def test_a_rare_class_is_named_in_the_text_the_page_and_the_json(command, tmp_path, capsys):
    images, labels = all_images()
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        if label != 2 or number % 8 == 0:
            write(tmp_path / "photos" / NAMES[label] / f"{number:03d}.png", image)
    assert command("photos", *FLAGS, "--json", "found.json", "--out", "page.html") == 0
    line = json.loads(Path("found.json").read_text())["imbalance"]
    assert line.startswith(f"{NAMES[2]} has ")
    assert line in capsys.readouterr().out
    assert f"Warning: {line}" in Path("page.html").read_text()


def test_warnings_of_the_files_are_on_the_page_and_in_the_json(command, photos, capsys):
    for path in (photos / "cat").glob("*.png"):
        Image.open(path).save(path.with_suffix(".bmp"))
        path.unlink()
    assert command(photos, *FLAGS, "--json", "found.json", "--out", "page.html") == 0
    (line,) = json.loads(Path("found.json").read_text())["warnings"]
    assert line.startswith("kind of file differs between classes: ")
    assert line in capsys.readouterr().err
    assert f"Warning: {line}" in Path("page.html").read_text()
