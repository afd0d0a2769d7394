import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from lenet.report.html import ReportData, write_comparison, write_report

HOSTILE = '</td><script>alert("1")</script>&amp;<img src=http://x.example/y>\x00\udcff'
PNG = b"\x89PNG\r\n\x1a\nnot looked into"
VOID = {"meta", "img"}
DATA = ReportData(
    title="LeNet on digits",
    dataset="digits: 10 images",
    command="lenet-train --dataset digits",
    flags={"lwidth": [16, 31], "lr": 0.01, "threads": None},
    versions={"lenet": "1.0"},
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


class Page(HTMLParser):
    """Tags, attributes and cells of a page, in which each tag must be closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.rows, self.texts = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)
        self.texts.append(data)


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
    for row in (
        ["lwidth", "16 31"],
        ["lenet", "1.0"],
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


def test_nothing_is_fetched_from_elsewhere(tmp_path):
    page = written(tmp_path)
    assert not {"script", "link", "iframe", "object", "a"} & set(page.tags)
    assert not {"href", "onload", "srcset"} & {name for name, _ in page.attributes}
    text = (tmp_path / "report.html").read_text()
    assert not re.search(r"https?:|//|@import|url\(", re.sub(r"base64,[^\"]*", "", text))
    assert "default-src 'none'" in text


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
        command=HOSTILE,
        flags={HOSTILE: [HOSTILE], "lwidth": HOSTILE},
        versions={HOSTILE: HOSTILE},
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


def test_a_comparison_has_a_table_and_its_curves(tmp_path):
    path = tmp_path / "comparison.html"
    write_comparison(path, "Two <runs>", [("run", "test %"), (HOSTILE, "1.00")], PNG)
    page = Page(path.read_text(encoding="utf-8"))
    assert "Two <runs>" in page.texts
    assert page.tags.count("img") == 1
    assert ["run", "test %"] in page.rows
    assert "script" not in page.tags


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone/report\.html"):
        write_report(tmp_path / "gone" / "report.html", DATA)
