import gzip
import io
import pickle
import tarfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from lenet import limits
from lenet.data import cifar_files
from lenet.data.cifar_files import read_cifar
from lenet.errors import DataError
from tests.dataset_makers import CLASSES, cifar_batches, published_pickle, tar_bytes


@pytest.mark.parametrize("keys", [str, bytes])
@pytest.mark.parametrize("form", ["folder", "gz", "tar", "nested"])
def test_cifar10_is_read_from_folder_and_archive(tmp_path, keys, form):
    files, arrays = cifar_batches([3, 1, 2, 1, 2, 4], keys)
    if form == "folder":
        path = tmp_path
        for name, data in files.items():
            (tmp_path / name).write_bytes(data)
    else:
        path = tmp_path / "cifar.tar"
        prefix = "./a/cifar-10-batches-py/" if form == "nested" else "cifar-10-batches-py/"
        # In the archive's order, which is not that of the names.
        members = {prefix + name: files[name] for name in reversed(files)}
        path.write_bytes(tar_bytes(members, "" if form == "tar" else "gz"))
    batches, names = read_cifar(path)
    assert names == tuple(CLASSES)
    for name, (images, labels) in arrays.items():
        np.testing.assert_array_equal(batches[name][0], images)
        np.testing.assert_array_equal(batches[name][1], labels)
        assert batches[name][1].dtype == np.int32


def test_cifar10_without_names_or_with_a_batch_missing(tmp_path):
    files, _ = cifar_batches([1] * 6)
    del files["batches.meta"]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert read_cifar(tmp_path)[1] == ()
    (tmp_path / "data_batch_3").unlink()
    with pytest.raises(DataError, match="lacks data_batch_3"):
        read_cifar(tmp_path)


ROWS = np.zeros((2, 3072), np.uint8)
# A few bytes as a pickle, 2**100 elements as an array.
NESTED: list = []
for _ in range(100):
    NESTED = [NESTED, NESTED]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1], "holds a list, expected a dict"),
        ({"data": ROWS}, "lacks the entry 'labels'"),
        ({"data": ROWS[:, :-1], "labels": [1, 2]}, r"images of shape \(2, 3071\)"),
        ({"data": ROWS.astype(float), "labels": [1, 2]}, "type float64, expected"),
        ({"data": ROWS, "labels": [1]}, "1 labels for 2 images"),
        ({"data": ROWS, "labels": [1, 10]}, "labels from 1 to 10"),
        ({"data": ROWS, "labels": [-1, 1]}, "labels from -1 to 1"),
        ({"data": ROWS, "labels": ["a", "b"]}, "a list where an array or a list of integers"),
        ({"data": [[1], [2]], "labels": [1, 2]}, "a list where an array or a list of integers"),
        ({"data": NESTED, "labels": [1, 2]}, "its objects hold one another again and again"),
    ],
    ids=[
        *("list", "no-labels", "short", "float", "count", "ten", "negative", "names"),
        *("lists", "nested"),
    ],
)
def test_a_batch_of_something_else_is_refused(tmp_path, content, message):
    files, _ = cifar_batches([1] * 6)
    files["data_batch_2"] = pickle.dumps(content)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=message) as error:
        read_cifar(tmp_path)
    assert str(tmp_path / "data_batch_2") in str(error.value)


@pytest.mark.parametrize("cut", [0, 1, 100, -20], ids=["empty", "one", "start", "end"])
def test_a_truncated_archive_is_refused(tmp_path, cut):
    files, _ = cifar_batches([1] * 6)
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(tar_bytes({f"c/{name}": data for name, data in files.items()})[:cut])
    with pytest.raises(DataError, match=r"cifar-10-python\.tar\.gz") as error:
        read_cifar(path)
    assert "\n" not in str(error.value)


def test_a_truncated_batch_is_refused(tmp_path):
    files, _ = cifar_batches([1] * 6)
    files["test_batch"] = files["test_batch"][:500]
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match="test_batch"):
        read_cifar(tmp_path)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(tmp_path, kind):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("cifar-10-batches-py/data_batch_1")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(DataError, match="is a link or a device"):
        read_cifar(path)


def test_nothing_in_an_archive_is_written_anywhere(tmp_path):
    files, arrays = cifar_batches([1] * 6)
    members = {f"c/{name}": data for name, data in files.items()}
    members |= {"../outside": b"x", str(tmp_path / "absolute"): b"x"}
    inner = tmp_path / "inner"
    inner.mkdir()
    path = inner / "cifar-10-python.tar.gz"
    path.write_bytes(tar_bytes(members))
    before = sorted(tmp_path.rglob("*"))
    batches, _ = read_cifar(path)
    np.testing.assert_array_equal(batches["test_batch"][0], arrays["test_batch"][0])
    assert sorted(tmp_path.rglob("*")) == before


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 100_000)
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(tar_bytes({"c/zeros": b"\0" * 100_001}))
    with pytest.raises(DataError, match="unpacks to more than 100000 bytes"):
        read_cifar(path)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME], ids=["pax", "gnu"])
def test_a_header_that_claims_any_length_is_refused(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(limits, "UNPACKED_BYTES", 1 << 20)
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, 100 << 20
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(
        gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(header.size), compresslevel=1)
    )
    tracemalloc.start()
    with pytest.raises(DataError, match="unpacks to more than 1048576 bytes"):
        read_cifar(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 << 20


def test_a_sparse_file_is_refused(tmp_path):
    member = tarfile.TarInfo("data_batch_1")
    member.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "data_batch_1",
        "GNU.sparse.realsize": str(1 << 40),
    }
    sparse_map = b"0\n".ljust(512, b"\0")
    member.size = len(sparse_map)
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(member.tobuf(tarfile.PAX_FORMAT) + sparse_map + bytes(1024))
    with pytest.raises(DataError, match="data_batch_1 is a link or a device, expected a file"):
        read_cifar(path)


def test_a_wrong_checksum_at_the_end_of_an_archive_is_noticed(tmp_path):
    files, _ = cifar_batches([1] * 6)
    data = bytearray(tar_bytes({f"c/{name}": data for name, data in files.items()}))
    data[-8] ^= 1
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(data)
    with pytest.raises(DataError, match="truncated or corrupt"):
        read_cifar(path)


def test_an_error_is_one_line_whatever_a_file_says(tmp_path):
    hostile = b"\x80\x04\x8c\x05os\ntx\x8c\x03a\nb\x93."
    with pytest.raises(DataError, match=r"asks for os\\ntx\.a\\nb, which") as error:
        cifar_files.cifar_batch(hostile, tmp_path)
    assert "\n" not in str(error.value)


def test_class_names_must_be_names(tmp_path):
    files, _ = cifar_batches([1] * 6)
    files["batches.meta"] = published_pickle({"label_names": [1] * 10})
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=r"batches\.meta: label_names is not a list of names"):
        read_cifar(tmp_path)


@pytest.mark.parametrize("name", ["\ud800", b"\xed\xa0\x80", b"\xff"], ids=repr)
def test_class_names_that_no_file_can_keep_are_refused(name):
    entries = published_pickle({"label_names": [name, *"123456789"]})
    with pytest.raises(DataError, match=r"batches\.meta: .*Unicode(En|De)codeError") as error:
        cifar_files.cifar_class_names(entries, Path("batches.meta"))
    assert str(error.value).isprintable()


def test_odd_class_names_are_escaped():
    names = ["\x1b[31m", "two\nlines", "\u202eright", "na\u00efve", *"456789"]
    entries = published_pickle({"label_names": names})
    found = cifar_files.cifar_class_names(entries, Path("batches.meta"))
    assert found == (r"\x1b[31m", r"two\nlines", r"\u202eright", "na\u00efve", *"456789")


def test_arrays_of_python_2_are_rebuilt(tmp_path):
    rows = np.arange(2 * 3072).astype(np.uint8).reshape(2, 3072)
    # Python 2 had no bytes: there, what is SHORT_BINBYTES and BINBYTES here were strings.
    data = (
        b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
        b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + rows.nbytes.to_bytes(4, "little")
        + rows.tobytes()
        + b"tbU\x06labels](K\x07K\x03eu."
    )
    images, labels = cifar_files.cifar_batch(data, tmp_path)
    np.testing.assert_array_equal(images.reshape(2, -1), rows)
    assert labels.tolist() == [7, 3]
