"""What `benchmarks.paper_digits` counts, and that its pictures show what they should."""

import json

import numpy as np
import pytest
from PIL import Image

from benchmarks import paper_digits
from lenet.input_pipeline import load_digits


@pytest.mark.parametrize(
    ("found", "expected", "right"),
    [
        ([[3], [4]], [[3], [5]], 1),
        ([[3, 1], [4]], [[3, 1], [4, 4]], 2),  # one too few: none of them counts
        ([[1, 3, 1]], [[3, 1]], 0),
        ([[], [7]], [[], []], 1),  # no digit is seen where none is
    ],
)
def test_digits_count_if_as_many_are_found(found, expected, right):
    assert paper_digits.n_right(found, expected) == right


@pytest.mark.parametrize("setting", [*paper_digits.SETTINGS, *paper_digits.NO_DIGITS])
def test_a_seed_decides_the_pictures(setting):
    images, labels = (np.asarray(part) for part in load_digits().test)
    (first, again), (other, _) = (
        [paper_digits.drawn(images, labels, setting, seed, 6)[0] for _ in range(2)]
        for seed in (1, 2)
    )
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1]
    assert not np.array_equal(first[0], other[0])
    _, n_digits = paper_digits.SETTINGS.get(setting, (None, 0))
    assert len(first[1]) == n_digits
    assert first[0].dtype == np.uint8


def test_what_is_read_is_told_by_picture(monkeypatch, tmp_path):
    def main(flags):
        folder = flags[-2]
        entries = [
            {"file": f"{folder}/0001.png", "prediction": "4", "doubt": None, "unsure": True},
            {"file": f"{folder}/0001.png", "prediction": "2", "doubt": None, "unsure": False},
            {"file": f"{folder}/0002.png", "prediction": "7", "doubt": None, "unsure": False},
        ]
        print(json.dumps(entries))

    monkeypatch.setattr(paper_digits.predict, "main", main)
    pictures = [np.zeros((9, 9), np.uint8)] * 3
    assert paper_digits.read(tmp_path, pictures, tmp_path) == [[], [4, 2], [7]]
    Image.new("L", (9, 9)).save(tmp_path / "0003.png")
    assert paper_digits.tell_photos(tmp_path, tmp_path) == (
        "4 photographs: 2 refused, 1 doubtful or unsure, 1 taken for digits"
    )
