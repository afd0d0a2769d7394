"""Pickled models: arrays are found, and nothing else happens."""

import collections
import pickle
import sys
import types

import numpy as np
import pytest

from lenet import limits
from lenet.importing.pickled_arrays import arrays_in
from lenet.importing.records import ModelUnpickler, Record

W, B = np.arange(6, dtype="f4").reshape(2, 3), np.ones(3)


def load(data):
    return ModelUnpickler(data).load()


def found(data):
    return {array.name: array.value for array in arrays_in(load(data))}


@pytest.fixture
def module():
    """A module that is there only while something is pickled."""
    made = types.ModuleType("not_here")
    sys.modules["not_here"] = made
    yield made
    sys.modules.pop("not_here", None)


def define(module, name, *bases):
    made = type(name, bases or (object,), {"__module__": "not_here", "__qualname__": name})
    setattr(module, name, made)
    return made


def shared(module, name, value):
    """Return an object as Theano pickles a shared variable; its class is named as Theano's below."""
    variable, container = module.SharedVariable(), module.Container()
    container.storage = [value]
    variable.container, variable.name = container, name
    return variable


def as_theano(data):
    return data.replace(b"not_here\nContainer", b"theano.gof.link\nContainer")


@pytest.mark.parametrize("protocol", range(6))
def test_lists_of_arrays_of_any_protocol(protocol):
    arrays = [W, B, np.asfortranarray(W), np.float32(3)]
    values = list(found(pickle.dumps(arrays, protocol)).values())
    for value, expected in zip(values, arrays[:3], strict=True):
        assert type(value) is np.ndarray
        np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize("protocol", [0, 1, 2])
def test_objects_that_hold_one_another_are_records(protocol, module):
    """As in pylearn2: a model has layers, which have the model."""
    for name in ("Model", "Layer", "SharedVariable", "Container"):
        define(module, name)
    model, layer = module.Model(), module.Layer()
    layer.mlp, model.layers = model, [layer, (model, layer)]
    layer.b, layer.W = shared(module, None, B), shared(module, None, W)
    layer.noise = np.zeros(4)
    data = as_theano(pickle.dumps(model, protocol))
    del sys.modules["not_here"]
    if protocol == 2:
        arrays = found(data)
        # Weights come before what is added to them, and plain arrays are no parameters.
        assert list(arrays) == ["layers[0].W", "layers[0].b"]
        np.testing.assert_array_equal(arrays["layers[0].W"], W)
    loaded = load(data)
    assert isinstance(loaded, Record)
    assert loaded.label == "not_here.Model"


def test_names_are_those_of_shared_variables(module):
    for name in ("SharedVariable", "Container"):
        define(module, name)
    pair = [shared(module, "W", W), shared(module, "b\n", B)]
    assert list(found(as_theano(pickle.dumps(pair, 2)))) == ["W", "b\\n"]
    twice = [shared(module, "W", W), shared(module, "W", B)]
    assert list(found(as_theano(pickle.dumps(twice, 2)))) == ["[0]", "[1]"]


def test_what_python_2_pickles():
    """A string of bytes, and numbers with one."""
    text = b"\x80\x02cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(U\x02f4K\x00K\x01tRU\x04\0\0\x80?tR."
    assert load(text) == np.float32(1)


def test_dictionaries_and_arrays_of_objects():
    objects = np.empty(2, object)
    objects[:] = [W, "text"]
    model = collections.OrderedDict([("net", {"W": B}), ("objects", objects), (3, {1, 2})])
    arrays = found(pickle.dumps(model, 2))
    assert [value.shape for value in arrays.values()] == [(3,), (2, 3)]


@pytest.mark.parametrize(
    "name", ["os\nsystem", "builtins\neval", "subprocess\nPopen", "lenet.files\nwrite_atomically"]
)
def test_nothing_is_called(name, tmp_path):
    path = str(tmp_path / "made")
    data = b"c" + name.encode() + b"\n(" + pickle.dumps(f"touch {path}", 0)[:-1] + b"tR."
    record = load(data)
    assert isinstance(record, Record)
    assert record.label == name.replace("\n", ".")
    assert not (tmp_path / "made").exists()


CYCLE = b"\x80\x02]q\x00(h\x00h\x00e"  # a list that holds itself twice


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x80\x02" + b")" + b"\x85" * 200 + b".", "nested more than"),
        (b"\x80\x02)" + b"2\x86" * 60 + b".", "again and again"),
        (b"\x80\x02c_codecs\nencode\n}(U\x01aU\x01bub.", "it changes what cannot be changed"),
        (b"\x80\x02(K\x01t(U\x01aU\x01bub.", "it changes what cannot be changed"),
        (
            b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
            b"K\x00" + CYCLE[2:] + b"s.",
            "it changes an array",
        ),
        (b"\x80\x02ccopy_reg\n_reconstructor\n(c_codecs\nencode\nNNtR.", "of what is no class"),
        (b"\x80\x02U\x01aQ.", "an object that is not in it"),
        (b"\x80\x02(l", "truncated"),
        (b"", "truncated"),
    ],
    ids=["deep", "doubled", "function", "tuple", "cycle", "class", "elsewhere", "cut", "empty"],
)
def test_hostile_pickles_are_refused(data, message):
    with pytest.raises(Exception, match=message):
        load(data)


def test_lists_that_hold_themselves_end():
    assert arrays_in(load(CYCLE + b".")) == []
    state = b"\x80\x02cx\ny\n)\x81q\x01}(U\x01aU\x01bh\x01h\x01ub."
    assert arrays_in(load(state)) == []


def test_too_many_names_and_arrays(monkeypatch):
    monkeypatch.setattr(limits, "PICKLE_CLASSES", 2)
    names = b"".join(b"cx\ny%d\n0" % k for k in range(3))
    with pytest.raises(pickle.UnpicklingError, match="names more than 2 classes"):
        load(names + b"N.")
    monkeypatch.setattr(limits, "MODEL_ARRAYS", 2)
    with pytest.raises(ValueError, match="more than 2 arrays"):
        found(pickle.dumps([np.ones(k + 1) for k in range(4)]))
