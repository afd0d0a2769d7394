"""What `benchmarks.theano_programs` does, with a program, an archive and a table made up here."""

import gzip
import io
import pickle
import random
import sys
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

from benchmarks.theano_programs import __main__ as command
from benchmarks.theano_programs import data_files, entries, ported, running, sources
from benchmarks.theano_programs.document import put_rows
from lenet.errors import DataError
from tests.toy_dataset import toy_dataset

COMMIT = "0123456789" * 4
TABLE = f"""
[sources]
made_up = "github:nobody/made-up@{COMMIT}"
helper = "pypi:helper==1.0"

[[programs]]
name = "doubles"
source = "made_up"
needs = ["helper"]
folder = "code"
run = ["double.py", "4"]
seed = 5
changes = [{{file = "code/double.py", pattern = "EPOCHS = \\\\d+", to = "EPOCHS = 3"}}]
theano_changes = [{{file = "code/double.py", pattern = "twice", to = "twice_there"}}]
data = [{{form = "mnist.pkl.gz", path = "code/data.pkl.gz", train = 2, test = 1}}]
result = 'epoch \\d+: ([\\d.]+)'
shows = "a sum"

[[programs]]
name = "breaks"
source = "made_up"
run = ["breaks.py"]
theano = false
why = "it is made to break"
result = '(never)'
shows = "nothing"
"""
DOUBLE = """\
import gzip, pickle, random, sys
import numpy
import theano.tensor as T
from helper import twice
EPOCHS = 100
print(random.random(), numpy.random.random())
with gzip.open("data.pkl.gz") as file:
    (images, labels), _, _ = pickle.load(file)
x = T.scalar("x")
for epoch in range(EPOCHS):
    print("epoch %d: %f" % (epoch, twice(epoch) + len(labels) + int(sys.argv[1])))
"""
HELPER = "def twice(n):\n    return 2.0 * n\ndef twice_there(n):\n    return 2.5 * n\n"


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Return a made-up table with its archives, and the flags that name them."""
    folder = tmp_path / "sources"
    folder.mkdir()
    write_tar(
        folder / f"nobody-made-up-{COMMIT}.tar.gz",
        {
            "made-up/code/double.py": DOUBLE,
            "made-up/breaks.py": "print(1)\nraise ValueError('no | luck')\n",
        },
    )
    with zipfile.ZipFile(folder / "helper-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("helper.py", HELPER)
        wheel.writestr("helper-1.0.dist-info/METADATA", "")
    table = tmp_path / "programs.toml"
    table.write_text(TABLE)
    monkeypatch.setattr(command, "read", lambda: entries.read(table))
    monkeypatch.setattr(data_files, "load_mnist", lambda data_dir: toy_dataset())
    return [f"--sources={folder}", f"--out_dir={tmp_path / 'out'}", "--timeout=300"]


def write_tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


def test_programs_run_here_and_there_and_failures_have_their_row(
    places, capsys, tmp_path, monkeypatch
):
    there = tmp_path / "there"
    (there / "theano" / "tensor").mkdir(parents=True)
    (there / "theano" / "__init__.py").write_text("")
    (there / "theano" / "tensor" / "__init__.py").write_text("def scalar(name):\n    return name\n")
    monkeypatch.setenv("THEANO_FLAGS", "blas.ldflags=-lblas")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH=$PYTHONPATH:{there} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    flags = [*places, f"--theano={python}"]
    assert command.main(flags) == 1
    doubles, breaks = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith(("| doubles", "| breaks"))
    )
    assert doubles[2:6] == [
        "`EPOCHS = 3`, 2 examples",
        "a sum",
        "10",
        "11",
    ]  # 2 * 2 + 2 + 4; 2.5 * 2 + 2 + 4
    drawn = f"{random.Random(5).random()} {np.random.RandomState(5).random_sample()}"
    for side in ("here", "theano"):
        output = (tmp_path / "out" / "output" / f"doubles-{side}.txt").read_text()
        assert output.splitlines()[0] == drawn
    assert all(float(seconds) > 0 for seconds in doubles[7:13])
    assert breaks[4:6] == ["**fails**: ValueError: no / luck", "not possible: it is made to break"]
    assert breaks[7:13] == [""] * 6
    # Nothing is run again but, if that is asked for, what has failed.
    measured = []
    monkeypatch.setattr(
        command,
        "measure_twice",
        lambda program, *_: measured.append(program.name) or running.Outcome("7", "", 1.0, 1.0),
    )
    assert command.main(flags) == 1
    assert measured == []
    assert command.main([*flags, "--again"]) == 0
    assert measured == ["breaks"]
    document = tmp_path / "programs.md"
    document.write_text(DOCUMENT)
    assert command.main([*flags, "--document", str(document)]) == 0
    lines = document.read_text().splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:6]] == [
        "program",
        "---",
        "doubles",
        "breaks",
    ]
    assert lines[:2] + lines[6:] == [
        "# Programs",
        "<!-- programs -->",
        "<!-- /programs -->",
        "| breaks |",
    ]
    assert [cell.strip() for cell in lines[5].split("|")[5:7]] == [
        "7",
        "not possible: it is made to break",
    ]


DOCUMENT = """\
# Programs
<!-- programs -->
| program | here |
| --- | --- |
| is gone | 1 |
| breaks | 2 |
<!-- /programs -->
| breaks |
"""


def test_rows_that_were_not_measured_stay_as_they_are(tmp_path):
    document = tmp_path / "programs.md"
    document.write_text(DOCUMENT)
    put_rows(document, [["doubles", "3"]], ["doubles", "breaks"])
    assert document.read_text() == DOCUMENT.replace("| is gone | 1 |", "| doubles | 3 |")


@pytest.mark.parametrize(
    "text", ["", "<!-- programs -->\n| a |\n", "<!-- programs -->\nno table\n<!-- /programs -->\n"]
)
def test_a_document_without_its_table_is_named(tmp_path, text):
    document = tmp_path / "programs.md"
    document.write_text(text)
    with pytest.raises(DataError, match="has no table between <!-- programs -->"):
        put_rows(document, [], [])
    assert document.read_text() == text


PORTED = f"""
[sources]
made_up = "github:nobody/made-up@{COMMIT}"

[[programs]]
name = "trebles"
source = "made_up"
run = ["treble.py", "4"]
port = ["treble.py"]
python2 = true
flags = "floatX=float32"
result = 'result ([\\d.]+)'
shows = "a product"
"""
TREBLE = """\
import sys, numpy, theano
import theano.tensor as T
from scipy.misc import imsave
x = T.scalar("x")
f = theano.function([x], 3 * x + numpy.random.rand(), mode="FAST_COMPILE", allow_input_downcast=True)
print "result", f(sys.argv[1]) if 0 else f(numpy.float32(sys.argv[1])), x.dtype
sys.exit(0)
"""


def test_a_program_and_its_port_give_the_same_bits(places, capsys, tmp_path):
    pytest.importorskip("fissix" if sys.version_info >= (3, 13) else "lib2to3")
    (tmp_path / "programs.toml").write_text(PORTED)
    archive = tmp_path / "sources" / f"nobody-made-up-{COMMIT}.tar.gz"
    write_tar(archive, {"made-up/treble.py": TREBLE})
    assert command.main([*places, "--port"]) == 0
    (row,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("| trebles"))
    _, lines, new, check, left, shows, before, after, outputs = (
        cell.strip() for cell in row.strip("|").split("|")
    )
    assert (lines, new, check, left) == ("7", "6", "0", "0")
    assert (shows, before, outputs) == ("a product", after, "1, the same bits")
    assert before == "12.42"  # 3 * 4 and NumPy's first number of seed 1
    assert (tmp_path / "out" / "output" / "trebles-after.txt").read_text().endswith(" float32\n")


@pytest.mark.parametrize(
    ("means", "digest", "expected"),
    [
        ([2.0, 0.0], "a", "2, the same bits"),
        ([2.02, 0.0], "b", "2, apart by 1e-02 at most"),
        ([2.0], "b", "2 and 1"),
    ],
)
def test_agreement_of_outputs(tmp_path, means, digest, expected):
    paths = tmp_path / "before.npz", tmp_path / "after.npz"
    np.savez(paths[0], means=[2.0, 0.0], digest="a")
    np.savez(paths[1], means=means, digest=digest)
    assert ported.agreement(*paths) == expected


def test_a_missing_source_is_one_line(places, capsys, tmp_path, monkeypatch):
    (tmp_path / "sources" / f"nobody-made-up-{COMMIT}.tar.gz").unlink()
    monkeypatch.setattr("requests.get", lambda *_, **__: (_ for _ in ()).throw(OSError("no way")))
    assert command.main([*places, "--only", "doubles"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"nobody-made-up-{COMMIT}.tar.gz could not be downloaded" in error


def test_ctrl_c_is_one_line(places, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "measure_twice", interrupt)
    assert command.main(places) == command.INTERRUPTED
    assert capsys.readouterr().err == "theano_programs: interrupted; the same command goes on\n"


def test_an_unknown_name_is_named(places, capsys):
    assert command.main([*places, "--only", "trebles"]) == 1
    assert "no program 'trebles'" in capsys.readouterr().err


def test_a_change_that_does_not_fit_is_named(tmp_path):
    (tmp_path / "a.py").write_text("n = 1\n")
    change = entries.Change("a.py", "n = 2", "n = 3")
    with pytest.raises(DataError, match=r"doubles: a\.py has no 'n = 2'"):
        running.make_changes("doubles", [change], tmp_path, {})
    running.make_changes(
        "doubles", [entries.Change("own:a.py", r"\d", "5")], tmp_path, {"own": tmp_path}
    )
    assert (tmp_path / "a.py").read_text() == "n = 5\n"


def test_a_program_that_takes_too_long_is_stopped(tmp_path):
    sleeps = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(600)"]
    assert running.run(sleeps, tmp_path, {}, tmp_path / "log", 5) is None


@pytest.mark.parametrize("name", ["../out.py", "/tmp/out.py"])
def test_archives_stay_in_their_folder(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "bad-1.0.zip", "w") as file:
        file.writestr(name, "")
    write_tar(tmp_path / "bad.tar.gz", {"../out.py": ""})
    for archive in ("bad-1.0.zip", "bad.tar.gz"):
        with pytest.raises(DataError):
            sources.unpack(tmp_path / archive, tmp_path / archive.partition(".")[0])
    assert not (tmp_path.parent / "out.py").exists()


def test_a_damaged_archive_is_named(tmp_path, places):
    path = tmp_path / "sources" / f"nobody-made-up-{COMMIT}.tar.gz"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataError, match="cannot be unpacked"):
        sources.unpack(path, tmp_path / "new")


def test_data_have_the_form_that_programs_expect(monkeypatch):
    monkeypatch.setattr(data_files, "load_mnist", lambda data_dir: toy_dataset())
    parts = data_files.Parts("mnist", None, 3, 2)
    content = gzip.decompress(data_files.mnist_pickle(parts))
    assert b"numpy._core" not in content  # which NumPy 1 has not
    (images, labels), valid, test = pickle.loads(content)
    np.testing.assert_array_equal(images * 256, parts.train[0].reshape(3, -1))
    np.testing.assert_array_equal(labels, parts.train[1])
    assert [len(each[0]) for each in (valid, test)] == [2, 2]
    packed = data_files.FORMS["train-images-idx3-ubyte"][1](parts)
    height, width = parts.whole[0].shape[2:]
    assert packed[:16] == bytes([0, 0, 8, 3, *(0, 0, 0, 3), *(0, 0, 0, height), *(0, 0, 0, width)])
    assert packed[16:] == parts.whole[0].tobytes()
    with np.load(io.BytesIO(data_files.keras_npz(parts))) as file:
        np.testing.assert_array_equal(file["x_test"], parts.test[0][:, 0])


def test_fuel_reads_which_rows_are_of_which_part(monkeypatch):
    monkeypatch.setattr(data_files, "load_mnist", lambda data_dir: toy_dataset())
    parts = data_files.Parts("mnist", None, 3, 2)
    with h5py.File(io.BytesIO(data_files.fuel_hdf5(parts))) as file:
        rows = {(row["split"], row["source"]): row for row in file.attrs["split"]}
        assert len(rows) == 4
        for split, part in ((b"train", parts.whole), (b"test", parts.test)):
            for source, expected in zip((b"features", b"targets"), part, strict=True):
                row = rows[split, source]
                assert row["available"]
                values = file[source.decode()][row["start"] : row["stop"]]
                np.testing.assert_array_equal(values, expected.reshape(values.shape))
        labels = [[axis.label for axis in file[name].dims] for name in ("features", "targets")]
        assert labels == [["batch", "channel", "height", "width"], ["batch", "index"]]


def test_the_table_is_well_formed():
    addresses, programs = entries.read()
    assert len(programs) >= 40
    assert {program.source for program in programs.values()} - {""} <= set(addresses)
    scripts = {path.name for path in running.SCRIPTS.iterdir()}
    used = {
        program.script or program.run[0]
        for program in programs.values()
        if program.script or not program.source
    }
    assert used <= scripts
    assert all(program.theano or program.why for program in programs.values())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (COMMIT, COMMIT[1:], "expected github:"),
        ('needs = ["helper"]', 'needs = ["healer"]', "no source 'healer'"),
        ('form = "mnist.pkl.gz"', 'form = "mnist"', "no data 'mnist'"),
        ("'(never)'", "'(never'", "no regular expression"),
        ('shows = "nothing"', "", "'shows' is missing"),
        ('shows = "nothing"', 'show = "nothing"', "'show' is not known"),
        ('folder = "code"', 'folder = "../code"', "leads out"),
        ('name = "breaks"', 'name = "doubles"', "there twice"),
        ("theano = false", 'theano = "no"', "theano is 'no'"),
    ],
)
def test_a_table_that_is_not_says_where(tmp_path, old, new, message):
    path = tmp_path / "programs.toml"
    assert old in TABLE
    path.write_text(TABLE.replace(old, new))
    with pytest.raises(DataError, match=message):
        entries.read(path)
