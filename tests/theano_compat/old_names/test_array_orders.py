"""Orders of arrays that are no letters; what is expected is what NumPy 1.16 returned."""

import subprocess
import sys

import numpy as np
import pytest

from lenet.theano_compat.old_names.array_orders import FUNCTIONS, with_any_order

PROGRAM = """
import numpy as np
from lenet.theano_compat.old_names.array_orders import take_any_order
take_any_order()
x = np.arange(6).reshape(2, 3)
assert x.flatten(1).tolist() == x.ravel(True).tolist() == [0, 3, 1, 4, 2, 5]
assert x.flatten(0).tolist() == x.flatten().tolist() == x.ravel(order=False).tolist()
assert x.reshape((3, 2), order=(1, 0)).tolist() == x.reshape((3, 2), order="F").tolist()
assert np.array(x, order=1).flags.f_contiguous and np.ravel(x, 1)[1] == 3
"""


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        *((np.ravel, ([[1, 2], [3, 4]],)), (np.reshape, (range(4), (2, 2)))),
        *((np.zeros, ((2, 2), "f")), (np.full, ((2, 2), 1, "f"))),
    ],
)
def test_truth_is_an_order(function, arguments):
    called = with_any_order(function, FUNCTIONS[function.__name__])
    for order, letter in [(1, "F"), (False, "C"), ((1, 0), "F")]:
        for result in (called(*arguments, order), called(*arguments, order=order)):
            expected = function(*arguments, order=letter)
            assert result.tolist() == expected.tolist()
            assert result.flags.f_contiguous == expected.flags.f_contiguous


def test_other_errors_stay():
    with pytest.raises(TypeError, match="no_such_type"):
        with_any_order(np.zeros, 2)(3, "no_such_type")


def test_arrays_in_a_process_of_their_own():
    subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], check=True, timeout=60)
