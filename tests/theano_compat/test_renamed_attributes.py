"""Attributes of PyTensor's classes under the names that Theano gave them."""

import numpy as np
from pytensor.graph.features import ReplaceValidate
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.graph.type import Type

from lenet.theano_compat import uninstall


def test_an_optimizer_optimizes(theano):
    x = theano.tensor.dvector()
    graph = theano.gof.FunctionGraph([x], [x * 1])
    theano.compile.mode.get_default_mode().excluding("fusion").optimizer.optimize(graph)
    assert graph.outputs == graph.inputs


def test_types_know_their_variables(theano):
    T = theano.tensor
    vector = T.dvector().type
    constant = vector.Constant(vector, vector.filter([1, 2], allow_downcast=True))
    np.testing.assert_array_equal(constant.data, [1.0, 2.0])
    assert isinstance(constant, T.TensorConstant)
    assert isinstance(vector(), T.TensorType.Variable)
    assert theano.gof.generic.Constant is theano.gof.Constant


def test_a_graph_gives_its_nodes_away(theano):
    T = theano.tensor
    x, y = T.dvectors("x", "y")
    graph = theano.gof.FunctionGraph([x, y], [T.exp(x)], clone=False, features=[ReplaceValidate()])
    out = graph.outputs[0]
    graph.change_input(out.owner, 0, y)
    graph.disown()
    assert not hasattr(out, "clients")
    assert not hasattr(out.owner, "fgraph")
    assert theano.function([y], out, mode="FAST_COMPILE")([0.0]) == [1.0]


def test_the_names_are_taken_back(theano):
    uninstall()
    assert not hasattr(GraphRewriter, "optimize")
    assert not hasattr(Type, "Constant")


def test_programs_find_an_order_of_axes_by_its_name(theano):
    x = theano.tensor.tensor3()
    ordered = x.dimshuffle(2, "x", 0, 1).owner.op
    assert str(ordered) == "InplaceDimShuffle{2,x,0,1}"
    assert "DimShuffle" in str(x.dimshuffle(2, 0, 1).owner.op)
    uninstall()
    assert str(ordered) != "InplaceDimShuffle{2,x,0,1}"
