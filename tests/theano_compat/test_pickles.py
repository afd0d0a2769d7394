"""``theano.misc.pkl_utils``."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.sharedvar import TensorSharedVariable

from lenet import limits
from lenet.theano_compat.theano.misc.pkl_utils import (
    CompatUnpickler,
    PersistentCudaNdarrayID,
    PersistentSharedVariableID,
    dump,
    load,
    zipadd,
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


class NamedByTag(PersistentSharedVariableID):
    """Names arrays by a tag of their variable, as a library does that derives from Theano's class."""

    def __call__(self, obj):
        if isinstance(obj, SharedVariable):
            self.ndarray_names[id(obj.container.storage[0])] = f"model.{obj.name}"
        elif id(obj) in self.ndarray_names:
            return PersistentCudaNdarrayID.__call__(self, obj)
        return None

    def _resolve_name(self, obj):
        return super()._resolve_name(obj).upper()


def test_a_class_that_derives_names_of_its_own(theano):
    file = saved([theano.shared(np.arange(3.0), "W")], persistent_id=NamedByTag)
    assert sorted(np.load(file, allow_pickle=False)) == ["MODEL.W", "pkl"]
    np.testing.assert_array_equal(load(file)[0].get_value(), [0, 1, 2])


def test_members_that_a_program_adds_itself():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        zipadd(lambda member: pickle.dump([1, 2], member), archive, "state")
    with zipfile.ZipFile(file) as archive:
        assert pickle.loads(archive.read("state")) == [1, 2]


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


def test_files_that_are_too_large(theano, monkeypatch):
    file = saved(theano.shared(np.zeros(10_000), "W"))
    assert file.getbuffer().nbytes < 5_000
    monkeypatch.setattr(limits, "PICKLE_BYTES", 50_000)
    with pytest.raises(pickle.UnpicklingError, match="unpacks to more than 50,000 bytes"):
        load(file)
    with pytest.raises(pickle.UnpicklingError, match="more than 50,000 bytes; if you trust it"):
        CompatUnpickler(io.BytesIO(pickle.dumps(np.zeros(10_000), 2)))


class Named:
    """An object of a class that is not there, by the class's name and the object's state."""

    def __init__(self, module, name, /, **state):
        self.module, self.name, self.state = module, name, state


class OldPickler(pickle._Pickler):
    """Pickles what is `Named` as Python 2 pickled it."""

    def save(self, obj, *rest, **keywords):
        if not isinstance(obj, Named) or id(obj) in self.memo:
            return super().save(obj, *rest, **keywords)
        if self.proto < 2:
            self.write(b"ccopy_reg\n_reconstructor\n(")
        self.write(f"c{obj.module}\n{obj.name}\n".encode())
        if self.proto < 2:
            self.write(b"c__builtin__\nobject\nNtR")
        else:
            self.write(pickle.EMPTY_TUPLE + pickle.NEWOBJ)
        self.memoize(obj)
        super().save(obj.state)
        return self.write(pickle.BUILD)


def pickled(obj, protocol=2):
    file = io.BytesIO()
    OldPickler(file, protocol).dump(obj)
    return file.getvalue()


TENSOR = ("theano.tensor.type", "TensorType")
SHARED = ("theano.tensor.sharedvar", "TensorSharedVariable")
protocols = pytest.mark.parametrize("protocol", [0, 2])


def old_type(kind=TENSOR, dtype="float64", broadcastable=(False,)):
    return Named(*kind, dtype=dtype, broadcastable=broadcastable, name=None, sparse_grad=False)


def old_shared(value, name="W", kind=TENSOR, shared=SHARED):
    own_type = old_type(kind, str(value.dtype), (False,) * value.ndim)
    tag = Named("theano.gof.utils", "scratchpad", trace=[("train.py", 3, "f", "shared")])
    # The oldest have no `allow_downcast`.
    stored = {
        "storage": [value],
        "readonly": False,
        "strict": False,
        "type": own_type,
        "name": name,
    }
    container = Named("theano.gof.link", "Container", **stored)
    return Named(*shared, type=own_type, tag=tag, container=container, name=name, owner=None)


def old_graph(op, operand):
    """Return the variable that an operation of Theano's gives."""
    tag = Named("theano.gof.utils", "scratchpad")
    node = Named("theano.gof.graph", "Apply", op=op, inputs=[operand], tag=tag)
    variable = Named(
        "theano.tensor.var",
        "TensorVariable",
        type=old_type(),
        owner=node,
        index=0,
        name="y",
        tag=tag,
    )
    node.state["outputs"] = [variable]
    return variable


NESTED: list = []
for _ in range(15):  # 2**15 elements as an array, 2**15 letters as text
    NESTED = [NESTED, NESTED]


@pytest.mark.parametrize(
    ("where", "key", "message"),
    [
        ("container", "storage", "a shared variable of a list"),
        ("shared", "name", "whose type or name is no text"),
        ("type", "dtype", "whose type or name is no text"),
    ],
)
def test_a_forged_shared_variable(theano, where, key, message):
    shared = old_shared(np.float64(1))
    part = shared if where == "shared" else shared.state[where]
    part.state[key] = NESTED
    with pytest.raises(pickle.UnpicklingError, match=message):
        CompatUnpickler(io.BytesIO(pickled(shared))).load()


def test_theanos_pickles(theano):
    data = pickled(old_shared(np.array([1.0, 2.0])))
    variable = CompatUnpickler(io.BytesIO(data)).load()
    assert (variable.name, variable.type.ndim) == ("W", 1)
    np.testing.assert_array_equal(variable.get_value(), [1, 2])
    variable.set_value(np.zeros(3))


@protocols
def test_plain_pickle(theano, protocol):
    old = [old_shared(np.arange(3.0)), old_shared(np.ones((1, 2), "float32"), "b")]
    W, b = pickle.loads(pickled(old, protocol))
    assert type(W) is type(b) is TensorSharedVariable
    assert (W.name, W.type, b.type) == ("W", theano.tensor.dvector, theano.tensor.fmatrix)
    np.testing.assert_array_equal(W.get_value(), [0, 1, 2])
    W.set_value(np.arange(2.0))
    theano.function([], [], updates=[(W, W + 1)], mode="FAST_COMPILE")()
    np.testing.assert_array_equal(W.get_value(), [1, 2])
    with pytest.raises(TypeError, match="Wrong number of dimensions"):
        b.set_value(np.ones(2, "float32"))
    again = pickle.loads(pickle.dumps(W))
    np.testing.assert_array_equal(again.get_value(), [1, 2])


@protocols
def test_plain_pickle_of_types(theano, protocol):
    row = theano.tensor.type.TensorType("int64", (True, False))
    first, second = pickle.loads(
        pickled([old_type(dtype="int64", broadcastable=(True, False)), old_type()], protocol)
    )
    assert (type(first), first, second) == (type(row), row, theano.tensor.dvector)


class Layer:
    """What a program defines."""


@protocols
def test_plain_pickle_of_layers(theano, protocol):
    W, x = old_shared(np.ones(2)), Named("theano.tensor.var", "TensorVariable", type=old_type())
    x.state.update(owner=None, index=None, name="x", tag=Named("theano.gof.utils", "scratchpad"))
    layer = pickle.loads(pickled(Named(__name__, "Layer", W=W, params=[W], input=x), protocol))
    assert (type(layer), layer.params) == (Layer, [layer.W])
    output = theano.function([layer.input], layer.input * layer.W, mode="FAST_COMPILE")
    np.testing.assert_array_equal(output([2, 3]), [2, 3])


@pytest.mark.parametrize(
    "op",
    [
        Named("theano.tensor.nnet.nnet", "Softmax"),
        Named("theano.tensor.nnet.nnet", "SoftmaxWithBias"),
        Named("theano.tensor.basic", "MaxAndArgmax", axis=(0,)),
        Named(
            "theano.tensor.elemwise",
            "Elemwise",
            scalar_op=Named("theano.tensor.nnet.sigm", "ScalarSigmoid", bool_op=False),
            inplace_pattern={},
            nfunc_spec=None,
        ),
        Named("theano.tensor.raw_random", "RandomFunction", fn="uniform", inplace=False),
        Named("theano.sandbox.rng_mrg", "mrg_uniform", inplace=False),
    ],
    ids=lambda op: op.name,
)
@protocols
def test_plain_pickle_of_a_graph(theano, op, protocol):
    W = old_shared(np.arange(2.0))
    layer = pickle.loads(pickled(Named(__name__, "Layer", output=old_graph(op, W), W=W), protocol))
    assert theano.gof.graph.inputs([layer.output]) == [layer.W]
    assert isinstance(layer.output.owner, theano.gof.graph.Apply)
    layer.W.set_value(np.zeros(3))
    assert op.name in theano.printing.debugprint(layer.output, file="str")
    refused = pytest.raises(NotImplementedError, match=f"{op.name} is .*that Theano has pickled")
    with refused:
        theano.function([], layer.output, mode="FAST_COMPILE")
    with refused:
        theano.grad(layer.output.sum(), layer.W)


def test_nodes_are_made(theano):
    x = theano.tensor.dvector()
    node = theano.gof.graph.Apply((2 * x).owner.op, [x, x], [x.type()])
    assert type(node) is theano.gof.Apply
    assert node.outputs[0].owner is node


@pytest.mark.parametrize(
    ("shared", "kind"),
    [
        (
            ("theano.sandbox.cuda.var", "CudaNdarraySharedVariable"),
            ("theano.sandbox.cuda.type", "CudaNdarrayType"),
        ),
        (
            ("theano.gpuarray.type", "GpuArraySharedVariable"),
            ("theano.gpuarray.type", "GpuArrayType"),
        ),
    ],
    ids=["cuda", "gpuarray"],
)
@protocols
def test_plain_pickle_of_a_gpu(theano, shared, kind, protocol):
    old = old_shared(np.ones((2, 2), "float32"), kind=kind, shared=shared)
    W = pickle.loads(pickled(old, protocol))
    assert (type(W), W.type) == (TensorSharedVariable, theano.tensor.fmatrix)
    W.set_value(np.zeros((3, 3), "float32"))
    np.testing.assert_array_equal(W.get_value(), np.zeros((3, 3)))
    module = __import__(shared[0], fromlist=["*"])
    assert not isinstance(W, getattr(module, shared[1]))


@protocols
def test_plain_pickle_of_an_early_gpu(theano, protocol):
    """Whose types did not say that their numbers are float32."""
    old = Named(
        "theano.sandbox.cuda.type", "CudaNdarrayType", broadcastable=(False, True), name=None
    )
    assert pickle.loads(pickled(old, protocol)) == theano.tensor.fcol().type


@protocols
def test_plain_pickle_of_other_values(theano, protocol):
    generic = Named("theano.gof.type", "Generic")
    stored = {"storage": [{"a": 1}], "readonly": False, "strict": False, "name": None}
    container = Named("theano.gof.link", "Container", type=generic, allow_downcast=None, **stored)
    old = Named(
        "theano.compile.sharedvalue", "SharedVariable", type=generic, container=container, name=None
    )
    variable = pickle.loads(pickled(old, protocol))
    assert variable.type == theano.gof.generic
    variable.set_value([2])
    assert variable.get_value() == [2]


@protocols
def test_plain_pickle_of_random_streams(theano, protocol):
    streams = theano.tensor.shared_randomstreams.RandomStreams
    old = Named(
        streams.__module__.removeprefix("lenet.theano_compat."),
        "RandomStreams",
        state_updates=[],
        default_instance_seed=4,
        gen_seedgen=np.random.RandomState(4),
    )
    loaded = pickle.loads(pickled(old, protocol))
    samples = [each.uniform((2,)) for each in (loaded, streams(4))]
    found, expected = theano.function([], samples, mode="FAST_COMPILE")()
    np.testing.assert_array_equal(found, expected)


@protocols
def test_plain_pickle_of_mrg_streams(theano, protocol):
    rstate = np.arange(1, 7, dtype="int32")
    old = Named(
        "theano.sandbox.rng_mrg",
        "MRG_RandomStreams",
        rstate=rstate,
        default_instance_seed=5,
        state_updates=[("state", "next state", (2,), 2)],
    )
    loaded = pickle.loads(pickled(old, protocol))
    fresh = theano.sandbox.rng_mrg.MRG_RandomStreams(rstate)
    samples = [each.uniform((2,)) for each in (loaded, fresh)]
    draw = theano.function([], samples, mode="FAST_COMPILE")
    np.testing.assert_array_equal(*draw())
    loaded.seed()
    fresh.seed(5)
    np.testing.assert_array_equal(*draw())


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
