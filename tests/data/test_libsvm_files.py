"""LIBSVM's text format, by scikit-learn's writer and by hand."""

import bz2
import io

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file

from lenet import limits
from lenet.data.libsvm_files import read_libsvm
from lenet.errors import DataError


@pytest.mark.parametrize("pack", [bz2.compress, bytes], ids=["bz2", "plain"])
def test_what_scikit_learn_writes_is_read(tmp_path, pack):
    rng = np.random.default_rng(0)
    pixels, labels = rng.uniform(-1, 1, (7, 16)).round(3), np.arange(7) + 1
    buffer = io.BytesIO()
    dump_svmlight_file(pixels, labels, buffer, zero_based=False)
    (tmp_path / "a").write_bytes(pack(buffer.getvalue()))
    images, found = read_libsvm(tmp_path / "a", 16)
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_array_equal(images, np.rint((pixels + 1) / 2 * 255).astype(np.uint8))


def test_what_is_not_written_is_zero(tmp_path):
    (tmp_path / "a").write_bytes(b"3 1:-1 4:1 \n")
    np.testing.assert_array_equal(read_libsvm(tmp_path / "a", 4)[0], [[0, 128, 128, 255]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "holds no images|expected lines as"),
        (b"1 17:0.5\n", "expected lines as"),
        (b"1 0:0.5\n", "expected lines as"),
        (b"1 99999999999:0.5\n", "expected lines as"),
        (b"one 1:0.5\n", "expected lines as"),
        (b"1 1:x\n", "expected lines as"),
        (b"\xff\xfe\0", "expected lines as"),
        (b"1 1:1.5\n", "values beyond -1 to 1"),
        (b"1 1:nan\n", "values beyond -1 to 1"),
        (b"1.5 1:1\n", "labels that are no integers"),
        (b"inf 1:1\n", "labels that are no integers"),
        (b"1e99 1:1\n", "labels that are no integers"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, text, message):
    (tmp_path / "a").write_bytes(text)
    with pytest.raises(DataError, match=message) as error:
        read_libsvm(tmp_path / "a", 16)
    assert str(error.value).isprintable()


def test_a_bomb_and_very_many_lines_are_refused(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(bz2.compress(b"1\n" * 500_000))
    monkeypatch.setattr(limits, "TABLE_BYTES", 100_000)
    with pytest.raises(DataError, match="holds more than the 100000 bytes"):
        read_libsvm(tmp_path / "a", 256)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 1 << 20)
    with pytest.raises(DataError, match="500,001 lines, more than can be right"):
        read_libsvm(tmp_path / "a", 256)
