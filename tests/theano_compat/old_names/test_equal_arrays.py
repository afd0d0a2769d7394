"""Arrays that programs compare with None, text or lists."""

import ast

import numpy as np
import pytest

from lenet.theano_compat.old_names.changed_programs import is_to_change
from lenet.theano_compat.old_names.equal_arrays import (
    NAMES,
    asking_for_equality,
    may_ask_for_equality,
    with_equality,
)


def answer(test, x):
    """Return what a program takes for the answer to a question of ``x``."""
    text = f"import numpy\nif {test}:\n    answer = True\nelse:\n    answer = False"
    assert may_ask_for_equality(text.encode())
    scope = dict(NAMES, x=x)
    exec(compile(with_equality(ast.parse(text)), "program", "exec"), scope)
    return scope["answer"]


@pytest.mark.parametrize(
    ("test", "truth"),
    [
        *(("x == None", False), ("None == x", False), ("x != None", True)),
        *(("not x == None", True), ("x == [] or x == None", False), ("x == 'all'", False)),
        *(("x != 'all'", True), ("x == []", False), ("x != []", True), ("x == ()", False)),
        *(("x in (None, 'all')", False), ("x not in [None]", True), ("x in ['all', []]", False)),
        *(("x == None and x == 'all'", False), ("x != None and x != 'all'", True)),
        *(("1 if x == None else 0", False), ("x == [1, 2]", False), ("x != (1, 2)", True)),
    ],
)
@pytest.mark.parametrize(
    "x", [np.zeros(3), np.zeros((4, 3)), np.arange(5)], ids=["vector", "matrix", "integers"]
)
def test_an_array_is_not_what_is_no_number(test, truth, x):
    assert answer(test, x) is truth


@pytest.mark.parametrize("x", [np.zeros(0), np.zeros((0, 3))], ids=["vector", "matrix"])
def test_nothing_is_neither_equal_nor_unequal(x):
    # Up to NumPy 2.1, an array without elements was False, as both of these are.
    assert answer("x == []", np.zeros(0)) is False
    assert answer("x != []", np.zeros(0)) is False
    assert answer("x == None", x) is False


def test_one_number():
    assert answer("x == [2]", np.array([2])) is True
    assert answer("x != [2]", np.array([2])) is False
    assert answer("x == []", np.array([2])) is False


@pytest.mark.parametrize("x", [None, "all", [], (), 3, [1, 2]], ids=repr)
@pytest.mark.parametrize(
    "test",
    ["x == None", "x != 'all'", "x == []", "x != (1, 2)", "x in (None, [])", "x not in ['all']"],
)
def test_all_else_is_what_it_was(test, x):
    assert answer(test, x) is eval(test)


def test_what_is_ambiguous_stays_so():
    with pytest.raises(ValueError, match="ambiguous"):
        answer("x == [1, 2]", np.array([1, 3]))
    with pytest.raises(ValueError, match="ambiguous"):
        answer("x == 'a'", np.array(["a", "b"]))


@pytest.mark.parametrize(
    "text",
    [
        *("mask = x == None", "mask = y and x == None", "if x == 3: pass", "if x is None: pass"),
        *("if 1 < x == None: pass", "if 'a' in x: pass", "if __name__ == '__main__': pass"),
    ],
)
def test_what_is_left_as_it_is(text):
    assert asking_for_equality(ast.parse(text)) == []


def test_installed_packages_that_do_not_know_theano_stay():
    text = b"import numpy\nif x == None:\n    pass"
    assert is_to_change(text)
    assert not is_to_change(text, is_installed=True)
    assert is_to_change(text + b"\nimport theano", is_installed=True)
