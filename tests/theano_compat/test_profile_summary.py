"""A program that measures its functions ends with their sum, and without a traceback."""

import pytensor
import pytest
from pytensor.compile.debug import profiling

from lenet.theano_compat.profile_summary import total

PROGRAM = """
import numpy as np
import theano
import theano.tensor as T
theano.config.profile = True
x = T.vector("x")
double = theano.function([x], x * 2, mode="FAST_COMPILE", name="double")
square = theano.function([x], x ** 2, mode="FAST_COMPILE", name="square")
theano.function([x], x + 1, mode="FAST_COMPILE", name="not called")
for f in (double, square, square)[:{calls}]:
    f(np.ones(3, x.dtype))
"""
SUMS = "show_sum" in profiling._atexit_print_fn.__code__.co_names


def test_sum_is_that_of_the_parts(monkeypatch):
    monkeypatch.setattr(profiling, "_atexit_print_list", [])
    one, two = (profiling.ProfileStats(atexit_print=False) for _ in range(2))
    one.fct_call_time, two.fct_call_time = 1.0, 2.5
    one.fct_callcount, two.fct_callcount = 3, 4
    one.apply_time, two.apply_time = {"a": 1.0}, {"b": 2.0}
    both = total([one, two])
    assert (both.fct_call_time, both.fct_callcount) == (3.5, 7)
    assert both.apply_time == {"a": 1.0, "b": 2.0}
    assert one.apply_time == {"a": 1.0}


@pytest.mark.skipif(not SUMS, reason=f"PyTensor {pytensor.__version__} prints no sum")
def test_program_ends_with_the_sum(run_script):
    result = run_script(PROGRAM.format(calls=3))
    assert result.returncode == 0
    assert "Traceback" not in result.stderr
    assert "Message: Sum of all(2) printed profiles at exit." in result.stderr
    assert "Time in 3 calls to Function.__call__" in result.stderr


def test_a_single_function_needs_no_sum(run_script):
    result = run_script(PROGRAM.format(calls=1))
    assert "Traceback" not in result.stderr
    assert "Time in 1 calls to Function.__call__" in result.stderr
    assert "Sum of all" not in result.stderr
