"""What is written of frames: times, lines, tables, captions."""

import argparse
import csv
import json
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from lenet.commands.film_outputs import ChangeLines, Seen, caption_of, clock, film_tables
from lenet.commands.picture_answers import Picture
from lenet.report.captions import Row

NAMES = ("cat", "dog", "fox")
NO_IMAGE = np.zeros((1, 2, 2), np.uint8)


def seen(number, *shares, boxes=None, rate=10):
    pictures = [
        Picture(f"frame {number}", NO_IMAGE, box=boxes and boxes[k]) for k in range(len(shares))
    ]
    return Seen(number, Fraction(number, rate), pictures, np.array(shares).reshape(-1, 3))


CAT, DOG = (0.9, 0.07, 0.03), (0.3, 0.6, 0.1)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0:00.00"),
        (2.4, "0:02.40"),
        (59.996, "1:00.00"),
        (61.5, "1:01.50"),
        (3723.4, "1:02:03.40"),
    ],
)
def test_times_are_those_of_players(seconds, shown):
    assert clock(Fraction(seconds)) == shown


def test_a_line_is_told_when_what_is_seen_changes():
    lines = ChangeLines(NAMES, 1)
    frames = [
        seen(0, CAT),
        seen(1, CAT),
        seen(2, DOG),
        seen(3),
        seen(4, CAT, DOG),
        seen(5, CAT, DOG),
    ]
    told = [lines.add(SimpleNamespace(time=each.time), each, True) for each in frames]
    assert told == [
        "0:00.00  cat 90.0 %",
        "",
        "0:00.20  dog 60.0 %, unsure: or cat 30.0 %",
        "0:00.30  no digit",
        "0:00.40  Predicted Numbers: cat dog",
        "",
    ]
    assert lines.summary(Fraction(10)) == (
        "6 frames, 0:00.60: cat in 33.3 %, cat dog in 33.3 %, dog in 16.7 %, no digit in 16.7 %"
    )


def test_frames_that_are_passed_over_are_not_counted_in():
    lines = ChangeLines(NAMES, 1)
    for k in range(10):
        last = seen(k - k % 5, CAT)
        lines.add(SimpleNamespace(time=Fraction(k, 10)), last, k % 5 == 0)
    assert lines.summary(Fraction(10)) == "2 of 10 frames, 0:01.00: cat in 100.0 %"


def flags(**given):
    return argparse.Namespace(**{"csv": None, "json": None, **given})


def test_tables_have_all_frames(tmp_path):
    box = (1, 2, 3, 4)
    paths = {kind: str(tmp_path / f"a.{kind}") for kind in ("csv", "json")}
    with film_tables(flags(**paths), NAMES, True) as add:
        for each in (seen(0, CAT, boxes=[box]), seen(1), seen(2, CAT, DOG, boxes=[box, None])):
            add(each)
        assert not list(tmp_path.glob("a.*"))
    header, *rows = csv.reader((tmp_path / "a.csv").read_text().splitlines())
    assert header == [
        *("frame", "time", "prediction", "probability", "cat", "dog", "fox"),
        *("left", "top", "right", "bottom"),
    ]
    assert rows[0] == ["0", "0.0", "cat", "0.9", "0.9", "0.07", "0.03", "1", "2", "3", "4"]
    assert rows[1] == ["1", "0.1", *[""] * 9]
    assert [row[:4] for row in rows[2:]] == [["2", "0.2", "cat", "0.9"], ["2", "0.2", "dog", "0.6"]]
    found = json.loads((tmp_path / "a.json").read_text())
    assert [(entry["frame"], entry["time"], entry["prediction"]) for entry in found] == [
        (0, 0.0, "cat"),
        (1, 0.1, None),
        (2, 0.2, "cat"),
        (2, 0.2, "dog"),
    ]
    assert found[0]["box"] == list(box)
    assert found[3]["unsure"] is True


@pytest.mark.parametrize("n", [0, 1, 3])
def test_json_on_standard_output_is_as_json_writes_it(capsys, n):
    with film_tables(flags(json="-"), NAMES, False) as add:
        for k in range(n):
            add(seen(k))
    output = capsys.readouterr().out
    found = json.loads(output)
    assert [entry["frame"] for entry in found] == list(range(n))
    if n:
        assert output == json.dumps(found, indent=2) + "\n"


def test_nothing_is_left_of_tables_that_fail(tmp_path):
    with (  # noqa: PT012
        pytest.raises(RuntimeError),
        film_tables(flags(csv=str(tmp_path / "a.csv")), NAMES, False) as add,
    ):
        add(seen(0, CAT))
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_captions_have_classes_and_boxes():
    of = {"class_names": NAMES, "size": (50, 40), "factor": 6}
    assert caption_of(seen(0), top=1, **of) == ([Row("no digit")], [])
    rows, boxes = caption_of(seen(0, DOG, boxes=[(1, 2, 3, 4)]), top=2, **of)
    assert rows == [Row("dog", 0.6, False), Row("cat", 0.3, False)]
    assert boxes == [((6, 12, 18, 24), "dog")]
    assert caption_of(seen(0, CAT, boxes=[(0, 0, 50, 40)]), top=1, **of) == ([Row("cat", 0.9)], [])
    rows, boxes = caption_of(seen(0, CAT, DOG, boxes=[(1, 2, 3, 4)] * 2), top=3, **of)
    assert rows == [Row("cat dog")]
    assert [text for _, text in boxes] == ["cat", "dog"]
