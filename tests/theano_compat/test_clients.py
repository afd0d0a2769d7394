"""What uses a variable, asked of the variable, as Theano's rewrites did."""

import pytest
from pytensor.graph.basic import Apply, Variable

from lenet.theano_compat import uninstall


def test_a_rewrite_asks_who_uses_a_variable(theano):
    T = theano.tensor
    x = T.dvector("x")
    large = T.exp(x)
    y = T.log(large)
    graph = theano.gof.FunctionGraph([x], [y, large], clone=False)
    assert large.clients == [(y.owner, 0), ("output", 1)]
    assert x.clients == [(large.owner, 0)]
    assert x.fgraph is large.owner.fgraph is graph


def test_the_latest_graph_counts(theano):
    x = theano.tensor.dvector("x")
    _, latest = (theano.gof.FunctionGraph([x], [x + 1], clone=False) for _ in range(2))
    assert x.fgraph is latest


def test_a_variable_without_a_graph_has_no_clients(theano):
    x = theano.tensor.dvector("x")
    assert not hasattr(x, "clients")
    with pytest.raises(AttributeError, match="x is in no graph"):
        (x + 1).owner.inputs[0].fgraph  # noqa: B018


def test_rewrites_of_a_program_run(theano):
    seen = []

    @theano.gof.local_optimizer([theano.tensor.exp])
    def look(node):
        seen.append(len(node.outputs[0].clients))
        assert node in node.fgraph.apply_nodes
        return False

    x = theano.tensor.dvector("x")
    y = theano.tensor.exp(x)
    graph = theano.gof.FunctionGraph([x], [y, y + 1, y * 2], clone=False)
    theano.gof.opt.TopoOptimizer(local_opt=look).optimize(graph)
    assert seen == [3]


def test_the_attributes_are_taken_back(theano):
    uninstall()
    assert not hasattr(Variable, "clients")
    assert not hasattr(Apply, "fgraph")
