import numpy as np

from lenet.data.dataset import Split
from lenet.data.indexed_images import IndexedImages, Source
from lenet.report.predictions import mistake_rows, prediction_rows


def test_each_image_of_each_split_has_its_line(tmp_path):
    base = np.zeros((4, 1, 8, 8), np.uint8)
    sources = [Source(tmp_path / "a.png", None), *(Source(tmp_path / "b.tif", k) for k in range(3))]
    on_disk = Split(IndexedImages(base, np.array([3, 0]), sources), np.array([1, 0]))
    in_memory = Split(base[:1], np.array([1]))
    table = np.array([[0.25, 0.75], [0.125, 0.875], [2 / 3, 1 / 3]])
    header, *rows = prediction_rows(
        {"validation": on_disk, "test": in_memory}, table, ["cat", "dog"]
    )
    assert header[:5] == ["part", "image", "file", "page", "digest"]
    assert header[5:8] == ["class", "predicted", "probability"]
    assert header[8:] == ["probability of cat", "probability of dog"]
    digests = [row.pop(4) for row in rows]
    assert len(set(digests)) == 1  # they are all black
    assert digests[0].startswith("x")
    assert rows == [
        ["validation", 0, str(tmp_path / "b.tif"), "3", "dog", "dog", "0.75", "0.25", "0.75"],
        ["validation", 1, str(tmp_path / "a.png"), "", "cat", "dog", "0.875", "0.125", "0.875"],
        ["test", 0, "", "", "dog", "cat", "0.666667", "0.666667", "0.333333"],
    ]


def test_of_many_classes_only_the_predicted_one_has_its_probability():
    split = Split(np.zeros((1, 1, 2, 2), np.uint8), np.array([1]))
    header, row = prediction_rows({"test": split}, np.array([[0.25, 0.75]]), ["a", "b"], 1)
    assert header[-1] == "probability"
    assert row[-1] == "0.75"
    assert len(row) == len(header)


def test_mistakes_are_in_the_order_of_the_cells():
    """Compared with a plain loop over the cells and the images in them."""
    rng = np.random.default_rng(0)
    table = rng.dirichlet(np.ones(3), 60)
    labels = rng.integers(0, 3, 60)
    parts = {
        "validation": Split(np.zeros((20, 1, 2, 2), np.uint8), labels[:20]),
        "test": Split(np.zeros((40, 1, 2, 2), np.uint8), labels[20:]),
    }
    header, *rows = mistake_rows(parts, table, ["a", "b", "c"])
    assert header[:3] == ["class", "predicted", "images of the cell"]
    cells = {}
    for k, (label, shares) in enumerate(zip(labels, table, strict=True)):
        if shares.argmax() != label:
            cells.setdefault((label, shares.argmax()), []).append((-shares.max(), k))
    expected = []
    for (truth, taken_for), found in sorted(cells.items(), key=lambda c: (-len(c[1]), *c[0])):
        for _, k in sorted(found):
            place = ("validation", k) if k < 20 else ("test", k - 20)
            expected.append(["abc"[truth], "abc"[taken_for], len(found), *place])
    assert [[*row[:3], *row[5:7]] for row in rows] == expected
    for row in rows:
        assert float(row[3]) > float(row[4])


def test_without_a_mistake_there_are_no_rows():
    split = Split(np.zeros((1, 1, 2, 2), np.uint8), np.array([0]))
    assert len(list(mistake_rows({"test": split}, np.array([[0.9, 0.1]]), ["a", "b"]))) == 1
