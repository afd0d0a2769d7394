"""Traces of variables through rewrites: each once, and none lost."""

import pytensor
import pytensor.tensor as pt
from pytensor.graph.rewriting import basic
from pytensor.tensor.rewriting import basic as tensor_rewrites

import lenet.nnet  # noqa: F401  which keeps them distinct

PYTHON = pytensor.compile.mode.Mode("py", "fast_run")


def test_a_constant_of_many_choices_has_few_traces():
    zero = pt.constant(0.0)
    numbers = pt.dscalars(40)
    terms = [pt.switch(number < 1, zero, zero) + number for number in numbers]
    f = pytensor.function(numbers, sum(terms), mode=PYTHON)
    assert f(*range(40)) == sum(range(40))
    assert 1 <= len(zero.tag.trace) < 100


def test_traces_are_joined():
    one, other, third = pt.dscalars("one", "other", "third")
    place, elsewhere = [("a.py", 1, "f", "x")], [("a.py", 2, "f", "y")]
    one.tag.trace, other.tag.trace, third.tag.trace = [place], [elsewhere, place], []
    assert basic.copy_stack_trace([one, other], third) is third
    assert third.tag.trace == [place, elsewhere]
    basic.copy_stack_trace(third, [one, other])
    assert one.tag.trace == [place, elsewhere]
    assert other.tag.trace == [elsewhere, place]
    assert tensor_rewrites.copy_stack_trace is basic.copy_stack_trace


def test_a_trace_may_be_without_a_list():
    one, other = pt.dscalars("one", "other")
    one.tag.trace = [("a.py", 1, "f", "x")]
    del other.tag.trace
    basic.copy_stack_trace(one, other)
    assert other.tag.trace == [[("a.py", 1, "f", "x")]]
    del one.tag.trace
    basic.copy_stack_trace([], one)
    assert one.tag.trace == []
