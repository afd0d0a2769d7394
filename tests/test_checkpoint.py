import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from lenet import checkpoint
from lenet.checkpoint import CheckpointError, load, save, write_atomically
from lenet.Layer import shared_parameter

ROOT = Path(__file__).parent.parent
ATTRIBUTES = {
    "dataset": "digits",
    "lwidth": (2, 3, 4, 5),
    "size": 28,
    "class_names": ("zero", "eins", "zwölf"),
    "validation_error": 0.125,
}


def model(seed=0, shape=(3, 2)):
    rng = np.random.default_rng(seed)
    return SimpleNamespace(
        params=[
            shared_parameter(rng.normal(size=shape), "fc_W"),
            shared_parameter(rng.normal(size=2), "fc_b"),
        ]
    )


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.h5"
    save(path, model(seed=1), **ATTRIBUTES)
    return path


def test_a_model_comes_back_to_the_last_bit(saved):
    other, original = model(seed=2), model(seed=1)
    load(saved).restore(other)
    for mine, theirs in zip(other.params, original.params, strict=True):
        np.testing.assert_array_equal(mine.get_value(), theirs.get_value())


def test_attributes_come_back_and_other_programs_can_read_them(saved):
    expected = {k: list(v) if isinstance(v, tuple) else v for k, v in ATTRIBUTES.items()}
    assert load(saved).attributes == expected
    with h5py.File(saved) as file:
        assert file.attrs["dataset"] == "digits"
        assert file["fc_W"].shape == (3, 2)


def test_nothing_else_is_left_in_the_folder(saved):
    assert [path.name for path in saved.parent.iterdir()] == ["model.h5"]


def test_a_failed_write_keeps_the_old_file(saved, monkeypatch):
    before = saved.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*model\.h5"):
        save(saved, model(seed=3))
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["model.h5"]


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    code = f"""
        import resource, signal, sys
        from lenet.checkpoint import write_atomically
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_atomically({str(tmp_path / "file")!r}, b"x" * 5000)
        except OSError as error:
            print(error)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "File too large" in result.stdout
    assert str(tmp_path / "file") in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OSError, match=r"No such file or directory: .*nowhere"):
        write_atomically(tmp_path / "nowhere" / "file", b"")


@pytest.mark.parametrize("content", [b"", b"no HDF5", "cut"], ids=["empty", "foreign", "truncated"])
def test_a_broken_file_is_refused(saved, content):
    saved.write_bytes(saved.read_bytes()[:1500] if content == "cut" else content)
    with pytest.raises(CheckpointError, match=r"model\.h5: not a complete HDF5 file"):
        load(saved)


def test_a_damaged_name_is_refused(saved):
    saved.write_bytes(saved.read_bytes().replace(b"fc_W", b"fc_\xff"))
    with pytest.raises(CheckpointError, match=r"model\.h5: not a complete HDF5 file"):
        load(saved)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.h5: No such file or directory; expected"):
        load(tmp_path / "none.h5")


def test_another_programs_hdf5_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["fc_W"] = np.zeros(3)
    with pytest.raises(CheckpointError, match="not a model that lenet has saved"):
        load(tmp_path / "other.h5")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.params.pop(), "the model lacks the parameter fc_b"),
        (
            lambda m: m.params.append(shared_parameter(np.zeros(1), "more")),
            "the file lacks the parameter more",
        ),
        (
            lambda m: m.params.__setitem__(1, shared_parameter(np.zeros(7), "fc_b")),
            r"fc_b has shape \(2,\), but the model expects \(7,\)",
        ),
    ],
    ids=["less", "more", "shape"],
)
def test_a_file_that_does_not_fit_changes_nothing(saved, change, message):
    other = model(seed=2)
    change(other)
    before = [param.get_value() for param in other.params]
    with pytest.raises(CheckpointError, match=message):
        load(saved).restore(other)
    for param, value in zip(other.params, before, strict=True):
        np.testing.assert_array_equal(param.get_value(), value)
