"""Theano's ``theano.tests.test_rop``: the base class of tests of ``R_op``."""

import unittest
from collections.abc import Sequence
from typing import Any

import numpy as np
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano import tensor
from lenet.theano_compat.theano.compile import function
from lenet.theano_compat.theano.configdefaults import config
from lenet.theano_compat.theano.gradient import Lop, Rop, grad, grad_undefined
from lenet.theano_compat.theano.scan_module import clone, scan
from lenet.theano_compat.theano.tests.unittest_tools import fetch_seed, seed_rng

__all__ = ["BreakRop", "RopLop_checker", "break_op"]

__getattr__ = forward(__name__)


class BreakRop(Op):
    """The identity, which has no derivatives."""

    __props__ = ()

    def make_node(self, x: Any) -> Apply:
        """Return its application to a variable."""
        return Apply(self, [x], [x.type()])

    def perform(self, node: Apply, inputs: Sequence, outputs: Sequence) -> None:
        """Return what it is given."""
        outputs[0][0] = inputs[0]

    def grad(self, inputs: Sequence[Variable], output_gradients: Sequence[Variable]) -> list:
        """Return that there is no gradient."""
        return [grad_undefined(self, 0, inputs[0])]

    def R_op(self, inputs: Sequence[Variable], eval_points: Sequence) -> list:
        """Return that there is no derivative."""
        return [None]


break_op = BreakRop()


class RopLop_checker(unittest.TestCase):  # noqa: N801
    """Test case that compares `Rop` and `Lop` with products by the Jacobian.

    An expression of `x` is to be a vector, as is one of the matrix `mx`, of sizes `in_shape` and `mat_in_shape`.
    """

    def setUp(self) -> None:
        """Make the variables, and choose their sizes."""
        seed_rng()
        self.rng = np.random.RandomState(fetch_seed())
        self.x, self.v = tensor.vector("x"), tensor.vector("v")
        self.mx, self.mv = tensor.matrix("mx"), tensor.matrix("mv")
        rows, columns, length = (5 + int(self.rng.randint(3)) for _ in range(3))
        self.in_shape, self.mat_in_shape = (length,), (rows, columns)

    def check_nondiff_rop(self, y: Variable) -> None:
        """Check that an expression of `x` is refused, which has no derivative."""
        try:
            Rop(y, self.x, self.v)
        except ValueError:
            return
        self.fail("an expression without a derivative has one")

    def check_mat_rop_lop(self, y: Variable, out_shape: tuple[int, ...]) -> None:
        """Check the derivatives of a vector by `mx`."""
        rows, _ = scan(
            lambda i, y, x, v: (grad(y[i], x) * v).sum(),
            sequences=tensor.arange(y.shape[0]),
            non_sequences=[y, self.mx, self.mv],
        )
        self.compare(Rop(y, self.mx, self.mv), rows, self.mx, self.mv, self.mat_in_shape)
        self.compare(
            Lop(y, self.mx, self.v), grad((self.v * y).sum(), self.mx), self.mx, self.v, out_shape
        )

    def check_rop_lop(self, y: Variable, out_shape: tuple[int, ...]) -> None:
        """Check the derivatives of a vector by `x`, and that they go through all of it."""
        jacobian, _ = scan(
            lambda i, y, x: grad(y[i], x),
            sequences=tensor.arange(y.shape[0]),
            non_sequences=[y, self.x],
        )
        by_rows, by_columns = tensor.dot(jacobian, self.v), tensor.dot(self.v, jacobian)
        self.compare(Rop(y, self.x, self.v), by_rows, self.x, self.v, self.in_shape)
        self.compare(Lop(y, self.x, self.v), by_columns, self.x, self.v, out_shape)
        self.check_nondiff_rop(clone(y, replace={self.x: break_op(self.x)}))

    def compare(
        self, found: Any, expected: Any, x: Variable, v: Variable, shape: tuple[int, ...]
    ) -> None:
        """Compare two expressions of a variable and a direction of some shape."""
        x_shape = self.in_shape if x is self.x else self.mat_in_shape
        values = [self.rng.uniform(size=size).astype(config.floatX) for size in (x_shape, shape)]
        computed = function([x, v], [found, expected], on_unused_input="ignore")(*values)
        assert np.allclose(*computed), computed
