"""Types of variables that users write."""

import pickle

import numpy as np
import pytest


def rational(theano):
    """Return a class of numbers that C code knows as ``double``."""

    class Rational(theano.gof.Type):
        def filter(self, data, strict=False, allow_downcast=None):
            return float(data)

        def c_headers(self):
            return ["<cmath>"]

        def c_declare(self, name, sub, check_input=True):
            return f"double {name};"

        def c_init(self, name, sub):
            return f"{name} = 0;"

        def c_extract(self, name, sub, check_input=True):
            return f"{name} = PyFloat_AsDouble(py_{name});"

        def c_sync(self, name, sub):
            return f"Py_XDECREF(py_{name}); py_{name} = PyFloat_FromDouble({name});"

        def c_cleanup(self, name, sub):
            return ""

    return Rational()


def test_c_code_of_an_own_type_runs(theano):
    number = rational(theano)

    class Root(theano.Op):
        def make_node(self, x):
            return theano.Apply(self, [x], [number()])

        def c_code(self, node, name, inputs, outputs, sub):
            return f"{outputs[0]} = std::sqrt({inputs[0]});"

    x = number("x")
    assert theano.function([x], Root()(x), mode="FAST_RUN")(9) == 3


def test_a_type_without_a_class(theano):
    number = theano.gof.Type()
    with pytest.raises(theano.gof.utils.MethodNotDefined, match="filter"):
        number.filter(1)
    number.filter = lambda data, strict=False, allow_downcast=None: int(data)
    x = number("x")
    assert theano.function([x], x, mode="FAST_COMPILE")("3") == 3


def test_all_types_are_types(theano):
    T = theano.tensor
    for each in (T.dscalar, T.NoneConst.type, theano.gof.generic, rational(theano)):
        assert isinstance(each, theano.Type)
        assert not isinstance(each, theano.gof.type.SingletonType)
    assert issubclass(T.TensorType, theano.Type)
    assert not isinstance(np.float32, theano.Type)


def test_a_singleton_type_has_one_instance(theano):
    class One(theano.gof.type.SingletonType):
        pass

    class Other(One):
        pass

    assert One() is One()
    assert Other() is not One()
    assert pickle.loads(pickle.dumps(theano.gof.Type)) is theano.gof.Type
