"""``theano.misc.pkl_utils``."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from pytensor.tensor.sharedvar import TensorSharedVariable

from lenet.theano_compat.theano.misc.pkl_utils import (
    CompatUnpickler,
    PersistentSharedVariableID,
    dump,
    load,
)


def saved(value, **keywords):
    file = io.BytesIO()
    dump(value, file, **keywords)
    file.seek(0)
    return file


def test_shared_variables_and_arrays(theano):
    row = theano.shared(np.ones((1, 3), "float32"), "row", broadcastable=(True, False))
    twins = [theano.shared(number, "twin") for number in (1, 2)]
    plain = np.arange(4)
    file = saved({"row": row, "twins": twins, "plain": plain, "again": plain})
    archive = np.load(file, allow_pickle=False)
    assert sorted(archive) == ["array_0", "pkl", "row", "twin", "twin_2"]
    loaded = load(file)
    assert type(loaded["row"]) is TensorSharedVariable
    assert (loaded["row"].type, loaded["row"].name) == (row.type, "row")
    np.testing.assert_array_equal(loaded["row"].get_value(), np.ones((1, 3)))
    assert [twin.get_value() for twin in loaded["twins"]] == [1, 2]
    assert loaded["plain"] is loaded["again"]
    assert theano.function([], sum(loaded["twins"]), mode="FAST_COMPILE")() == 3


@pytest.mark.parametrize("protocol", [0, 2, pickle.HIGHEST_PROTOCOL])
def test_protocols(theano, protocol):
    variable = theano.shared(np.arange(3.0), "values")
    np.testing.assert_array_equal(load(saved(variable, protocol=protocol)).get_value(), [0, 1, 2])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"allow_unnamed": False}, "a shared variable without a name"),
        ({"allow_duplicates": False}, "multiple shared variables with the name 'twin'"),
    ],
    ids=["unnamed", "duplicates"],
)
def test_names_that_are_asked_for(theano, options, message):
    variables = [theano.shared(1, "twin"), theano.shared(2, "twin"), theano.shared(3)]
    with pytest.raises(ValueError, match=message):
        saved(variables, persistent_id=lambda file: PersistentSharedVariableID(file, **options))


def test_a_name_that_is_taken(theano):
    with pytest.raises(ValueError, match="'pkl', which is that of the pickle"):
        saved(theano.shared(1, "pkl"))


class Hostile:
    def __reduce__(self):
        return print, ("run",)


def test_nothing_else_is_run(theano, capsys):
    with pytest.raises(pickle.UnpicklingError, match=r"asks for .*print; .* shared variables only"):
        load(saved([Hostile()]))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "text",
    [
        b"cposix\nsystem\n.",
        b"ccopyreg\n_reconstructor\n(c__builtin__\nobject\nc__builtin__\nobject\nNtR.",
    ],
    ids=["function", "object"],
)
def test_hostile_pickles(theano, text):
    with pytest.raises(pickle.UnpicklingError):
        CompatUnpickler(io.BytesIO(text)).load()


def old_pickle(value):
    """Return a shared variable as Theano's and Python 2's pickles hold it."""

    class Named:
        def __init__(self, module, name, state):
            self.global_name, self.state = (module, name), state

    class OldPickler(pickle._Pickler):
        def save(self, obj, *rest, **keywords):
            if not isinstance(obj, Named):
                return super().save(obj, *rest, **keywords)
            module, name = obj.global_name
            self.write(f"c{module}\n{name}\n".encode())
            self.write(pickle.EMPTY_TUPLE + pickle.NEWOBJ)
            super().save(obj.state)
            return self.write(pickle.BUILD)

    fields = {"dtype": "float64", "broadcastable": (False,), "name": None, "sparse_grad": False}
    kind = Named("theano.tensor.type", "TensorType", fields)
    tag = Named("theano.gof.utils", "scratchpad", {"trace": [("train.py", 3, "f", "shared")]})
    stored = {"storage": [value], "readonly": False, "strict": False, "type": kind, "name": "W"}
    container = Named("theano.gof.link", "Container", stored)
    state = {"type": kind, "tag": tag, "container": container, "name": "W", "owner": None}
    file = io.BytesIO()
    OldPickler(file, 2).dump(Named("theano.tensor.sharedvar", "TensorSharedVariable", state))
    return file.getvalue()


def test_theanos_pickles(theano):
    variable = CompatUnpickler(io.BytesIO(old_pickle(np.array([1.0, 2.0])))).load()
    assert (variable.name, variable.type.ndim) == ("W", 1)
    np.testing.assert_array_equal(variable.get_value(), [1, 2])
    variable.set_value(np.zeros(3))


def test_arrays_of_a_gpu(theano):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("pkl", b"Pgpuarray.W\n.")
        array = io.BytesIO()
        pickle.dump(None, array)  # the name of the GPU
        np.save(array, np.arange(3))
        archive.writestr("W", array.getvalue())
    np.testing.assert_array_equal(load(file), [0, 1, 2])


def test_unpicklers_of_gpu_arrays(theano):
    for module, name in (
        ("theano.sandbox.cuda.type", "CudaNdarray_unpickler"),
        ("theano.gpuarray.type", "GpuArray_unpickler"),
    ):
        function = getattr(__import__(module, fromlist=["*"]), name)
        np.testing.assert_array_equal(function(np.arange(3)), [0, 1, 2])
