"""Files that take text and bytes, as those of Python 2 did."""

import csv
import io
import pickle
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lenet.theano_compat.python2.builtins import call_function
from lenet.theano_compat.python2.files import Unpickler, load, loads, open_python2, write_text_too
from tests.theano_compat.python2.programs import value_of


def test_text_goes_into_a_file_of_bytes_a_byte_a_letter(tmp_path):
    with open_python2(tmp_path / "log", "wb") as file:
        file.write("\xe9")
        print("a", 1, file=file)
        csv.writer(file, lineterminator="\n").writerow([2, "b"])
        file.write(b"\x00")
    assert (tmp_path / "log").read_bytes() == b"\xe9a 1\n2,b\n\x00"
    with open_python2(tmp_path / "log", "ab") as file:
        file.write("\u20ac")  # no byte
    assert (tmp_path / "log").read_bytes()[-4:] == b"\x00\xe2\x82\xac"


def test_a_file_that_is_read_and_written(tmp_path):
    with open_python2(tmp_path / "both", "w+b") as file:
        file.write("\xe9\n")
        file.write(b"b")
        file.seek(0)
        assert file.read() == b"\xe9\nb"
    with open_python2(tmp_path / "both", "r+") as file:
        assert file.read() == "\udce9\nb"


def test_files_for_a_time(python2_process):
    pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")
    write_text_too()
    with tempfile.NamedTemporaryFile() as file:
        assert value_of(
            "f.write('a b\\nc'); f.seek(0); x = f.readline().split(), f.read()", f=file
        ) == (
            ["a", "b"],
            "c",
        )
        file.flush()
        assert Path(file.name).read_bytes() == b"a b\nc"
    assert not Path(file.name).exists()
    with tempfile.TemporaryFile() as file:
        np.save(file, np.arange(3))
        file.write("end")
        file.seek(0)
        assert np.load(file).tolist() == [0, 1, 2]
        assert file.read() == b"end"
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("a")


@pytest.mark.parametrize("protocol", [0, 2])
def test_pickles_go_through_files_of_text(tmp_path, protocol):
    value = {"a": [1, 2.5, "\xe9"]}
    with open_python2(tmp_path / "value", "w") as file:
        pickle.dump(value, file, protocol)
    with open_python2(tmp_path / "value") as file:
        assert load(file) == value
    with open_python2(tmp_path / "value") as file:
        assert Unpickler(file).load() == value
    assert loads(pickle.dumps(value, 0).decode("latin1")) == value


def test_bytes_that_python3_has_pickled_for_python2_are_text():
    """As in copies of CIFAR-10 that were written by Python 3."""
    value = {
        b"data": np.arange(3, dtype="uint8"),
        b"letters": np.frombuffer(b"abc", "uint8"),
        b"raw": b"\xff\x00",
    }
    found = loads(pickle.dumps(value, 2))
    assert list(found) == ["data", "letters", "raw"]
    assert {type(each) for each in found} == {str}
    assert found["data"].tolist() == [0, 1, 2]
    assert found["letters"].tolist() == [97, 98, 99]
    assert bytes(found["raw"]) == b"\xff\x00"


def test_bytes_of_no_encoding_are_read_and_written_as_they_are(tmp_path):
    (tmp_path / "old").write_bytes(b"caf\xe9\n")
    with open_python2(tmp_path / "old") as file, open_python2(tmp_path / "new", "w") as copy:
        copy.write(file.read())
    assert (tmp_path / "new").read_bytes() == b"caf\xe9\n"
    with open_python2(tmp_path / "old") as file, open_python2(tmp_path / "new", "wb") as copy:
        copy.write(file.read())
    assert (tmp_path / "new").read_bytes() == b"caf\xe9\n"
    with open_python2(tmp_path / "old", encoding="utf-8") as file, pytest.raises(UnicodeError):
        file.read()


def test_text_and_bytes_keep_their_order(tmp_path):
    with open_python2(tmp_path / "mixed", "w") as file:
        file.write("a")
        file.write(b"b")
        file.write("c")
    assert (tmp_path / "mixed").read_bytes() == b"abc"


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_file_that_nobody_holds_is_closed(tmp_path):
    open_python2(tmp_path / "left", "w").write("a")
    open_python2(tmp_path / "left", "ab").write("b")
    assert (tmp_path / "left").read_bytes() == b"ab"


def refusal(function, *arguments):
    """Return what a function says of arguments that it does not take."""
    try:
        function(*arguments)
    except ValueError as error:
        return str(error)
    raise AssertionError(arguments)


def test_it_may_stand_for_open(tmp_path, monkeypatch):
    monkeypatch.setattr("builtins.open", open_python2)
    with open(tmp_path / "new", "w") as file:
        file.write(b"1")
    with open(tmp_path / "new") as file:
        assert file.read() == "1"


def test_all_else_is_as_in_python_3(tmp_path):
    (tmp_path / "lines").write_bytes(b"1\r\n2\n")
    with open_python2(tmp_path / "lines", "rU") as file:
        assert list(file) == ["1\n", "2\n"]
    with open_python2(tmp_path / "lines", "rb") as file:
        assert file.read() == b"1\r\n2\n"
    for arguments in (("wb", -1, "utf-8"), ("wrong",), ("rw",)):
        refused = [refusal(each, tmp_path / "new", *arguments) for each in (open, open_python2)]
        assert refused[0] == refused[1]
    with pytest.raises(FileNotFoundError):
        open_python2(tmp_path / "no" / "file", "w")


def test_bytes_in_memory_take_text():
    file = call_function(io.BytesIO, "a\xe9")
    assert isinstance(file, io.BytesIO)
    assert file.read() == b"a\xe9"
    file.write("b")
    assert file.getvalue() == b"a\xe9b"
    assert call_function(io.BytesIO).getvalue() == b""


@pytest.mark.parametrize("mode", ["w+", "w"])
def test_bytes_go_into_files_of_text_and_come_back(tmp_path, python2_process, mode):
    write_text_too()
    with open_python2(tmp_path / "bytes", mode) as file:
        pickle.dump([1], file, 2)
        file.write("text\n")
        file.write(b"\x00\xff")
    assert (tmp_path / "bytes").read_bytes() == pickle.dumps([1], 2) + b"text\n\x00\xff"
    with open_python2(tmp_path / "bytes", "r+") as file:
        assert load(file) == [1]
        file.seek(0)
        pickle.dump([2], file, 2)
        file.seek(0)
        assert load(file) == [2]
    with open_python2(tmp_path / "zip", mode) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "b")
    with open_python2(tmp_path / "zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.read("a") == b"b"
    with open_python2(tmp_path / "array", mode) as file:
        np.savez(file, a=np.arange(3))
    with open_python2(tmp_path / "array") as file:
        assert np.load(file)["a"].tolist() == [0, 1, 2]
    with open_python2(tmp_path / "lines", "w+") as file:
        file.write("one\ntwo\nthree\n")
        file.seek(0)
        assert file.readline() == "one\n"
        file.write(b"2")  # after what was read, not after what was read ahead
    assert (tmp_path / "lines").read_bytes() == b"one\n2wo\nthree\n"
