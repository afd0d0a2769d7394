"""Theano's ``theano.tests.unittest_tools``: helpers for tests of own operations."""

import unittest
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from unittest import SkipTest

import numpy as np

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile import function, get_default_mode
from lenet.theano_compat.theano.gradient import verify_grad as verify

__all__ = [
    "AttemptManyTimes",
    "InferShapeTester",
    "SkipTest",
    "TestOptimizationMixin",
    "WrongValue",
    "assert_allclose",
    "attr",
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


class TestOptimizationMixin:
    """Assertions about the operations of compiled functions."""

    __test__ = False  # it is no test itself

    def assertFunctionContains(
        self,
        f: Any,
        op: Any,
        min: int = 1,
        max: int | None = None,
    ) -> None:
        """Check how often an operation is in a function's graph."""
        self.check_number(f, lambda found: found == op, min, max)

    def assertFunctionContains0(self, f: Any, op: Any) -> None:
        """Check that an operation is not there."""
        self.assertFunctionContains(f, op, min=0, max=0)

    def assertFunctionContains1(self, f: Any, op: Any) -> None:
        """Check that it is there once."""
        self.assertFunctionContains(f, op, min=1, max=1)

    def assertFunctionContainsN(self, f: Any, op: Any, N: int) -> None:
        """Check that it is there so often."""
        self.assertFunctionContains(f, op, min=N, max=N)

    def assertFunctionContainsClass(
        self,
        f: Any,
        op: type,
        min: int = 1,
        max: int | None = None,
    ) -> None:
        """Check how often operations of a class are in a function's graph."""
        self.check_number(f, lambda found: isinstance(found, op), min, max)

    def assertFunctionContainsClassN(self, f: Any, op: type, N: int) -> None:
        """Check that they are there so often."""
        self.assertFunctionContainsClass(f, op, min=N, max=N)

    def check_number(
        self, f: Any, is_one: Callable[[Any], bool], least: int, most: int | None
    ) -> None:
        """Check how many nodes of a graph have such an operation."""
        nodes = f.maker.fgraph.toposort()
        found = sum(is_one(node.op) for node in nodes)
        assert least <= found <= (found if most is None else most), (nodes, found, least, most)


class AttemptManyTimes:
    """Decorator of tests that may fail some times.

    Parameters
    ----------
    n_attempts, n_req_successes : int
        How often a test is tried at most, and how often it has to pass.
    """

    def __init__(self, n_attempts: int, n_req_successes: int = 1) -> None:
        self.n_attempts, self.n_req_successes = n_attempts, n_req_successes

    def __call__(self, test: Callable[..., Any]) -> Callable[..., None]:
        """Return the test that tries again."""

        @wraps(test)
        def attempts(*arguments: Any, **keywords: Any) -> None:
            failures = successes = 0
            while successes < self.n_req_successes:
                try:
                    test(*arguments, **keywords)
                    successes += 1
                except Exception:
                    failures += 1
                    if failures + self.n_req_successes > self.n_attempts:
                        raise

        return attempts


def attr(*names: str, **values: Any) -> Callable[[Any], Any]:
    """Give a test attributes, as nose's decorator did, by which it could be chosen."""

    def decorate(test: Any) -> Any:
        for name, value in {**dict.fromkeys(names, True), **values}.items():
            setattr(test, name, value)
        return test

    return decorate
