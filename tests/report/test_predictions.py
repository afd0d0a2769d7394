import numpy as np

from lenet.data.dataset import Split
from lenet.data.indexed_images import IndexedImages, Source
from lenet.report.predictions import prediction_rows


def test_each_image_of_each_split_has_its_line(tmp_path):
    base = np.zeros((4, 1, 8, 8), np.uint8)
    sources = [Source(tmp_path / "a.png", None), *(Source(tmp_path / "b.tif", k) for k in range(3))]
    on_disk = Split(IndexedImages(base, np.array([3, 0]), sources), np.array([1, 0]))
    in_memory = Split(base[:1], np.array([1]))
    table = np.array([[0.25, 0.75], [0.125, 0.875], [2 / 3, 1 / 3]])
    header, *rows = prediction_rows(
        {"validation": on_disk, "test": in_memory}, table, ["cat", "dog"]
    )
    assert header[:7] == ["part", "image", "file", "page", "class", "predicted", "probability"]
    assert header[7:] == ["probability of cat", "probability of dog"]
    assert rows == [
        ["validation", 0, str(tmp_path / "b.tif"), "3", "dog", "dog", "0.75", "0.25", "0.75"],
        ["validation", 1, str(tmp_path / "a.png"), "", "cat", "dog", "0.875", "0.125", "0.875"],
        ["test", 0, "", "", "dog", "cat", "0.666667", "0.666667", "0.333333"],
    ]
