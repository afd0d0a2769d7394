"""``map_variables``: variables replaced in graphs, in loops and in Ops made of graphs."""

import numpy as np
import pytest

PYTHON = "FAST_COMPILE"


@pytest.fixture
def map_variables(theano):
    from theano.scan_module.scan_utils import map_variables

    return map_variables


def by_name(**replacements):
    return lambda variable: replacements.get(variable.name, variable)


def test_variables_are_replaced_and_the_old_graph_stays(theano, map_variables):
    T = theano.tensor
    a, b, c = T.dscalars("a", "b", "c")
    total = a + b
    doubled = total * 2
    total.name = "total"

    (other,) = map_variables(by_name(b=c), [doubled])
    # A replacement may use what it replaces, and is not replaced itself.
    (shifted,) = map_variables(by_name(total=total + 10), [doubled])

    f = theano.function([a, b, c], [doubled, other, shifted], mode=PYTHON)
    assert f(1, 2, 3) == [6, 8, 26]


@pytest.mark.parametrize("kind", ["scan", "graph"])
def test_within_loops_and_graphs_what_is_outside_can_be_used(theano, map_variables, kind):
    T = theano.tensor
    x, factor, other = T.dvector("x"), T.dscalar("factor"), T.dscalar("other")
    weight = theano.shared(3.0)

    def step(each, factor):
        product = each * factor
        product.name = "product"
        return product

    if kind == "scan":
        result, _ = theano.scan(step, sequences=x, non_sequences=factor)
    else:
        inner_x, inner_factor = T.dvector(), T.dscalar()
        result = theano.OpFromGraph([inner_x, inner_factor], [step(inner_x, inner_factor)])(
            x, factor
        )

    def replacer(variable):
        return variable + weight * other if variable.name == "product" else variable

    (mapped,) = map_variables(replacer, [result])

    f = theano.function([x, factor, other], [result, mapped], mode=PYTHON)
    before, after = f([1, 2], 2, 10)
    np.testing.assert_allclose(before, [2, 4])
    np.testing.assert_allclose(after, [32, 34])


def test_what_a_loop_is_given_is_replaced(theano, map_variables):
    T = theano.tensor
    x, factor, other = T.dvector("x"), T.dscalar("factor"), T.dscalar("other")
    result, _ = theano.scan(lambda each: each * factor, sequences=x)

    (mapped,) = map_variables(by_name(factor=other), [result])

    f = theano.function([x, other], mapped, mode=PYTHON)
    np.testing.assert_allclose(f([1, 2], 5), [5, 10])


def test_a_shared_variable_with_an_update_is_refused_in_a_loop(theano, map_variables):
    counter = theano.shared(0.0, name="counter")
    counter.default_update = counter + 1
    x = theano.tensor.dvector("x")

    def step(each):
        square = each**2
        square.name = "square"
        return square

    result, _ = theano.scan(step, sequences=x)

    with pytest.raises(NotImplementedError, match="counter, which has an update"):
        map_variables(by_name(square=counter * 2), [result])


def test_gradients_of_a_graph_stay_overridden(theano, map_variables):
    T = theano.tensor
    x, other, inner = T.dscalars("x", "other", "inner")
    square = inner**2
    square.name = "square"
    result = theano.OpFromGraph(
        [inner], [square], grad_overrides=lambda inputs, gradients: [7 * gradients[0]]
    )(x)

    (mapped,) = map_variables(
        lambda variable: variable + 1 if variable.name == "square" else variable, [result]
    )

    f = theano.function([x], [mapped, theano.grad(mapped, x)], mode=PYTHON)
    assert f(3) == [10, 7]
    with pytest.raises(NotImplementedError, match=r"brings other into .*overridden"):
        map_variables(by_name(square=other * 2), [result])
