"""MAT-files as SciPy writes them, and damaged or hostile ones."""

import struct
import zlib

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from lenet import limits
from lenet.data.mat_files import read_mat
from lenet.errors import DataError

HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(shape, data, name=b"X", array_class=9, kind=2, size=None):
    """Return an array of bytes as a MAT-file has it, with any claims."""
    parts = element(6, struct.pack("<II", array_class, 0))
    parts += element(5, struct.pack(f"<{len(shape)}i", *shape)) + element(1, name)
    size = len(data) if size is None else size
    return (
        struct.pack("<II", 14, len(parts) + 8 + len(data))
        + parts
        + struct.pack("<II", kind, size)
        + data
    )


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        np.arange(6.0).reshape(2, 3) / 7,
        np.arange(6, dtype=np.int16).reshape(3, 2) - 3,
        np.ones((1, 1), np.float32),
        np.array([[3]], np.uint8),
    ],
    ids=["bytes", "double", "int16", "single", "small"],
)
def test_what_scipy_writes_is_read(tmp_path, compress, array):
    content = {"text": "not wanted", "X": array, "y": np.zeros((2, 2))}
    savemat(tmp_path / "a.mat", content, do_compression=compress)
    found = read_mat(tmp_path / "a.mat", ("X",))
    np.testing.assert_array_equal(found["X"], loadmat(tmp_path / "a.mat")["X"])
    assert found.keys() == {"X"}


def test_the_forged_files_are_as_scipy_reads_them(tmp_path):
    (tmp_path / "a.mat").write_bytes(HEADER + matrix((2, 3), bytes(range(6))))
    expected = loadmat(tmp_path / "a.mat")["X"]
    np.testing.assert_array_equal(read_mat(tmp_path / "a.mat", ("X",))["X"], expected)


BOMB = zlib.compress(matrix((1 << 30,), b"", size=1 << 30) + bytes(1 << 20))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a MAT-file of version 5"),
        (b"MATLAB 7.3 MAT-file" + bytes(200), "of version 7.3; save it with MATLAB's -v7"),
        (b"\x89HDF\r\n\x1a\n" + bytes(200), "of version 7.3"),
        (HEADER, "no array X in it"),
        (HEADER + b"\0" * 4, "truncated or corrupt"),
        (HEADER + matrix((2, 3), bytes(6))[:-3], "truncated or corrupt"),
        (HEADER + matrix((2, 3), bytes(6), name=b"Z"), "no array X"),
        (HEADER + matrix((2, 4), bytes(6)), r"of the shape \(2, 4\) claims 8 bytes, but has 6"),
        (HEADER + matrix((-2, -3), bytes(6)), r"has the shape \(-2, -3\), expected numbers"),
        (HEADER + matrix((), b""), "expected numbers"),
        (HEADER + matrix((1 << 30, 1 << 30), b""), "claims 1,152,921,504,606,846,976 bytes"),
        (HEADER + matrix((1,) * 9, b"x"), "an array with an element of type 5 and 36 bytes"),
        (HEADER + matrix((2, 3), bytes(6), array_class=1), "no array of real numbers"),
        (HEADER + matrix((2, 3), bytes(6), kind=77), "no array of real numbers"),
        (HEADER + matrix((2, 3), bytes(6), name=b"X" * 99), "element of type 1 and 99 bytes"),
        (
            HEADER + element(15, zlib.compress(matrix((2, 3), bytes(6)))[:-9]),
            "truncated or corrupt",
        ),
        (HEADER + element(15, b"nothing at all"), "truncated or corrupt"),
        (HEADER + element(15, BOMB), "claims 1,073,741,824 bytes"),
        (HEADER + struct.pack("<II", 15, 0xFFFFFFFF) + b"x", "truncated or corrupt"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, data, message):
    (tmp_path / "a.mat").write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        read_mat(tmp_path / "a.mat", ("X",))
    assert str(error.value).isprintable()


def test_no_more_is_unpacked_than_is_claimed(tmp_path, monkeypatch):
    savemat(tmp_path / "a.mat", {"X": np.zeros((1000, 1000), np.uint8)}, do_compression=True)
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 100_000)
    with pytest.raises(DataError, match="claims 1,000,000 bytes"):
        read_mat(tmp_path / "a.mat", ("X",))
