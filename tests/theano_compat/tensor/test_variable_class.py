"""Test which variables count as `theano.tensor.TensorVariable`, and classes made of it."""

import pickle

import pytest

from lenet.theano_compat.theano import function, shared
from lenet.theano_compat.theano import tensor as T
from lenet.theano_compat.theano.gof import graph


class Named(T.TensorVariable):
    """Variable that knows what it stands for, as libraries of random variables have."""

    def __init__(self, type=None, owner=None, index=None, name=None, meaning=""):
        super().__init__(type or T.dscalar, owner, index, name)
        self.meaning = meaning


def test_inputs_and_results_are_variables():
    x = T.dscalar("x")
    assert isinstance(x, T.TensorVariable)
    assert isinstance(x + 1, T.TensorVariable)


@pytest.mark.parametrize("make", [shared, T.constant, float])
def test_constants_and_shared_variables_are_not(make):
    assert not isinstance(make(1.0), T.TensorVariable)


def test_the_class_of_a_variable_is_equal_to_it():
    kinds = {T.TensorVariable: "a variable", Named: "a name"}
    assert kinds[type(T.dscalar())] == "a variable"
    assert [T.TensorVariable, type(shared(1.0))].index(type(T.dscalar() + 1)) == 0
    assert T.TensorVariable not in (Named, type(shared(1.0)), T.TensorConstant)


def test_the_inputs_of_a_graph_are_found_by_the_class():
    x, weight = T.dvector("x"), shared(2.0)
    inputs = graph.inputs([(weight * x + 1).sum()])
    assert [each for each in inputs if isinstance(each, T.TensorVariable)] == [x]


def test_subclasses():
    assert issubclass(Named, T.TensorVariable)
    assert not issubclass(T.TensorConstant, T.TensorVariable)
    assert not issubclass(type(shared(1.0)), T.TensorVariable)


def test_variable_is_made_of_a_type_alone():
    x = T.TensorVariable(T.dscalar)
    assert type(x) is type(T.dscalar())
    assert (x.owner, x.index, x.name) == (None, None, None)


def test_class_that_is_made_of_it():
    a = Named(name="a", meaning="slope")
    assert isinstance(a, Named)
    assert isinstance(a, T.TensorVariable)
    assert not isinstance(T.dscalar(), Named)
    slope = T.grad(a**2, a)
    assert function([a], [slope, a * shared(2.0)], mode="FAST_COMPILE")(3.0) == [6, 6]


def test_such_a_class_is_pickled():
    loaded = pickle.loads(pickle.dumps(Named(name="a", meaning="slope")))
    assert (type(loaded), loaded.name, loaded.meaning) == (Named, "a", "slope")


def test_pickles_name_the_class():
    # Protocol 2's NEWOBJ of the name that Theano's pickles have.
    loaded = pickle.loads(
        b"ctheano.tensor.var\nTensorVariable\n)\x81}X\x04\x00\x00\x00nameX\x01\x00\x00\x00xsb."
    )
    assert type(loaded) is type(T.dscalar())
    assert loaded.name == "x"
