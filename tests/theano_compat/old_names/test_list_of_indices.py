"""Lists of arrays as indices, which were tuples up to NumPy 1.22."""

import ast

import numpy as np
import pytest

from lenet.theano_compat.old_names.changed_programs import is_to_change
from lenet.theano_compat.old_names.list_of_indices import NAMES, by_list, with_pairs

X = np.arange(12.0).reshape(3, 4)
ROWS, COLUMNS = np.array([0, 2]), np.array([1, 3])


def run(text, **names):
    scope = {**NAMES, "x": X.copy(), "rows": ROWS, "columns": COLUMNS, **names}
    exec(compile(with_pairs(ast.parse(text)), "program", "exec"), scope)
    return scope


@pytest.mark.parametrize(
    "text",
    [
        "y = x[[rows, columns]]",
        "y = x[[list(rows), columns]]",
        "y = x[[[0, 2], [1, 3]]]",
        "where = []\nwhere.append(rows)\nwhere.append(columns)\ny = x[where]",
        "y = {'x': x}['x'][[rows, columns]]",
    ],
)
def test_a_pair_of_lists_chooses_elements(text):
    assert is_to_change(text.encode())
    np.testing.assert_array_equal(run(text)["y"], X[ROWS, COLUMNS])


def test_elements_are_set_and_changed():
    x = run("x[[rows, columns]] = 7\nx[[rows, columns]] += 1\nx[[rows[0], 1]] = -1")["x"]
    expected = X.copy()
    expected[ROWS, COLUMNS] = 8
    expected[[0, 1]] = -1  # two rows: no list is in this list
    np.testing.assert_array_equal(x, expected)


def test_all_else_is_as_it_is():
    scope = run(
        "i, j = 0, 2\ny = x[[i, j]]\nz = d[[rows, columns]]\nw = x[[True, False, i]]", d=Pairs()
    )
    np.testing.assert_array_equal(scope["y"], X[[0, 2]])
    assert type(scope["z"]) is list
    np.testing.assert_array_equal(scope["w"], X[[1, 0, 0]])
    # More than an array had axes is an array of indices.
    many = [[0, 1]] * 32
    assert by_list(X)[many].shape == (32, 2, 4)
    assert by_list(X)[many[:2]].shape == (2,)
    assert not is_to_change(b"y = x[[0, 1]]\nz.append(3)\n")
    assert not is_to_change(b"y = x[[rows, columns]]\n", is_installed=True)
    assert is_to_change(b"import theano\ny = x[[rows, columns]]\n", is_installed=True)


class Pairs:
    """No array."""

    def __getitem__(self, index):
        return index


def test_modules_of_a_program_do_so(tmp_path, run_script):
    (tmp_path / "of_pairs.py").write_text("def pairs(x, r, c):\n    return x[[r, c]]\n")
    done = run_script(
        "import numpy, of_pairs\nx = numpy.arange(4).reshape(2, 2)\n"
        "print(of_pairs.pairs(x, [0, 1], [1, 1]), x[[[0], [1]]])\n"
    )
    assert done.stdout == "[1 3] [1]\n", done.stderr
