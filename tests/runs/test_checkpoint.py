from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from pytensor import shared

from lenet import limits
from lenet.errors import CheckpointError
from lenet.layers.parameters import shared_parameter
from lenet.runs import checkpoint
from lenet.runs.checkpoint import load, save
from tests.model_files import edited

ROOT = Path(__file__).parents[2]
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


def model_with_state(seed):
    whole = model(seed)
    rng = np.random.default_rng(seed)
    whole.state = [shared_parameter(rng.normal(size=3), "norm_mean"), shared(rng, "drop_rng")]
    return whole


def test_state_and_memory_come_back_to_the_last_bit(tmp_path):
    original, other = model_with_state(1), model_with_state(2)
    memory, forgotten = ([shared_parameter(np.full(2, n), "fc_b_step")] for n in (0.5, 0))
    save(tmp_path / "last.h5", original, memory)
    load(tmp_path / "last.h5").restore(other, forgotten)
    np.testing.assert_array_equal(forgotten[0].get_value(), [0.5, 0.5])
    mean = other.state[0]
    np.testing.assert_array_equal(mean.get_value(), original.state[0].get_value())
    draws = [model.state[1].get_value().random(5) for model in (original, other)]
    np.testing.assert_array_equal(*draws)


def test_what_an_update_rule_remembers_can_be_left_alone(tmp_path):
    memory = [shared_parameter(np.ones(2), "fc_b_step")]
    save(tmp_path / "last.h5", model(1), memory)
    other = model(2)
    load(tmp_path / "last.h5").restore(other)
    np.testing.assert_array_equal(other.params[1].get_value(), model(1).params[1].get_value())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m, memory: m.state.pop(), "the model lacks the state drop_rng"),
        (lambda m, memory: memory.clear(), "the model lacks the memory fc_b_step"),
        (
            lambda m, memory: memory.append(shared_parameter(0, "adam_steps")),
            "the file lacks the memory adam_steps",
        ),
        (
            lambda m, memory: m.state.__setitem__(0, shared_parameter(np.zeros(4), "norm_mean")),
            r"norm_mean has shape \(3,\), but the model expects \(4,\)",
        ),
        (
            lambda m, memory: m.state.__setitem__(1, shared_parameter(np.zeros(4), "drop_rng")),
            r"drop_rng has shape \(\), but the model expects \(4,\)",
        ),
        (
            lambda m, memory: m.state.__setitem__(0, shared(np.random.default_rng(), "norm_mean")),
            "norm_mean is not the state of a random generator",
        ),
    ],
    ids=["state", "memory", "more", "shape", "no generator", "generator"],
)
def test_state_or_memory_that_does_not_fit_changes_nothing(tmp_path, change, message):
    save(tmp_path / "last.h5", model_with_state(1), [shared_parameter(np.ones(2), "fc_b_step")])
    other, memory = model_with_state(2), [shared_parameter(np.zeros(2), "fc_b_step")]
    change(other, memory)
    before = [param.get_value() for param in other.params]
    with pytest.raises(CheckpointError, match=message):
        load(tmp_path / "last.h5").restore(other, memory)
    for param, value in zip(other.params, before, strict=True):
        np.testing.assert_array_equal(param.get_value(), value)


@pytest.mark.parametrize(
    "state",
    ["", "{}", "[1]", "null", '{"bit_generator": "MT19937"}', 3.5, None, b"\xff", "[" * 100_000],
    ids=lambda state: repr(state)[:40],
)
def test_what_is_no_state_of_a_generator_is_refused(state):
    with pytest.raises(CheckpointError, match=r"^x is not the state of a random generator"):
        checkpoint.generator(state, "x")


def test_a_generator_goes_on_from_its_state():
    rng = np.random.default_rng(3)
    rng.random(7)
    again = checkpoint.generator(checkpoint.generator_state(rng), "x")
    np.testing.assert_array_equal(again.random(5), rng.random(5))


def test_a_flipped_bit_of_any_value_is_noticed(tmp_path):
    path = tmp_path / "last.h5"
    save(path, model_with_state(1), [shared_parameter(np.ones(2), "fc_b_step")], **ATTRIBUTES)
    whole = path.read_bytes()
    with h5py.File(path) as file:
        items = [file[name] for name in ("fc_W", "fc_b", "state/norm_mean", "memory/fc_b_step")]
        places = [(item.id.get_offset(), item.size * item.dtype.itemsize) for item in items]
    # The lowest bit of the first and of the last number: as finite as before.
    for start, length in places:
        for position in (start, start + length - items[0].dtype.itemsize if start else 0):
            path.write_bytes(
                whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :]
            )
            with pytest.raises(CheckpointError, match="its content is not what its digest is of"):
                load(path)
    for text in (b"digits", b"eins", b"PCG64"):
        path.write_bytes(whole.replace(text, text[:-1] + b"_"))
        with pytest.raises(CheckpointError, match="its content is not what its digest is of"):
            load(path)
    path.write_bytes(whole)
    assert load(path).attributes["dataset"] == "digits"


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.move("fc_b", "fc_c"),
        lambda file: file.move("fc_b", "state/fc_b"),
        lambda file: file.__setitem__("more", np.ones(1, np.float32)),
        lambda file: file.attrs.__setitem__("dataset", "cifar10"),
        lambda file: file.attrs.__setitem__("more", 1),
        lambda file: file.attrs.__setitem__("digest", 5),
        lambda file: file.attrs.__delitem__("size"),
    ],
    ids=["name", "group", "parameter", "attribute", "more", "digest", "less"],
)
def test_what_is_changed_by_hand_is_noticed_until_the_digest_is_removed(saved, change):
    with h5py.File(saved, "r+") as file:
        change(file)
    with pytest.raises(
        CheckpointError, match="or remove its attribute 'digest' to read it as it is"
    ):
        load(saved)
    with h5py.File(saved, "r+") as file:
        del file.attrs["digest"]
    load(saved)


def test_the_shape_and_the_type_of_numbers_are_part_of_the_digest():
    flat, column = np.arange(4, dtype="f4"), np.arange(4, dtype="f4").reshape(4, 1)
    digests = {
        checkpoint.digest({"x": value}, {}, {})
        for value in (
            flat,
            column,
            flat.view("f8"),
            flat.astype("f8"),
            flat[:0],
            flat[:0].reshape(0, 1),
        )
    }
    assert len(digests) == 6
    swapped = flat.astype(">f4")
    assert checkpoint.digest({"x": swapped}, {}, {}) == checkpoint.digest({"x": flat}, {}, {})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300], ids=str)
def test_numbers_that_are_not_finite_change_nothing(saved, value):
    with edited(saved) as file:
        weights = file["fc_W"][()].astype("f8")
        weights[1, 1] = value
        del file["fc_W"]
        file["fc_W"] = weights
    other = model(seed=2)
    other.params[0] = shared(np.zeros((3, 2), "f4"), name="fc_W")
    with pytest.raises(CheckpointError, match=r"fc_W holds numbers that are not finite as float32"):
        load(saved).restore(other)
    assert not other.params[0].get_value().any()


def test_what_an_update_rule_remembers_may_be_infinite(tmp_path):
    memory = [shared_parameter(np.array([np.inf, 1]), "fc_b_square")]
    save(tmp_path / "last.h5", model(1), memory)
    forgotten = [shared_parameter(np.zeros(2), "fc_b_square")]
    load(tmp_path / "last.h5").restore(model(2), forgotten)
    np.testing.assert_array_equal(forgotten[0].get_value(), [np.inf, 1])


def test_a_file_too_large_to_be_read_is_not_written(saved, monkeypatch):
    before = saved.read_bytes()
    monkeypatch.setattr(limits, "MODEL_BYTES", 1000)
    with pytest.raises(OSError, match=r"more than the 1,000 bytes that are read.*model\.h5"):
        save(saved, model(seed=3))
    assert saved.read_bytes() == before
