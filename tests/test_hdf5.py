"""HDF5 files that are made to harm: what is read lies in the file, as it is, and is no larger than it."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from lenet import hdf5, limits
from lenet.errors import CheckpointError
from lenet.hdf5 import HDF5Error, open_plain
from lenet.runs.checkpoint import load
from tests.model_files import edited

SAVED = Path(__file__).parent / "saved_files"
SECRET = bytes(range(7, 207))


@pytest.fixture
def path(tmp_path):
    """A small network, of which `fc_b` and the attribute `size` can be replaced."""
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "lenet model", "size": 28})
        file["fc_W"] = np.ones((3, 2), np.float32)
        file["state/rng"] = "{}"
    return path


def external(file, folder):
    (folder / "secret").write_bytes(SECRET)
    names = [(str(folder / "secret"), 0, 200)]
    file.create_dataset("fc_b", (50,), np.float32, external=names)


def virtual(file, folder):
    with h5py.File(folder / "other.h5", "w") as other:
        other["secret"] = np.frombuffer(SECRET, np.float32)
    layout = h5py.VirtualLayout((50,), np.float32)
    layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "secret", (50,))
    file.create_virtual_dataset("fc_b", layout)


def external_link(file, folder):
    virtual(file, folder)
    del file["fc_b"]
    file["fc_b"] = h5py.ExternalLink(str(folder / "other.h5"), "secret")


def put(name, value):
    return lambda file, folder: file.__setitem__(name, value)


def dataset(name, *arguments, **options):
    return lambda file, folder: file.create_dataset(name, *arguments, **options)


def attribute(name, value, dtype=None):
    return lambda file, folder: file.attrs.create(name, value, dtype=dtype)


def claimed(file, folder):
    """Add 6 GB that are nowhere."""
    how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    how.set_layout(h5py.h5d.CONTIGUOUS)
    how.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    space = h5py.h5s.create_simple((1_500_000_000,))
    h5py.h5d.create(file.id, b"fc_b", h5py.h5t.NATIVE_FLOAT, space, how)


def shared_often(file, folder):
    """Give the same megabyte a thousand names."""
    file["fc_b"] = np.zeros(1 << 18, np.float32)
    for number in range(1000):
        file[f"fc{number}_b"] = file["fc_b"]


def references(file, folder):
    file.create_dataset("fc_b", data=[file["fc_W"].ref], dtype=h5py.ref_dtype)


def regions(file, folder):
    file.create_dataset("fc_b", data=[file["fc_W"].regionref[:1]], dtype=h5py.regionref_dtype)


def triples(file, folder):
    file.create_dataset("fc_b", (2,), TRIPLE)[...] = np.ones((2, 3))


def lengths(file, folder):
    file.create_dataset("fc_b", (2,), h5py.vlen_dtype("f4"))[0] = [1, 2, 3]


def itself(file, folder):
    file["state/state"] = file["state"]


TRIPLE = np.dtype(("f4", (3,)))
PAIR = np.dtype([("a", "f4"), ("b", "f4")])
HOSTILE = {
    "external storage": (external, "'fc_b' has its values in other files"),
    "virtual": (virtual, "'fc_b' has its values in other files"),
    "external link": (external_link, "'fc_b' is a link to somewhere else"),
    "soft link": (put("fc_b", h5py.SoftLink("/fc_W")), "'fc_b' is a link to somewhere else"),
    "broken link": (put("fc_b", h5py.SoftLink("/fc_b")), "'fc_b' is a link to somewhere else"),
    "link to a file": (put("memory", h5py.ExternalLink("/etc/passwd", "/")), "a link to somewhere"),
    "claimed": (claimed, "claims 6,000,000,000 bytes, of which the file has 0"),
    "shared": (shared_often, "claim more bytes than"),
    "pieces": (dataset("fc_b", (1 << 30,), "f4", chunks=(1 << 20,)), "cut into pieces"),
    "gzip": (dataset("fc_b", data=np.zeros(9, "f4"), compression="gzip"), "is compressed or cut"),
    "checksummed": (dataset("fc_b", data=np.zeros(9, "f4"), fletcher32=True), "is compressed or"),
    "complex": (put("fc_b", np.ones(2, complex)), "of the type complex128; expected f4 or f8"),
    "integers": (put("fc_b", np.ones(2, int)), "of the type int64; expected f4 or f8"),
    "half": (put("fc_b", np.ones(2, np.float16)), "of the type float16; expected f4 or f8"),
    "long": (put("fc_b", np.ones(2, np.longdouble)), "of the type float128; expected|f4 or f8"),
    "bytes": (put("fc_b", np.array([b"one", b"two"])), r"of the type \|S3; expected f4 or f8"),
    "text": (put("fc_b", "one"), "of the type object; expected f4 or f8"),
    "compound": (put("fc_b", np.zeros(2, PAIR)), "expected f4 or f8"),
    "opaque": (put("fc_b", np.zeros(2, "V8")), "expected f4 or f8"),
    "array": (triples, "expected f4 or f8"),
    "enumeration": (put("fc_b", np.ones(2, bool)), "expected f4 or f8"),
    "lengths": (lengths, "expected f4 or f8"),
    "references": (references, "expected f4 or f8"),
    "regions": (regions, "expected f4 or f8"),
    "nothing": (put("fc_b", h5py.Empty("f4")), "'fc_b' has no axes"),
    "axes": (put("fc_b", np.ones((1,) * 9, "f4")), "'fc_b' has 9 axes"),
    "type": (put("fc_b", np.dtype("f4")), "'fc_b' is a Datatype; expected an array"),
    "group": (lambda file, folder: file.create_group("fc_b"), "neither a parameter nor a group"),
    "no group": (put("memory", np.ones(1, "f4")), "'memory' is neither a parameter nor a group"),
    "inner group": (
        lambda f, _: f.create_group("state/x"),
        "'state/x' is a group; expected a value",
    ),
    "loop": (itself, "in more than 7 groups"),
    "texts": (put("state/x", ["a", "b"]), r"has the shape \(2,\); expected one text"),
    "no UTF-8": (put("state/x", b"\xff"), "'state/x' is not text in UTF-8"),
    "name": (put("fc_b\n", np.ones(2, "f4")), r"the name 'fc_b\\n' is damaged"),
    "attribute of pairs": (attribute("x", np.zeros(2, PAIR)), "attribute 'x' is of the type"),
    "complex attribute": (attribute("x", 1j), "attribute 'x' is of the type complex128"),
    "long attribute": (attribute("x", np.longdouble(1)), "attribute 'x' is of the type float128"),
    "table": (attribute("x", np.zeros((2, 2))), "attribute 'x' is no number, text or list"),
    "empty attribute": (attribute("x", h5py.Empty("f4")), "attribute 'x' is no number, text"),
    "bytes that are no text": (attribute("x", b"\xff"), "attribute 'x' is not text in UTF-8"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_only_plain_numbers_and_text_are_read(path, tmp_path, name):
    change, message = HOSTILE[name]
    if name.startswith("long") and np.longdouble(0).itemsize != 16:
        pytest.skip("no type of so many bytes here")
    with h5py.File(path, "r+") as file:
        change(file, tmp_path)
    tracemalloc.start()
    with pytest.raises(CheckpointError, match=message) as error:
        load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 << 20
    assert "\n" not in str(error.value)


def test_this_process_checks_for_itself(path, tmp_path, monkeypatch):
    """Where no other process can be started, all but damage of HDF5's own structures is refused, too."""
    monkeypatch.setattr(hdf5, "PROBE", (str(tmp_path / "nowhere"),))
    assert load(path).attributes == {"size": 28}
    before = path.read_bytes()
    for name, (change, message) in HOSTILE.items():
        if name in ("long", "long attribute"):
            continue
        path.write_bytes(before)
        with h5py.File(path, "r+") as file:
            change(file, tmp_path)
        with pytest.raises(
            CheckpointError,
            match=message.replace("in more than 7 groups", "is a group; expected a value"),
        ):
            load(path)


def damaged(name):
    """Return a saved file whose texts HDF5 does not survive."""
    data = bytearray((SAVED / "last.h5").read_bytes())
    heap = data.index(b"GCOL")
    if name == "length":
        # The last digit of class_names claims 4 GB, somewhere else.
        data[5680:5688] = b"\xff" * 8
    elif name == "loop":
        # Objects without a size, one after the other, for ever.
        data[heap + 16 + 8 : heap + 16 + 16] = b"\xf0" + b"\xff" * 7
    return data


@pytest.mark.parametrize("name", ["length", "loop"])
def test_what_the_library_does_not_survive_is_one_line(tmp_path, monkeypatch, name):
    monkeypatch.setattr(limits, "HDF5_SECONDS", 4)  # the loop would end by its memory, later
    path = tmp_path / "last.h5"
    path.write_bytes(damaged(name))
    assert path.read_bytes() != (SAVED / "last.h5").read_bytes()
    with pytest.raises(CheckpointError, match=r"last\.h5: (not a complete HDF5 file|damaged)"):
        load(path)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os; os.abort()", "damaged so that the HDF5 library breaks off or does not end"),
        ("import time; time.sleep(60)", "damaged so that reading it does not end"),
        ("print('two', 3); exit(1)", "two 3"),
    ],
    ids=["crash", "hang", "refusal"],
)
def test_what_happens_to_the_other_process_is_one_line(path, monkeypatch, code, message):
    monkeypatch.setattr(limits, "HDF5_SECONDS", 0.5 if "sleep" in code else 60)
    monkeypatch.setattr(hdf5, "PROBE", (sys.executable, "-c", code))
    with pytest.raises(CheckpointError, match=f"{path}: {message}; train again"):
        load(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
def test_the_other_process_has_limits(tmp_path):
    """It can neither take gigabytes nor calculate for ever, whatever HDF5 makes it do."""
    code = (
        "from lenet import hdf5, limits\n"
        "limits.HDF5_CPU_SECONDS = 1\n"
        "hdf5.PlainFile.go_through = lambda self: {}\n"
        "hdf5.probe()"
    )
    with (SAVED / "model.h5").open("rb") as file:
        for what, status in (("bytearray(1 << 32)", 1), ("max(iter(int, 1))", -24)):
            file.seek(0)
            program = code.format(what)
            done = subprocess.run(
                [sys.executable, "-c", program],
                stdin=file,
                capture_output=True,
                check=False,
                timeout=60,
            )
            assert done.returncode in (status, -9), done.stderr


def test_a_module_of_the_current_folder_is_not_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "h5py.py").write_text("open('run', 'w')")
    load(path)
    assert not (tmp_path / "run").exists()


def test_numbers_in_one_piece_come_back(path):
    """What other programs may do to a file is read: numbers in the header, by another order of bytes."""
    with h5py.File(path, "r+") as file:
        how = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        how.set_layout(h5py.h5d.COMPACT)
        made = h5py.h5d.create(
            file.id, b"fc_b", h5py.h5t.IEEE_F64BE, h5py.h5s.create_simple((2,)), how
        )
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1.5, -2.5]))
        file["none"] = np.zeros((0, 3), np.float32)
        file.attrs["list"] = np.array(["a", "ä"], h5py.string_dtype())
        file.attrs["fixed"] = np.bytes_("abc")
    saved = load(path)
    np.testing.assert_array_equal(saved.parameters["fc_b"], [1.5, -2.5])
    assert saved.parameters["none"].shape == (0, 3)
    assert saved.attributes == {"size": 28, "list": ["a", "ä"], "fixed": "abc"}
    assert saved.groups == {"state": {"rng": "{}"}, "memory": {}}


@pytest.mark.parametrize(
    ("limit", "most", "message"),
    [
        ("HDF5_MEMBERS", 1, "2 members; expected 1 at most"),
        ("HDF5_ATTRIBUTES", 1, "2 attributes; expected 1 at most"),
        ("HDF5_ATTRIBUTE_VALUES", 2, "the attribute 'list' claims 3 values"),
        ("MODEL_BYTES", 100, "bytes, more than the 100 that are read; expected a model.h5 file"),
    ],
)
def test_limits(path, monkeypatch, limit, most, message):
    if limit == "HDF5_ATTRIBUTE_VALUES":
        with edited(path) as file:
            file.attrs["list"] = [1, 2, 3]
    monkeypatch.setattr(limits, limit, most)
    with pytest.raises(CheckpointError, match=message):
        load(path)


def test_an_error_of_the_reader_is_not_taken_for_one_of_the_file(path):
    with pytest.raises(HDF5Error, match="expected u1"), open_plain(path, 1 << 20) as file:
        file.place(file.members()["fc_W"], "u1")
