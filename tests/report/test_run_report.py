import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from lenet.report.confused import ConfusedPair
from lenet.report.html import table_html
from lenet.report.run_report import (
    FEW_EPOCHS,
    MOST_EPOCHS,
    UNKNOWN,
    ReportData,
    classes_html,
    thinned,
    write_report,
)
from tests.report.test_html import Page

HOSTILE = '</td><script>alert("1")</script>&amp;<img src=http://x.example/y>\x00\udcff'
PNG = b"\x89PNG\r\n\x1a\nnot looked into"
DATA = ReportData(
    title="LeNet on digits",
    dataset="digits: 10 images",
    typed=["lenet-train --dataset digits", "lenet-train --resume 'a run'"],
    facts={"began": "2026-11-28 18:01:47 UTC", "versions": "lenet 1.0"},
    command="lenet-train --dataset digits --lr 0.01",
    flags={"lwidth": [16, 31], "lr": 0.01, "threads": None},
    epochs=[("epoch", "cost"), *((str(n), f"{1 / n:.4f}") for n in range(1, 10))],
    best_epoch=9,
    validation_error=0.0168,
    test_error=0.0203,
    layers=[("layer", "output"), ("conv1", "16 x 12 x 12")],
    class_names=("cat", "dog"),
    confusion=np.array([[3, 1], [0, 4]]),
    learning_curves=PNG + b"1",
    confusion_matrix=PNG + b"2",
    filters=PNG + b"3",
    worst_mistakes=PNG + b"4",
    augmentation=PNG + b"5",
)


def written(tmp_path, data=DATA):
    path = tmp_path / "report.html"
    write_report(path, data)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    return Page(path.read_text(encoding="utf-8"))


def test_the_report_has_all_of_a_run(tmp_path):
    page = written(tmp_path)
    shown = " ".join(page.texts)
    for expected in (DATA.title, DATA.dataset, DATA.command, "1.68 %", "2.03 %"):
        assert expected in shown
    for typed in DATA.typed:
        assert typed in "".join(page.texts)
    for row in (
        ["lwidth", "16 31"],
        ["began", "2026-11-28 18:01:47 UTC"],
        ["versions", "lenet 1.0"],
        ["9", "0.1111"],
        ["conv1", "16 x 12 x 12"],
        ["cat", "4", "100.00 %", "75.00 %", "85.71 %"],
        ["dog", "4", "80.00 %", "100.00 %", "88.89 %"],
    ):
        assert row in page.rows


def test_pictures_are_part_of_the_file(tmp_path):
    sources = [value for name, value in written(tmp_path).attributes if name == "src"]
    prefix = "data:image/png;base64,"
    pictures = {base64.b64decode(source.removeprefix(prefix)) for source in sources}
    assert pictures == {PNG + digit for digit in (b"1", b"2", b"3", b"4", b"5")}


def test_errors_have_their_intervals_and_wrong_cells_their_images(tmp_path):
    pairs = [ConfusedPair("cat <1>", "dog", 1200, PNG + b"6")]
    intervals = {"validation_interval": "0.88 to 3.18 %", "test_interval": "1.12 to 3.64 %"}
    page = written(tmp_path, replace(DATA, confused=pairs, **intervals))
    for interval in intervals.values():
        assert interval in page.texts
    assert ["cat <1>", "dog", "1,200"] in page.rows
    assert ("alt", "images of cat <1> taken for dog") in page.attributes


def test_nothing_is_fetched_from_elsewhere(tmp_path):
    page = written(tmp_path)
    assert not {"script", "link", "iframe", "object", "a"} & set(page.tags)
    assert not {"href", "onload", "srcset"} & {name for name, _ in page.attributes}
    text = (tmp_path / "report.html").read_text()
    assert not re.search(r"https?:|//|@import|url\(", re.sub(r"base64,[^\"]*", "", text))
    assert "default-src 'none'" in text


def test_a_run_that_has_not_learnt_is_warned_of_before_its_curves(tmp_path):
    texts = written(tmp_path, replace(DATA, problem="the cost <grows>; try --lr 0.1")).texts
    (warning,) = (text for text in texts if "Warning" in text)
    assert warning == "Warning: the cost <grows>; try --lr 0.1"
    assert texts.index("validation error") < texts.index(warning) < texts.index("Learning curves")
    assert not any("Warning" in text for text in written(tmp_path).texts)


def test_what_is_not_there_is_left_out(tmp_path):
    data = replace(DATA, test_error=None, worst_mistakes=None, filters=None, augmentation=None)
    page = written(tmp_path, data)
    assert page.tags.count("img") == 2
    assert "Augmentation" not in page.texts
    assert not any("mistakes" in text for text in page.texts)
    assert "\N{EN DASH}" in page.texts


def test_hostile_text_is_only_text(tmp_path):
    data = replace(
        DATA,
        title=HOSTILE,
        dataset=HOSTILE,
        problem=HOSTILE,
        typed=[HOSTILE, HOSTILE],
        facts={HOSTILE: HOSTILE},
        command=HOSTILE,
        flags={HOSTILE: [HOSTILE], "lwidth": HOSTILE},
        epochs=[(HOSTILE, HOSTILE), *[(HOSTILE, HOSTILE)] * 9],
        layers=[(HOSTILE, HOSTILE), (HOSTILE, HOSTILE)],
        class_names=(HOSTILE, HOSTILE),
    )
    page = written(tmp_path, data)
    assert page.tags.count("img") == 5
    assert "script" not in page.tags
    visible = HOSTILE[:-2] + r"\x00\udcff"
    assert page.texts.count(visible) >= 10


@pytest.mark.parametrize("n", [1, 20])
def test_there_is_a_row_for_each_class(tmp_path, n):
    names = [f"class {i}" for i in range(n)]
    data = replace(DATA, class_names=names, confusion=np.zeros((n, n), int))
    rows = [row for row in written(tmp_path, data).rows if row[0] in names]
    assert rows == [[name, "0", *["\N{EN DASH}"] * 3] for name in names]


def test_what_was_typed_comes_before_the_numbers_and_all_flags_are_folded(tmp_path):
    page = written(tmp_path)
    whole = "".join(page.texts)
    places = [whole.index(text) for text in (DATA.title, *DATA.typed, "1.68 %", DATA.command)]
    places[0] = whole.index(DATA.title, places[0] + len(DATA.title))  # the first is in the head
    assert places == sorted(places)
    text = (tmp_path / "report.html").read_text()
    assert text.index("<details>") < text.index("lr 0.01") < text.index("</details>")


def test_a_run_that_does_not_know_what_was_typed_says_so(tmp_path):
    page = written(tmp_path, replace(DATA, typed=[], facts={}))
    assert any("not stored" in text for text in page.texts)
    assert DATA.command in "".join(page.texts)


@pytest.mark.parametrize(("n", "best"), [(1, 1), (12, 3), (13, 13), (40, 9), (2500, 1234)])
def test_the_epochs_are_in_the_open_or_folded_and_the_best_is_marked(tmp_path, n, best):
    epochs = [("epoch", "cost"), *((f"number {k}", "1") for k in range(1, n + 1))]
    page = written(tmp_path, replace(DATA, epochs=epochs, best_epoch=best))
    names = [row[0] for row in page.rows if row[0].startswith("number ")]
    if n <= FEW_EPOCHS:
        assert names == [name for name, _ in epochs[1:]]
    else:
        cut = len(names) - min(n, MOST_EPOCHS)
        few, more = names[:cut], names[cut:]
        assert len(few) <= FEW_EPOCHS
        assert len(more) == len(set(more)) == min(n, MOST_EPOCHS)
        for shown in (few, more):
            assert {"number 1", f"number {best}"} <= set(shown)
        assert more[-1] == f"number {n}"
    marked = re.findall('<tr class="marked"><td>([^<]*)', (tmp_path / "report.html").read_text())
    assert set(marked) == {f"number {best}"}
    assert len(marked) == (1 if n <= FEW_EPOCHS else 2)


@pytest.mark.parametrize(("n", "most"), [(5, 5), (6, 5), (13, 12), (1000, 12), (10**6, 1000)])
def test_thinned_numbers_are_even_and_keep_the_ends_and_one_more(n, most):
    for kept in (0, 1, n // 3, n - 1):
        numbers = thinned(n, most, kept)
        assert len(numbers) <= most
        assert {0, kept, n - 1} <= set(numbers)
        assert numbers == sorted(set(numbers))
        steps = np.diff([k for k in numbers if k != kept])
        assert steps.max() <= 2 * np.ceil((n - 1) / (most - 2))


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone/report\.html"):
        write_report(tmp_path / "gone" / "report.html", DATA)


def test_of_many_classes_those_of_the_lowest_recall_come_first():
    header = ("class", "images", "precision", "recall", "F1")
    rows = [header] + [(f"c{k}", "9", "1.00 %", f"{100 - k:.2f} %", "1.00 %") for k in range(30)]
    rows[5] = ("c4", "0", UNKNOWN, UNKNOWN, UNKNOWN)
    page = classes_html(rows)
    first, rest = page.split("<details>")
    assert "The 10 of 30 classes with the lowest recall." in first
    assert first.index("c29") < first.index("c20")
    assert "c19" not in first
    assert all(f">c{k}<" in rest for k in range(30))
    assert classes_html(rows[:5]) == table_html(rows[:5])
