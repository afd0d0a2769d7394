"""Theano's names of types in programs that ask for them."""

import ast

import numpy as np
import pytest
from pytensor.tensor import exp
from pytensor.tensor.type import dvector

from lenet.nnet.ops.dot import MatrixVectorProduct
from lenet.nnet.ops.softmax import RowSoftmax
from lenet.theano_compat.old_names.changed_programs import NAMES, is_to_change
from lenet.theano_compat.old_names.type_names import with_old_type_names

HEAD = "import theano\n"


def value_of(text, v):
    scope = {**NAMES, "v": v}
    exec(compile(with_old_type_names(ast.parse(text)), "program", "exec"), scope)
    return scope["x"]


@pytest.mark.parametrize(
    ("text", "of_variable", "of_array"),
    [
        ("x = 'theano' in str(type(v))", True, False),
        ("x = 'numpy' in repr(v.__class__)", False, True),
        ("x = type(v).__module__.startswith('theano.tensor')", True, False),
        ("x = [v][0].__class__.__module__", "theano.tensor.var", "numpy"),
        ("x = type(v).__name__", "TensorVariable", "ndarray"),
        ("x = str(type(v)) == \"<class 'theano.tensor.var.TensorVariable'>\"", True, False),
    ],
)
def test_a_variable_is_theanos(text, of_variable, of_array):
    assert is_to_change((HEAD + text).encode())
    assert value_of(text, dvector()) == of_variable
    assert value_of(text, np.zeros(2)) == of_array


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (MatrixVectorProduct(), "CGemv"),
        (RowSoftmax(), "Softmax"),
        (exp, "Elemwise"),
    ],
)
def test_operations_have_theanos_names(operation, name):
    text = f"x = v.__class__.__name__ in ('NoName', {name!r})"
    assert is_to_change((HEAD + text).encode())
    assert value_of(text, operation)


@pytest.mark.parametrize(
    "text",
    [
        "x = str(v)",
        "x = str(type)",
        "x = type(v).__qualname__",
        "x = type('A', (), {}).__module__",
        "v.__class__.__module__ = 'a'",
    ],
)
def test_all_else_stays(text):
    tree = ast.parse(text)
    assert ast.dump(with_old_type_names(ast.parse(text))) == ast.dump(tree)
    assert not is_to_change((HEAD + text).encode())


def test_programs_without_theano_stay():
    assert not is_to_change(b"x = str(type(v))")
    assert not is_to_change((HEAD + "raise TypeError('not a ' + str(type(x)))").encode())


@pytest.mark.parametrize("kind", [int, list, dict])
def test_texts_of_other_types_are_pythons(kind):
    assert value_of("x = str(type(v))", kind()) == str(kind)
