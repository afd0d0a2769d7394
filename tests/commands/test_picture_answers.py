import numpy as np
import pytest
from PIL import Image

from lenet.commands.picture_answers import (
    Picture,
    answer,
    answers_of_pictures,
    entries,
    table_rows,
    write_boxes,
)
from lenet.data.dataset import DIGIT_NAMES

NO_IMAGE = np.zeros((1, 28, 28), np.uint8)


def shares(**of_digits):
    """Return probabilities of the ten digits: what is not given is shared by the others."""
    given = {int(name[1:]): share for name, share in of_digits.items()}
    found = np.full(10, (1 - sum(given.values())) / (10 - len(given)))
    found[list(given)] = list(given.values())
    return found


def pictures_of(*names, box=None):
    return [Picture(name, NO_IMAGE, True, True, box) for name in names]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"d4": 0.98}, "4 (98.0 %)"),
        ({"d4": 0.8, "d9": 0.2}, "4 (80.0 %)"),
        ({"d4": 0.79, "d9": 0.2}, "4 (79.0 %), unsure"),
        ({"d4": 0.47, "d9": 0.2}, "4 (47.0 %), unsure"),
        ({"d4": 0.47, "d9": 0.41}, "4 (47.0 %), unsure: or 9 (41.0 %)"),
    ],
)
def test_low_and_torn_probabilities_are_marked(found, expected):
    assert answer(shares(**found), DIGIT_NAMES, 1) == f"Predicted Number: {expected}"


def test_what_is_named_anyway_is_not_named_twice():
    found = shares(d4=0.47, d9=0.41)
    assert answer(found, DIGIT_NAMES, 2) == "Predicted Number: 4 (47.0 %), 9 (41.0 %), unsure"


def test_other_classes_are_named_as_they_are():
    found = np.array([0.5, 0.3, 0.2])
    assert answer(found, ("cat", "dog", "fox"), 1) == "cat 50.0 %, unsure: or dog 30.0 %"


def test_several_digits_of_a_picture_are_one_answer():
    found = np.stack([shares(d3=0.99), shares(d1=0.5, d7=0.4), shares(d4=0.9), shares(d8=0.95)])
    pictures = pictures_of("a.png", "b.png", "b.png", "c.png")
    assert answers_of_pictures(pictures, found, DIGIT_NAMES, 1) == [
        ("a.png", ["Predicted Number: 3 (99.0 %)"]),
        (
            "b.png",
            ["Predicted Numbers: 1 4", "  1 (50.0 %), unsure: or 7 (40.0 %)", "  4 (90.0 %)"],
        ),
        ("c.png", ["Predicted Number: 8 (95.0 %)"]),
    ]


def test_tables_have_boxes_where_there_are_any():
    found = np.stack([shares(d3=0.99), shares(d1=0.5)])
    without, _, _ = table_rows(pictures_of("a.png", "b.png"), found, DIGIT_NAMES)
    assert without == ["file", "prediction", "probability", *DIGIT_NAMES]
    pictures = [*pictures_of("a.png"), *pictures_of("b.png", box=(1, 2, 30, 40))]
    header, first, second = table_rows(pictures, found, DIGIT_NAMES)
    assert header == [*without, "left", "top", "right", "bottom"]
    assert first[:3] == ["a.png", "3", 0.99]
    assert first[-4:] == [None] * 4
    assert second[-4:] == [1, 2, 30, 40]


def test_entries_tell_what_is_doubtful():
    found = np.stack([shares(d3=0.99), shares(d1=0.5)])
    sure, unsure = pictures_of("a.png", "a.png", box=(1, 2, 30, 40))
    first, second = entries([sure, unsure._replace(doubt="cut off")], found, DIGIT_NAMES)
    assert first["box"] == (1, 2, 30, 40)
    assert (first["unsure"], first["doubt"]) == (False, None)
    assert (second["unsure"], second["doubt"]) == (True, "cut off")
    assert second["probabilities"]["1"] == 0.5


def test_boxes_are_drawn_around_the_digits(tmp_path):
    (tmp_path / "other").mkdir()
    sources = [tmp_path / "page.png", tmp_path / "other" / "page.jpg"]
    for path in sources:
        Image.new("L", (400, 300), 220).save(path)
    pictures = [
        Picture("page.png", NO_IMAGE, box=(100, 100, 150, 180), source=(sources[0], 0)),
        Picture("page.png", NO_IMAGE, box=(300, 100, 340, 180), source=(sources[0], 0)),
        Picture("page.jpg", NO_IMAGE, box=(10, 10, 60, 80), source=(sources[1], 0)),
    ]
    write_boxes(tmp_path / "seen" / "here", pictures, ["4", "2", "7"])
    files = sorted(path.name for path in (tmp_path / "seen" / "here").iterdir())
    assert files == ["page-2-boxes.png", "page-boxes.png"]
    with Image.open(tmp_path / "seen" / "here" / "page-boxes.png") as image:
        seen = np.asarray(image).astype(int)
    assert seen.shape == (300, 400, 3)
    red = seen[..., 0] - seen[..., 1] > 80
    for left, right in ((100, 150), (300, 340)):
        assert red[140, left - 6 : left].any()
        assert red[140, right : right + 6].any()
        assert not red[105:175, left + 2 : right - 2].any()
        assert red[60:94, left:right].any()  # the text
    assert not red[200:].any()


def test_small_pictures_are_enlarged(tmp_path):
    Image.new("L", (28, 28), 0).save(tmp_path / "a.png")
    picture = Picture("a.png", NO_IMAGE, box=(0, 0, 28, 28), source=(tmp_path / "a.png", 0))
    write_boxes(tmp_path, [picture], ["4"])
    with Image.open(tmp_path / "a-boxes.png") as seen:
        assert min(seen.size) >= 200


def test_what_is_rejected_is_none_of_the_classes():
    found = np.array([shares(d4=0.98), shares(d4=0.47, d9=0.41)])
    rejected = np.array([False, True])
    one, other = pictures_of("one", "other")
    given = ([one, other], found, DIGIT_NAMES)
    assert answers_of_pictures(*given, 1, rejected) == [
        ("one", ["Predicted Number: 4 (98.0 %)"]),
        ("other", ["Predicted Number: none of these, most like 4 (47.0 %)"]),
    ]
    assert [row[1] for row in table_rows(*given, is_rejected=rejected)] == [
        "prediction",
        "4",
        "none of these",
    ]
    assert [(e["prediction"], e["rejected"]) for e in entries(*given, rejected)] == [
        ("4", False),
        ("none of these", True),
    ]
    assert "rejected" not in entries(*given)[0]


def test_a_class_may_be_called_none_of_these():
    names = ("none of these", "cat")
    pictures = pictures_of("one")
    rows = table_rows(pictures, np.array([[0.5, 0.5]]), names, is_rejected=np.array([True]))
    assert rows[1][1] == "(none of these)"


def test_several_digits_have_a_question_mark_for_what_is_rejected():
    found = np.array([shares(d4=0.98), shares(d9=0.5)])
    pictures = pictures_of("form", "form")
    ((_, lines),) = answers_of_pictures(pictures, found, DIGIT_NAMES, 2, np.array([False, True]))
    assert lines[0] == "Predicted Numbers: 4 ?"
    assert lines[2].startswith("  none of these, most like 9 (50.0 %), ")
