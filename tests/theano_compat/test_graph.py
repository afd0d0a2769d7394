"""``theano.gof.graph``: walks through expressions."""


def test_variables_come_depth_first_from_the_last(theano):
    T = theano.tensor
    a, b, c, d = T.matrices("abcd")
    product = T.dot(a, b)
    found = theano.gof.graph.inputs([d, T.dot(product, c)])
    assert found == [a, b, c, d]
    assert theano.gof.graph.ancestors([product]) == [product, a, b]


def test_walk_stops_at_blockers(theano):
    T = theano.tensor
    a, b = T.matrices("ab")
    product = T.dot(a, b)
    total = T.dot(product, b)
    assert theano.gof.graph.ancestors([total], [product]) == [total, product, b]


def test_variable_needs_no_owner(theano):
    variable = theano.Variable("type", name="v")
    assert isinstance(variable, theano.gof.Variable)
    assert (variable.type, variable.owner, variable.index, variable.name) == (
        "type",
        None,
        None,
        "v",
    )
