"""The kinds of files, told by their first bytes, and files that are damaged."""

import gzip
import io
import pickle
import tarfile
import zipfile

import numpy as np
import pytest

from lenet import limits
from lenet.errors import DataError
from lenet.importing.reader import read_model

W, B = np.arange(6, dtype="f4").reshape(2, 3), np.ones(3)


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def tar(name, data, kind=tarfile.REGTYPE):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for each in ("_pkl", name):
            member = tarfile.TarInfo(each)
            member.size, member.type = (len(data), kind) if kind == tarfile.REGTYPE else (0, kind)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def persistent(pids=None, **members):
    """Return a zip file of ``theano.misc.pkl_utils``, whose pickle names its members."""
    named = pids or [f"ndarray.{name}" for name in members]
    pids = b"".join(b"U" + bytes([len(pid)]) + pid.encode() + b"Q" for pid in named)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, value in members.items():
            with file.open(name, "w") as member:
                np.lib.format.write_array(member, value)
        file.writestr("pkl", b"\x80\x02(" + pids + b"l.")
    return buffer.getvalue()


def list_for_a_name():
    """Return a short file whose name of an array is a million lists in lists."""
    pickled = b"\x80\x02]q\x00"
    for k in range(20):
        pickled += b"](" + bytes([ord("h"), k]) * 2 + b"eq" + bytes([k + 1])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("pkl", pickled + b"Q.")
    return buffer.getvalue()


def names(path, data):
    path.write_bytes(data)
    return [(array.name, array.value.shape) for array in read_model(path).arrays]


def test_arrays_of_each_kind_of_file(tmp_path):
    path = tmp_path / "m"
    shapes = [(2, 3), (3,)]
    many = {f"arr_{k}": np.full(k + 1, k) for k in (10, 9, 1)}
    assert names(path, npz(**many)) == [("arr_1", (2,)), ("arr_9", (10,)), ("arr_10", (11,))]
    blocks = npz(**{"|mlp|linear_0.W": W, "|mlp|linear_0.b": B})
    assert names(path, tar("_parameters", blocks)) == list(
        zip(["/mlp/linear_0.W", "/mlp/linear_0.b"], shapes, strict=True)
    )
    assert names(path, persistent(W=W, b=B)) == list(zip("Wb", shapes, strict=True))
    assert names(path, pickle.dumps([W, B])) == list(zip(["[0]", "[1]"], shapes, strict=True))
    assert names(path, gzip.compress(pickle.dumps({"W": W}))) == [("[W]", (2, 3))]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no model that can be read"),
        (b"GIF89a", "no model that can be read"),
        (pickle.dumps([W])[:-30], "no model that can be read"),
        (pickle.dumps(["no", "arrays"]), "a pickle without arrays of numbers; expected a model by"),
        (npz(a=W)[:-40], "zip"),
        (npz(a=np.array(["text"])), "without arrays of numbers"),
        (persistent(["ndarray.X"], W=W), "X"),
        (persistent(["execute.W"], W=W), "asks for execute.W, expected an"),
        (list_for_a_name(), "m: asks for list, expected an array$"),
        (tar("other", b""), "a tar archive without _parameters"),
        (tar("_parameters", b"", tarfile.SYMTYPE), "is a link or a device"),
        (tar("_parameters", npz(a=W)[:99]), "zip"),
        (tar("_parameters", npz(a=W))[:700], "truncated or corrupt|tar archive without"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "not a complete HDF5 file"),
    ],
)
def test_damaged_files_are_one_line(data, message, tmp_path):
    path = tmp_path / "m"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        read_model(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: gzip.compress(bytes(1 << 20)),
        lambda: npz_of_zeros(1 << 20),
        lambda: tar("_parameters", npz_of_zeros(1 << 20)),
    ],
)
def test_bombs_are_not_unpacked(make, tmp_path, monkeypatch):
    path = tmp_path / "m"
    path.write_bytes(make())
    monkeypatch.setattr(limits, "IMPORT_BYTES", 100_000)
    with pytest.raises(DataError, match=r"100000|100,000"):
        read_model(path)


def npz_of_zeros(size):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.zeros(size, np.uint8))
    return buffer.getvalue()


def test_there_must_be_a_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_model(tmp_path / "none")
