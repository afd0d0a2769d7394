"""Arrays of one number as numbers, as NumPy took them up to version 2.3."""

import subprocess
import sys

PROGRAM = """
import math, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import numpy as np
from lenet.theano_compat.old_names import restore
restore()
one = np.full((1, 1), 2.25)
print(float(one), int(one), math.sqrt(one), "%d %.2f" % (one, one))
x, n = np.zeros((2, 3), "float32"), np.zeros(2, int)
x[1, 2], n[0] = one, one[0]
x[0] = one
print(x.tolist(), n.tolist(), float(np.array(3)), int(np.array(3.5)), float(np.float32(1.5)))
for several in (np.ones(2), np.ones(0), np.array(["a"])):
    try:
        print(float(several))
    except (TypeError, ValueError) as error:
        print(type(error).__name__)
try:
    x[0, 0] = np.ones(2)
except ValueError as error:
    print(error)
class Mine(np.ndarray):
    pass
print(bool(np.ones(0)), not np.zeros((0, 3)), bool(np.ones(1)), bool(np.zeros(())), 1 if np.where([0])[0] else 2)
try:
    bool(np.ones(2))
except ValueError as error:
    print(type(error).__name__)
print(float(np.ones(1).view(Mine)), np.ones(3).mean(), int(np.array([2**70], object)))
"""


def test_one_number():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "2.25 2 1.5 2 2.25",
        "[[2.25, 2.25, 2.25], [0.0, 0.0, 2.25]] [2, 0] 3.0 3 1.5",
        "TypeError",
        "TypeError",
        "ValueError",
        "setting an array element with a sequence.",
        "False True True False 2",
        "ValueError",
        f"1.0 1.0 {2**70}",
    ]
