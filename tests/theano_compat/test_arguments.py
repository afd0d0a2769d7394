"""Arguments of functions by the names that Theano gave them."""

import inspect

import numpy as np
import pytest


def value(variable):
    return variable.eval(mode="FAST_COMPILE")


def test_functions_take_theanos_names(theano):
    T = theano.tensor
    x = np.arange(4.0).reshape(2, 2)
    np.testing.assert_array_equal(value(T.dot(a=x, b=x)), x @ x)
    np.testing.assert_array_equal(value(T.repeat(x=x, repeats=2, axis=0)), np.repeat(x, 2, axis=0))
    mode = theano.compile.mode.Mode()
    assert theano.compile.get_mode(orig_string=mode) is mode
    assert theano.gof.op.get_test_value(v=3) == 3
    assert theano.configparser.parse_config_string(config_string="a=b") == {"a": "b"}


def test_functions_of_graphs_take_theanos_names(theano):
    graph = theano.gof.graph
    x = theano.tensor.dvector("x")
    y = 2 * x
    inputs, outputs = graph.clone(i=[x], o=[y])
    assert inputs[0] is not x
    assert graph.is_same_graph(outputs[0], y, givens={inputs[0]: x})
    assert graph.as_string(i=[x], o=[y]) == graph.as_string([x], [y])
    assert y.owner in graph.list_of_nodes(inputs=[x], outputs=[y])
    clients = {}
    assert graph.io_toposort([x], [y], clients=clients)[-1] is y.owner
    assert (y.owner, y.owner.inputs.index(x)) in clients[x] or x not in y.owner.inputs
    order = graph.general_toposort([3], lambda n: [n - 1] if n else [], debug_print=False)
    assert order == [0, 1, 2, 3]


def test_rewrites_take_theanos_names(theano):
    gof = theano.gof
    x = theano.tensor.dvector("x")
    negative = theano.tensor.neg
    twice = gof.PatternSub((negative, (negative, "x")), "x", skip_identities_fn=None, pdb=False)
    assert isinstance(twice, gof.PatternSub)
    walk = gof.TopoOptimizer(local_opt=twice)
    repeated = gof.EquilibriumOptimizer(optimizers=[twice], max_use_ratio=10, final_optimizers=[])
    for optimizer, kind in ((walk, gof.TopoOptimizer), (repeated, gof.EquilibriumOptimizer)):
        assert isinstance(optimizer, kind)
        graph = gof.FunctionGraph([x], [negative(negative(x))], clone=False)
        optimizer.optimize(graph)
        assert graph.outputs == [x]


def test_databases_take_theanos_names(theano):
    optdb = theano.gof.optdb
    query = optdb.Query(include=["fast_run"], extra_optimizations=[])
    assert isinstance(query, optdb.Query)
    assert query.include == {"fast_run"}
    assert isinstance(optdb.LocalGroupDB(apply_all_opts=True), optdb.LocalGroupDB)


def test_options_take_theanos_names(theano):
    parser = theano.configparser
    parameter = parser.IntParam(3, is_valid=lambda n: n > 0, allow_override=False)
    assert isinstance(parameter, parser.IntParam)
    assert not parameter.mutable
    with pytest.raises(ValueError, match="-1"):
        parameter.validate(-1)


def test_methods_of_variables_can_be_written_anew_from_their_arguments(theano):
    for name, method in vars(theano.tensor.basic._tensor_py_operators).items():
        if inspect.isfunction(method):
            arguments = inspect.getfullargspec(method)
            assert not arguments.annotations, name
