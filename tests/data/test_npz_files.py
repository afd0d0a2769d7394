"""npz files as NumPy writes them, and damaged or hostile ones."""

import io
import zipfile

import numpy as np
import pytest

from lenet import limits
from lenet.data.npz_files import open_npz
from lenet.errors import DataError
from tests.dataset_makers import zip_bytes


def npy(header, data=b""):
    """Return a file in the npy format with a header of any text."""
    text = header.ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


def read(path, name="x"):
    with open_npz(path) as arrays:
        return arrays.array(name)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array([1, 2, 3], ">i4"),
        np.array(["cat", "d\xf6g"]),
        np.array([True, False]),
    ],
    ids=["bytes", "fortran", "big-endian", "texts", "truth"],
)
def test_what_numpy_writes_is_read(tmp_path, save, array):
    save(tmp_path / "a.npz", x=array, other=np.zeros(3))
    found = read(tmp_path / "a.npz")
    np.testing.assert_array_equal(found, array)
    assert found.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")
    with open_npz(tmp_path / "a.npz") as arrays:
        assert arrays.names == ["x", "other"]


HEADER = "{'descr': '|u1', 'fortran_order': False, 'shape': %s, }"


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (
            npy(HEADER % "(10,)", bytes(9)),
            r"x of the shape \(10,\) claims 10 bytes, of which the file has 9",
        ),
        (npy(HEADER % "(10,)", bytes(11)), "claims 10 bytes, of which the file has 11"),
        (npy(HEADER % "(1<<60,)"), "not a valid file"),
        (npy(HEADER % f"({1 << 60},)", bytes(8)), "claims 1,152,921,504,606,846,976 bytes"),
        (npy(HEADER % f"(0, {1 << 60})"), "expected numbers along"),
        (npy(HEADER % ("(1, " * 1 + "1," * 9 + ")"), b"x"), "expected numbers along 1 to 8 axes"),
        (
            npy(HEADER.replace("|u1", "|O") % "(1,)", b"12345678"),
            "Python objects are not unpickled",
        ),
        (npy(HEADER.replace("'|u1'", "[('a', 'u1')]") % "(1,)", b"1"), "expected numbers"),
        (npy("__import__('os').system('false')"), "not a valid file"),
        (b"\x93NUMPY\x02\x00" + bytes(4), "in version 2 of the npy format, expected 1"),
        (b"nothing", "not a valid file"),
        (b"", "not a valid file"),
    ],
    ids=[
        *("short", "long", "expression", "huge", "none", "axes", "objects", "fields", "code"),
        *("version", "text", "empty"),
    ],
)
def test_what_claims_too_much_is_refused(tmp_path, member, message):
    (tmp_path / "a.npz").write_bytes(zip_bytes({"x.npy": member}))
    with pytest.raises(DataError, match=message) as error:
        read(tmp_path / "a.npz")
    assert str(error.value).isprintable()


def test_objects_are_not_unpickled(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{}], object))
    with pytest.raises(DataError, match="Python objects are not unpickled"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("cut", [10, 60, -10])
def test_a_truncated_file_is_refused(tmp_path, cut):
    np.savez_compressed(tmp_path / "a.npz", x=np.arange(1000))
    data = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(data[:cut])
    with pytest.raises(DataError, match=r"a\.npz: "):
        read(tmp_path / "a.npz")


def test_a_damaged_array_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.arange(1000))
    data = bytearray((tmp_path / "a.npz").read_bytes())
    data[4000] ^= 1
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(DataError, match="CRC"):
        read(tmp_path / "a.npz")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(1 << 20, np.uint8))
    monkeypatch.setattr(limits, "ARRAY_BYTES", 1 << 19)
    with pytest.raises(
        DataError, match=r"x\.npy unpacks to 1,048,704 bytes, more than the 524,288"
    ):
        read(tmp_path / "a.npz")


def test_all_arrays_together_have_a_limit(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", x=np.zeros(3000, np.uint8), y=np.zeros(3000, np.uint8))
    monkeypatch.setattr(limits, "ARRAY_BYTES", 5000)
    with open_npz(tmp_path / "a.npz") as arrays:
        arrays.array("x")
        with pytest.raises(DataError, match="more than the 2,000 that are read"):
            arrays.array("y")


def test_a_long_table_of_contents_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.npz").write_bytes(zip_bytes({f"{k}.npy": b"" for k in range(300)}))
    monkeypatch.setattr(limits, "ZIP_TABLE_BYTES", 10_000)
    with pytest.raises(DataError, match="its table of contents is longer than 10,000 bytes"):
        read(tmp_path / "a.npz")


def test_other_ways_to_pack_are_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(zip_bytes({"x.npy": bytes(100)}, zipfile.ZIP_LZMA))
    with pytest.raises(DataError, match="packed by another method than deflate"):
        read(tmp_path / "a.npz")
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    (tmp_path / "a.npz").write_bytes(buffer.getvalue())
    with pytest.raises(DataError, match="not a valid file"):
        read(tmp_path / "a.npz")
