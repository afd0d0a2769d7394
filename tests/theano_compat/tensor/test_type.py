from importlib import import_module

import numpy as np
import pytest
from pytensor import config

from lenet.theano_compat.theano import shared
from lenet.theano_compat.theano import tensor as T

DTYPES = {
    "b": "int8",
    "w": "int16",
    "i": "int32",
    "l": "int64",
    "f": "float32",
    "d": "float64",
    "c": "complex64",
    "z": "complex128",
}
PATTERNS = {
    "scalar": (),
    "vector": (False,),
    "matrix": (False, False),
    "row": (True, False),
    "col": (False, True),
    "tensor3": (False,) * 3,
    "tensor4": (False,) * 4,
    "tensor5": (False,) * 5,
    "tensor6": (False,) * 6,
    "tensor7": (False,) * 7,
}


@pytest.mark.parametrize("kind", PATTERNS)
@pytest.mark.parametrize("prefix", DTYPES)
def test_prefix_and_kind_name_a_type(prefix, kind):
    x = getattr(T, prefix + kind)("x")

    assert (x.name, x.dtype, x.broadcastable) == ("x", DTYPES[prefix], PATTERNS[kind])
    assert x.type == T.TensorType(DTYPES[prefix], PATTERNS[kind])


@pytest.mark.parametrize("kind", PATTERNS)
def test_kind_without_prefix_is_of_floatx_or_of_what_is_said(kind):
    constructor = getattr(T, kind)

    assert constructor().dtype == config.floatX
    assert constructor("x", "int32").dtype == constructor(dtype="int32").dtype == "int32"
    assert constructor("x").broadcastable == PATTERNS[kind]


@pytest.mark.parametrize("floatx", ["float32", "float64"])
def test_floatx_is_looked_up_when_a_variable_is_made(floatx):
    with config.change_flags(floatX=floatx):
        assert T.matrix().dtype == T.TensorType("floatX", (False,))().dtype == floatx


@pytest.mark.parametrize("kind", ["scalar", "vector", "row", "col", "tensor3", "tensor4"])
def test_plural_makes_variables_of_names_or_of_a_number(kind):
    named = getattr(T, f"{kind}s")("a", "b")
    counted = getattr(T, f"i{kind}s")(3)

    assert [x.name for x in named] == ["a", "b"]
    assert [x.dtype for x in counted] == ["int32"] * 3


def test_matrices():
    x, y = T.dmatrices("x", "y")

    assert (x.name, y.name, x.dtype) == ("x", "y", "float64")
    assert len(T.fmatrices(2)) == len(T.matrices(2)) == 2


@pytest.mark.parametrize("pattern", [(False, True), [0, 1], np.array([False, True])], ids=repr)
def test_tensor_type_takes_a_broadcastable_pattern_not_lengths(pattern):
    kind = T.TensorType("float32", pattern)

    assert kind.broadcastable == (False, True)
    assert kind.shape == (None, 1)
    assert T.TensorType(dtype="float32", broadcastable=pattern, name="k") == kind
    assert T.tensor("float32", pattern, name="x").type == kind
    assert T.tensor(dtype="float32", broadcastable=pattern).type == kind


def test_tensor_type_recognises_types():
    assert isinstance(T.matrix().type, T.TensorType)
    assert not isinstance(T.matrix(), T.TensorType)
    assert issubclass(type(T.matrix().type), T.TensorType)
    assert T.TensorType.values_eq(np.ones(2), np.ones(2))


def test_classes_of_variables():
    assert isinstance(T.matrix(), T.TensorVariable)
    assert isinstance(T.constant(1), T.TensorConstant)
    assert isinstance(shared(np.ones(2)), T.sharedvar.TensorSharedVariable)
    assert not isinstance(T.matrix(), T.TensorConstant)
    assert issubclass(T.AsTensorError, TypeError)


def test_lists_of_dtypes_hold_what_their_names_say():
    assert set(T.float_dtypes) == {"float16", "float32", "float64"}
    assert set(T.integer_dtypes) == set(T.int_dtypes) | set(T.uint_dtypes)
    assert "bool" in T.discrete_dtypes
    assert set(T.complex_dtypes) == {"complex64", "complex128"}


def test_functions_keep_their_names_when_modules_of_the_same_name_are_imported():
    sort = import_module("theano.tensor.sort")
    var = import_module("theano.tensor.var")

    assert sort.argsort is T.argsort
    assert var.TensorVariable is T.TensorVariable
    assert callable(T.sort)
    assert callable(T.var)
