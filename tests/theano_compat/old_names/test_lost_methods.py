"""Methods that classes written in C have lost."""

import subprocess
import sys

# In a process of its own: a class keeps what it is given.
PROGRAM = """
import array
from xml.etree import ElementTree
import numpy as np
from lenet.theano_compat.old_names import restore
restore()
x = np.zeros((2, 2), "u1")
x.itemset((0, 1), 3)
x.itemset(3, 5)
x.itemset(1, 0, 4)
print(x.tolist(), x.tostring(), x[1, 1].tostring(), x.ptp(), x.ptp(axis=0).tolist())
print(np.array([1], ">i2").byteswap().newbyteorder().tolist(), x.tobytes() == x.tostring("C"))
a = array.array("B", [1])
a.fromstring(b"ab")
a.fromstring("\\x02")
print(a.tostring())
root = ElementTree.fromstring("<a><b/><c><b/></c></a>")
print([each.tag for each in root.getchildren()], len(root.getiterator("b")))
class Own(np.ndarray):
    def tostring(self): return "own"
print(x.view(Own).tostring(), np.asmatrix([[7]], "u1").tostring())
"""
PRINTED = """\
[[0, 3], [4, 5]] b'\\x00\\x03\\x04\\x05' b'\\x05' 5 [4, 2]
[1] True
b'\\x01ab\\x02'
['b', 'c'] 2
own b'\\x07'
"""


def test_methods_of_arrays_and_elements():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert done.stdout == PRINTED, done.stderr
