"""What a network sees in pictures, mostly through `main`."""

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

from lenet.commands import predict
from lenet.data.mnist_style import centre_digit
from lenet.evaluation.calibration import tempered
from lenet.input_pipeline import load_digits
from lenet.runs.saved_model import SavedModel
from tests.model_files import edited

ROOT = Path(__file__).parents[2]


@pytest.fixture
def command(digits_run, monkeypatch, tmp_path):
    """Call `main` with the trained network from an empty folder."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    with pytensor.config.change_flags(floatX="float32"):
        yield lambda *flags, model=digits_run: predict.main(
            ["--model_save_path", str(model), "--input_image", *flags]
        )


@pytest.fixture(scope="module")
def answers(digits_model):
    """What the network says of the first test images, which are already as it takes them."""
    return digits_model.probabilities(load_digits().test.images[:6])


def answered(found):
    """Return the answer with these probabilities."""
    second, best = found.argsort()[-2:]
    mark = "" if found[best] >= 0.8 else ", unsure"
    if mark and found[second] >= found[best] / 2:
        mark += f": or {second}"
    return f"Predicted Number: {best} ({100 * found[best]:.1f} %){mark}"


def digit(k):
    return load_digits().test.images[k, 0]


def save(pixels, path):
    Path(path).parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(path)


def scan(k, ink=150, paper=220):
    """Return a digit in dark ink somewhere on a light page of another size."""
    page = np.full((200, 160), float(paper))
    page[40:152, 30:142] -= ink / 255 * digit(k).repeat(4, axis=0).repeat(4, axis=1)
    return page.astype(np.uint8)


def test_answers_to_versions_of_a_picture_are_averaged(command, digits_model, capsys):
    save(digit(2), "two.png")
    (found,) = digits_model.probabilities(load_digits().test.images[2:3], tta=True)
    assert command("two.png", "--tta") == 0
    assert capsys.readouterr().out == f"{answered(found)}\n"


def test_one_picture_is_one_line(command, answers, capsys):
    save(digit(2), "two.png")
    assert command("two.png") == 0
    output, errors = capsys.readouterr()
    assert output == f"{answered(answers[2])}\n"
    assert errors == ""


def test_several_pictures_are_named(command, answers, capsys):
    for k in range(3):
        save(digit(k), f"folder/{k}.png")
    save(digit(3), "three.bmp")
    assert command("folder", "thr*.bmp") == 0
    lines = capsys.readouterr().out.splitlines()
    names = ["folder/0.png", "folder/1.png", "folder/2.png", "three.bmp"]
    assert lines == [f"{name}: {answered(answers[k])}" for k, name in enumerate(names)]


def test_it_runs_by_its_name(digits_run, answers, tmp_path):
    save(digit(1), tmp_path / "one.tif")
    result = subprocess.run(
        [
            sys.executable,
            *("-m", "lenet", "predict"),
            str(digits_run),
            "one.tif",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"{answered(answers[1])}\n"
    assert result.stderr == ""


@pytest.mark.parametrize("invert", ["auto", "yes", "no"])
@pytest.mark.parametrize("dark", [False, True], ids=["light-on-dark", "dark-on-light"])
def test_pictures_are_inverted_when_asked_or_needed(command, answers, capsys, invert, dark):
    save(255 - digit(0) if dark else digit(0), "a.png")
    assert command("a.png", "--invert", invert, "--json") == 0
    output, errors = capsys.readouterr()
    (found,) = json.loads(output)
    inverted = invert == "yes" or (invert == "auto" and dark)
    assert found["inverted"] is inverted
    expected = "lenet-predict: inverted to light on dark: a.png (see --invert)\n"
    assert errors == (expected if inverted else "")
    as_learnt = inverted == dark
    close = np.allclose(list(found["probabilities"].values()), answers[0], atol=1e-4)
    assert close is as_learnt


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "16.png", "float.tif"])
def test_digits_anywhere_on_a_page_are_found(command, digits_model, capsys, name):
    # A digit 20 pixels high looks unlike those that the network has learnt, which it does not always read right.
    cut = np.stack([centre_digit(digit(k)[np.newaxis], 28) for k in range(24)])
    answers = digits_model.probabilities(cut)
    for k in range(24):
        page = scan(k)
        if name == "16.png":
            page = page.astype(np.uint16) * 257
        elif name == "float.tif":
            page = page.astype(np.float32) / 255
        save(page, f"pages/{k:02}{name}")
    assert command("pages") == 0
    output, errors = capsys.readouterr()
    found = re.findall(r"Number: (\d) ", output)
    agree = np.mean([int(text) == p.argmax() for text, p in zip(found, answers, strict=True)])
    assert agree >= 5 / 6
    assert f"inverted to light on dark: pages/00{name}, " in errors
    assert "digit cut out, scaled and centred, as the images of digits are" in errors
    assert "and 21 more (see --no_centre)" in errors


def written(*chosen):
    """Return a page with digits in a line, dark on light."""
    page = np.full((150, 100 * len(chosen) + 40), 220.0)
    for place, k in enumerate(chosen):
        left = 20 + 100 * place
        page[20:132, left : left + 112] -= 0.6 * digit(k).repeat(4, axis=0).repeat(4, axis=1)
    return page.astype(np.uint8)


def test_several_digits_are_read_in_turn(command, capsys):
    chosen = (3, 0, 4)
    save(written(*chosen), "line.png")
    save(digit(1), "one.png")
    assert command("line.png", "--json", "--csv", "line.csv", "--boxes", "seen") == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["file"] for entry in found] == ["line.png"] * 3
    lefts = [entry["box"][0] for entry in found]
    assert lefts == sorted(lefts)
    rows = list(csv.DictReader(Path("line.csv").read_text().splitlines()))
    assert [int(row["left"]) for row in rows] == lefts
    assert [path.name for path in Path("seen").iterdir()] == ["line-boxes.png"]
    numbers = " ".join(entry["prediction"] for entry in found)
    for names in (["line.png"], ["line.png", "one.png"]):
        assert command(*names) == 0
        output, errors = capsys.readouterr()
        lines = output.splitlines()
        prefix = "line.png: " if len(names) > 1 else ""
        assert lines[0] == f"{prefix}Predicted Numbers: {numbers}"
        for line, entry in zip(lines[1:4], found, strict=True):
            assert line.startswith(f"  {entry['prediction']} ({100 * entry['probability']:.1f} %)")
        assert len(lines) == 3 + len(names)
        assert errors.count("line.png") == 2  # inverted, and cut out


def test_what_shows_no_digit_is_one_line(command, capsys):
    rng = np.random.default_rng(1)
    save(rng.integers(0, 255, (90, 90)).astype(np.uint8), "noise.png")
    assert command("noise.png") == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("lenet-predict: noise.png: shows no digit, ")
    assert errors.count("\n") == 1


def test_a_digit_at_the_border_is_doubtful(command, capsys):
    page = np.full((200, 160), 220, np.uint8)
    page[:100, 70:84] = page[86:100, 70:120] = 40
    save(page, "cut.png")
    assert command("cut.png") == 0
    errors = capsys.readouterr().err
    assert (
        "lenet-predict: doubtful, ink reaches the border, where it may be cut off: cut.png\n"
        in errors
    )


def test_a_small_picture_is_centred_if_it_is_off(command, capsys):
    columns = np.flatnonzero(digit(1).max(axis=0) > 30)
    moved = np.roll(digit(1), 27 - columns[-1], axis=1)
    save(moved, "off.png")
    assert command("off.png", "--json") == 0
    output, errors = capsys.readouterr()
    assert json.loads(output)[0]["centred"] is True
    assert "centred" in errors


def test_centring_can_be_switched_off(command, capsys):
    save(scan(0), "a.png")
    assert command("a.png", "--no_centre", "--json") == 0
    output, errors = capsys.readouterr()
    assert json.loads(output)[0]["centred"] is False
    assert "centred" not in errors


def test_pictures_that_are_not_square_are_framed_or_stretched(command, answers, capsys):
    save(digit(0).repeat(2, axis=1), "wide.png")
    found = []
    for flags in ([], ["--stretch"], ["--stretch", "--no_stretch"]):
        assert command("wide.png", "--no_centre", "--json", *flags) == 0
        (entry,) = json.loads(capsys.readouterr().out)
        found.append(list(entry["probabilities"].values()))
    framed, stretched, framed_again = found
    assert framed_again == framed
    np.testing.assert_allclose(stretched, answers[0], atol=0.05)
    assert not np.allclose(framed, answers[0], atol=0.05)


def test_pictures_are_classified_some_at_a_time(command, answers, capsys, monkeypatch):
    sizes, probabilities = [], SavedModel.probabilities

    def noted(model, images, batch_size, tta):
        sizes.append((len(images), batch_size))
        return probabilities(model, images, batch_size, tta)

    monkeypatch.setattr(SavedModel, "probabilities", noted)
    for k in range(3):
        save(digit(k), f"{k}.png")
    assert command("0.png", "1.png", "2.png", "--batch_size", "2") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{k}.png: {answered(answers[k])}" for k in range(3)]
    assert sizes == [(3, 2)]


def test_the_backend_is_the_one_asked_for(command, asked_backends):
    save(digit(0), "a.png")
    assert command("a.png", "--backend", "numba", "--threads", "3") == 0
    assert asked_backends == [("numba", 3)]


def test_the_most_probable_classes(command, answers, capsys):
    save(digit(4), "a.png")
    assert command("a.png", "--top", "3") == 0
    best = np.argsort(-answers[4])[:3]
    expected = ", ".join(f"{k} ({100 * answers[4][k]:.1f} %)" for k in best)
    assert (
        capsys.readouterr().out.removesuffix(", unsure\n").strip()
        == f"Predicted Number: {expected}"
    )
    assert command("a.png", "--top", "99") == 0
    assert capsys.readouterr().out.count("%") == 10


def test_other_classes_have_names(command, answers, digits_run, tmp_path, capsys):
    other = tmp_path / "other.h5"
    other.write_bytes((digits_run / "model.h5").read_bytes())
    names = [f"animal {k}" for k in range(10)]
    with edited(other) as file:
        file.attrs["class_names"] = names
    save(digit(0), "a.png")
    save(255 - digit(0), "inverted.png")
    assert command("a.png", model=other) == 0
    best = answers[0].argmax()
    mark = "" if answers[0][best] >= 0.8 else ", unsure"
    assert capsys.readouterr().out == f"{names[best]} {100 * answers[0][best]:.1f} %{mark}\n"
    assert command("a.png", "--boxes", "seen", model=other) == 1
    assert capsys.readouterr().err == (
        "lenet-predict: --boxes: the network has learnt no digits; leave the flag out\n"
    )
    # What is no digit is neither inverted nor cut out unasked.
    assert command("inverted.png", "--json", model=other) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["inverted"], found["centred"]) == (False, False)
    assert list(found["probabilities"]) == names


@pytest.mark.parametrize("to_file", [True, False], ids=["file", "output"])
def test_tables(command, answers, capsys, to_file):
    for k in range(2):
        save(digit(k), f"{k}.png")
    assert command("0.png", "1.png", "--csv", *(["out.csv"] if to_file else [])) == 0
    output = capsys.readouterr().out
    assert ("Predicted Number" in output) is to_file
    text = Path("out.csv").read_text() if to_file else output
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == ["file", "prediction", "probability", *"0123456789"]
    for k, row in enumerate(rows[1:]):
        assert row[:2] == [f"{k}.png", str(answers[k].argmax())]
        np.testing.assert_allclose([float(v) for v in row[3:]], answers[k], atol=1e-4)
        assert float(row[2]) == max(float(v) for v in row[3:])


@pytest.mark.parametrize("flags", [("--all_pages",), ("--pages", "all")], ids=" ".join)
def test_pages(command, answers, capsys, flags):
    pages = [Image.fromarray(digit(k)) for k in range(3)]
    pages[0].save("a.tif", save_all=True, append_images=pages[1:])
    assert command("a.tif", *flags) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"a.tif page {k + 1}: {answered(answers[k])}" for k in range(3)]


def test_what_cannot_be_read_does_not_stop_the_rest(command, answers, capsys):
    save(digit(0), "good.png")
    Path("bad.png").write_bytes(b"no picture")
    save(np.full((50, 50), 255, np.uint8), "blank.png")
    assert command("bad.png", "missing.png", "*.xyz", "blank.png", "good.png") == 1
    output, errors = capsys.readouterr()
    assert output == f"good.png: {answered(answers[0])}\n"
    starts = [
        "bad.png: not a",
        "missing.png: No such file",
        "*.xyz: no file",
        "blank.png: shows no",
    ]
    lines = errors.splitlines()
    assert len(lines) == 4
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(f"lenet-predict: {start}")


def test_strict_refuses_all_if_one_cannot_be_read(command, capsys):
    save(digit(0), "pictures/a.png")
    Path("pictures/b.png").write_bytes(b"no picture")
    assert command("pictures") == 1
    output, errors = capsys.readouterr()
    assert output.startswith("pictures/a.png: Predicted Number")
    assert errors.startswith("lenet-predict: pictures/b.png: not a")
    assert command("pictures", "--strict") == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.startswith("lenet-predict: pictures/b.png: not a")
    assert errors.endswith("; --strict refuses all pictures then\n")


def test_what_a_folder_has_beside_pictures_is_counted_by_kind(command, capsys):
    save(digit(0), "pictures/a.png")
    for name in ("a.svg", "b.SVG", "notes.txt", ".hidden.svg"):
        Path("pictures", name).write_bytes(b"")
    expected = "lenet-predict: pictures: 3 files are no pictures that can be read: 2 .svg, 1 .txt\n"
    assert command("pictures") == 0
    assert capsys.readouterr().err == expected
    assert command("pictures", "--strict") == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert "2 .svg, which --strict refuses; the first: pictures/a.svg" in errors
    Path("pictures/a.svg").unlink()
    Path("pictures/b.SVG").unlink()
    assert command("pictures", "--strict") == 0  # notes are no pictures


def test_the_run_and_the_pictures_need_no_flag(digits_run, answers, capsys, command):
    save(digit(2), "two.png")
    save(digit(3), "three.png")
    run = str(digits_run)
    both = [f"{name}: {answered(answers[k])}" for k, name in ((2, "two.png"), (3, "three.png"))]
    for flags in (
        [run, "two.png", "three.png"],
        [run, "two.png", "--threads", "1", "three.png"],
        [f"{run}/model.h5", "two.png", "--input_image", "three.png"],
        ["two.png", "three.png", "--model_save_path", run],
    ):
        assert predict.main(flags) == 0
        output, errors = capsys.readouterr()
        assert (output.splitlines(), errors) == (both, "")


def test_the_newest_run_is_taken_if_none_is_named(digits_run, answers, capsys, command):
    save(digit(2), "two.png")
    for age, name in enumerate(("course/last", "first")):
        model = Path("runs", name, "model.h5")
        model.parent.mkdir(parents=True)
        model.write_bytes((digits_run / "model.h5").read_bytes() if not age else b"older")
        os.utime(model, (1e9 - age, 1e9 - age))
    assert predict.main(["two.png"]) == 0
    output, errors = capsys.readouterr()
    assert output == f"{answered(answers[2])}\n"
    assert errors == "lenet-predict: the newest run is taken: runs/course/last\n"


def test_nothing_to_classify(command, capsys):
    assert command("missing.png") == 1
    output, errors = capsys.readouterr()
    assert output == ""
    assert errors.count("\n") == 1


def test_a_missing_model_is_one_line(command, capsys):
    save(digit(0), "a.png")
    assert command("a.png", model="nowhere") == 1
    errors = capsys.readouterr().err
    assert errors == "lenet-predict: nowhere: No such file or directory; expected a model.h5 file\n"


def test_results_that_cannot_be_written_are_one_line(command, capsys):
    save(digit(0), "a.png")
    assert command("a.png", "--csv", "no/such/folder.csv") == 1
    assert (
        capsys.readouterr().err == "lenet-predict: no/such/folder.csv: No such file or directory\n"
    )


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--input_image"],
        ["--model_save_path", "m"],
        ["m.h5"],
        ["m.h5", "--model_save_path", "m", "a.png"],
        ["nowhere", "a.png"],
        ["--model_save_path", "m", "--input_image", "a", "--invert", "maybe"],
        ["--model_save_path", "m", "--input_image", "a", "--top", "0"],
        ["--model_save_path", "m", "--input_image", "a", "--csv", "--json"],
        ["--model_save_path", "m", "--input_image", "a", "--csv", "-", "--json"],
        ["--model_save_path", "m", "--input_image", "a", "--unknown"],
    ],
    ids=" ".join,
)
def test_a_wrong_flag_is_one_line_and_status_2(flags, capsys):
    with pytest.raises(SystemExit) as end:
        predict.main(flags)
    assert end.value.code == 2
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert errors.startswith("lenet-predict: error: ")


def test_help_explains_what_is_done_to_pictures(capsys):
    with pytest.raises(SystemExit) as end:
        predict.main(["--help"])
    assert end.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for words in (
        "light on dark",
        "20 x 20 pixels",
        "--no_centre",
        "examples:",
        "exit status is 1",
    ):
        assert words in text


def test_unsure_answers_are_rejected_and_probabilities_calibrated(command, digits_model, capsys):
    path = Path("nine.png")
    Image.fromarray(load_digits().test.images[0, 0]).save(path)
    assert command(str(path), "--json") == 0
    (before,) = json.loads(capsys.readouterr().out)
    assert command(str(path), "--json", "--calibrated", "--reject") == 0
    (after,) = json.loads(capsys.readouterr().out)
    shares = digits_model.probabilities(load_digits().test.images[:1])
    temperature = digits_model.fit.temperature
    expected = shares if temperature is None else tempered(shares, temperature)
    np.testing.assert_allclose(list(after["probabilities"].values()), expected[0], atol=2e-6)
    is_rejected = shares.max() < digits_model.fit.threshold_for(0.01)
    assert after["rejected"] == is_rejected
    assert after["prediction"] == ("none of these" if is_rejected else before["prediction"])
