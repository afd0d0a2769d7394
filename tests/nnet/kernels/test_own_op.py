"""The Op of docs/pytensor.md that anybody may write on the kernels."""

import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.graph.basic import Apply

from lenet.nnet import conv2d
from lenet.nnet.ops.base import CFileOp
from tests.nnet.modes import MODES, in_modes

GUIDE = Path(__file__).parents[3] / "docs" / "pytensor.md"


def blocks():
    """Return the pieces of Python in the guide."""
    text = GUIDE.read_text("utf-8")
    return [
        textwrap.dedent(block)
        for block in re.findall(r"(?:^(?: {4}.*)?\n)+", text, re.M)
        if block.strip()
    ]


def block_with(words):
    (found,) = [block for block in blocks() if words in block]
    return found


@in_modes("c", "jax", "numba", "python", by_xla=False)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_op_of_the_guide(mode_name, dtype, monkeypatch):
    scope = {"CFileOp": CFileOp, "Apply": Apply, "__name__": __name__}
    exec(block_with("class Doubled"), scope)
    doubled = scope["Doubled"]
    # PyTensor's cache pickles Ops, and so needs them in a module, as those of programs are.
    monkeypatch.setattr(sys.modules[__name__], "Doubled", doubled, raising=False)
    x = pt.tensor("x", dtype=dtype, shape=(None, None))
    function = pytensor.function([x], doubled()(x), mode=MODES[mode_name])
    value = np.arange(12, dtype=dtype).reshape(4, 3)
    for given in (value, value[::2], value.T):
        found = function(given)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, 2 * given)


def test_the_first_lines_of_the_guide():
    scope = {}
    exec(block_with("import numpy as np"), scope)
    maps, gradient = scope["function"](np.ones((1, 1, 5, 4)), np.ones((2, 1, 3, 3)))
    assert maps.shape == (1, 2, 2, 2)
    assert gradient.shape == (2, 1, 3, 3)


def test_a_rewrite_is_left_out_as_the_guide_says():
    scope = {}
    exec(block_with("plain = get_mode"), scope)
    x = pt.tensor("x", shape=(1, 1, 5, 5))
    y = conv2d(x, np.ones((2, 1, 3, 3)))
    ops = [
        type(n.op).__name__
        for n in pytensor.function([x], y, mode=scope["plain"]).maker.fgraph.apply_nodes
    ]
    assert "Conv" in ops
    assert "FusedConv" not in ops
