"""Theano's ``theano.tests.unittest_tools``: helpers for tests of own operations."""

import unittest
from collections.abc import Sequence
from typing import Any

import numpy as np

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile import function, get_default_mode
from lenet.theano_compat.theano.gradient import verify_grad as verify

__all__ = [
    "InferShapeTester",
    "WrongValue",
    "assert_allclose",
    "fetch_seed",
    "seed_rng",
    "verify_grad",
]

__getattr__ = forward(__name__)

SEED = 666  # that of Theano's flag unittests.rseed


def fetch_seed(pseed: int | None = None) -> int:
    """Return a seed, or Theano's own."""
    return int(pseed or SEED)


def seed_rng(pseed: int | None = None) -> int:
    """Give NumPy's generator a seed, and return it."""
    seed = fetch_seed(pseed)
    np.random.seed(seed)  # noqa: NPY002
    return seed


def verify_grad(
    op: Any, pt: Sequence, n_tests: int = 2, rng: Any = None, *arguments: Any, **keywords: Any
) -> None:
    """Check a gradient against differences; see `theano.gradient.verify_grad`."""
    if rng is None:
        seed_rng()
        rng = np.random
    verify(op, pt, n_tests, rng, *arguments, **keywords)


class WrongValue(AssertionError):  # noqa: N818
    """A value is not what a test expects."""


def assert_allclose(
    expected: Any, value: Any, rtol: float | None = None, atol: float | None = None
) -> None:
    """Check that values are close, by tolerances that fit their type.

    Raises
    ------
    WrongValue
    """
    is_single = any(np.asarray(each).dtype == np.float32 for each in (expected, value))
    tolerance = 1e-5 if is_single else 1e-8
    try:
        np.testing.assert_allclose(
            value,
            expected,
            rtol=1e-5 if rtol is None else rtol,
            atol=tolerance if atol is None else atol,
        )
    except AssertionError as error:
        raise WrongValue(str(error)) from None


class InferShapeTester(unittest.TestCase):
    """Test case that compares ``infer_shape`` with the shapes of results."""

    mode: Any = None

    def setUp(self) -> None:
        """Give NumPy's generator a seed, and choose a mode that infers shapes."""
        seed_rng()
        mode = get_default_mode() if self.mode is None else self.mode
        self.mode = mode.including("canonicalize")

    def _compile_and_check(
        self,
        inputs: Sequence,
        outputs: Sequence,
        numeric_inputs: Sequence,
        cls: Any,
        excluding: Sequence[str] | None = None,
        warn: bool = True,
        check_topo: bool = True,
    ) -> None:
        """Check that shapes are inferred, without the operation `cls`, and are right."""
        mode = self.mode.excluding(*excluding) if excluding else self.mode
        results = function(inputs, outputs, mode=mode)
        shapes = function(inputs, [output.shape for output in outputs], mode=mode)
        if check_topo:
            assert not any(isinstance(node.op, cls) for node in shapes.maker.fgraph.toposort())
        assert any(isinstance(node.op, cls) for node in results.maker.fgraph.toposort())
        for value, shape in zip(results(*numeric_inputs), shapes(*numeric_inputs), strict=True):
            assert np.array_equal(value.shape, shape), (value.shape, shape)
