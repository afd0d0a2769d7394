"""Assertions of ``sklearn.utils.testing``, which were unittest's and NumPy's."""

import warnings
from collections.abc import Callable
from typing import Any
from unittest import TestCase

import numpy as np

_case = TestCase()
assert_dict_equal = _case.assertDictEqual
assert_equal = _case.assertEqual
assert_false = _case.assertFalse
assert_greater = _case.assertGreater
assert_greater_equal = _case.assertGreaterEqual
assert_in = _case.assertIn
assert_less = _case.assertLess
assert_less_equal = _case.assertLessEqual
assert_not_equal = _case.assertNotEqual
assert_not_in = _case.assertNotIn
assert_raises = _case.assertRaises
assert_raises_regex = _case.assertRaisesRegex
assert_raises_regexp = _case.assertRaisesRegex
assert_true = _case.assertTrue
assert_approx_equal = np.testing.assert_approx_equal
assert_no_warnings = np.testing.assert_no_warnings


def assert_raise_message(
    exceptions: Any, message: str, function: Callable[..., Any], *args: Any, **keywords: Any
) -> None:
    """Check that a function raises an exception whose text has a message in it."""
    with assert_raises(exceptions) as caught:
        function(*args, **keywords)
    assert_in(message, str(caught.exception))


def assert_warns(kind: type[Warning], function: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """Check that a function warns, and return its result."""
    with _case.assertWarns(kind):
        return function(*args, **kw)


def assert_warns_message(
    kind: type[Warning], message: Any, function: Callable[..., Any], *args: Any, **keywords: Any
) -> Any:
    """Check that a function warns with a message, or one that another approves of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function(*args, **keywords)
    texts = [str(each.message) for each in caught if issubclass(each.category, kind)]
    approves = message if callable(message) else lambda text: message in text
    assert_true(any(map(approves, texts)), f"{message!r} is in none of {texts}")
    return result
