"""Methods that tell the compiler what an operation needs."""

import pytest

from lenet.theano_compat.compiler_methods import METHODS


@pytest.mark.parametrize("method", METHODS)
def test_they_take_the_compiler_or_nothing(theano, method):
    class Bare(theano.gof.Op):
        pass

    class Taking(theano.gof.Op):
        pass

    def takes_nothing(self):
        return ["bare"]

    def takes_compiler(self, compiler):
        return [compiler]

    def takes_name(self, c_compiler=None, **options):
        return [c_compiler, "named"]

    given = type(method, (Bare,), {method: takes_nothing})()
    assert getattr(given, method)(c_compiler="gcc") == getattr(given, method)() == ["bare"]
    given = type(method, (Taking,), {method: takes_compiler})()
    assert getattr(given, method)(c_compiler="gcc") == getattr(given, method)("gcc") == ["gcc"]
    given = type(method, (theano.scalar.ScalarOp,), {method: takes_name})
    assert getattr(given, method)(None, c_compiler="gcc") == ["gcc", "named"]


def test_a_class_below_asks_the_one_above(theano):
    class Above(theano.gof.Op):
        def c_headers(self):
            return ["<cmath>"]

    class Below(Above):
        def c_headers(self):
            return [*super().c_headers(), "<vector>"]

    class Mixed:
        def c_libraries(self):
            return ["m"]

    class Last(Mixed, Below):
        pass

    assert Last().c_headers(c_compiler=None) == ["<cmath>", "<vector>"]
    assert Last().c_libraries(c_compiler=None) == ["m"]
