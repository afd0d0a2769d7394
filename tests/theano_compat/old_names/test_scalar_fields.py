"""Fields of one number, as NumPy 1.11 read them."""

import ast

import numpy as np
import pytest

from lenet.theano_compat.old_names.changed_programs import is_to_change
from lenet.theano_compat.old_names.scalar_fields import with_scalar_fields

HEAD = "import numpy\n"


def value_of(text):
    scope = {}
    exec(compile(with_scalar_fields(ast.parse(HEAD + text)), "program", "exec"), scope)
    return scope["x"]


@pytest.mark.parametrize(
    "text",
    [
        "x = numpy.zeros(3, dtype=[('a', 'i4', 1), ('b', 'f4', 2)])",
        "x = numpy.zeros(3, [('a', numpy.dtype('i4'), 1), ('b', 'f4', (2,))])",
        "kind = [('a', 'i4', 1), ('b', 'f4', 2)]\nx = numpy.zeros(3, kind)",
        "kind = numpy.dtype([('a', 'i4',\n    1), ('b', 'f4', 2)])\nx = numpy.empty((3,), dtype=kind)",
    ],
)
def test_fields_hold_a_number(text):
    assert is_to_change((HEAD + text).encode())
    x = value_of(text)
    assert (x["a"].shape, x["b"].shape) == ((3,), (3, 2))
    assert (x["a"].dtype, x["b"].dtype) == (np.int32, np.float32)


@pytest.mark.parametrize(
    "text",
    [
        "x = numpy.array([('a', 2, 1)], dtype=object)",
        "x = [('a', 'b', 1)]",
        "x = numpy.zeros(2, [('a', 'f4', (1,))])",
        "x = numpy.zeros(2, [('a', 'f4', True)])",
        "x = numpy.zeros(2, 'f4')",
    ],
)
def test_all_else_stays(text):
    tree = ast.parse(HEAD + text)
    assert ast.dump(with_scalar_fields(ast.parse(HEAD + text))) == ast.dump(tree)
    assert not is_to_change((HEAD + text).encode())
