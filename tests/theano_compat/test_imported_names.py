"""Names that programs took from where Theano's modules had imported them, and rare ones."""

import importlib

import numpy as np
import pytest

from lenet.theano_compat.imported_names import HOMES


@pytest.mark.parametrize("name", sorted(HOMES))
def test_a_name_is_that_of_its_module(theano, name):
    home = getattr(importlib.import_module(f"theano.{HOMES[name]}"), name)
    assert getattr(importlib.import_module("theano.tensor.nnet.opt"), name) is home


def test_other_names_are_missing(theano):
    with pytest.raises(ImportError, match="has no 'no_such_name'"):
        exec("from theano.tensor.nnet.nnet import no_such_name")


def test_an_array_is_read_from_a_file_at_each_call(theano, tmp_path):
    T = theano.tensor
    path = tmp_path / "a.npy"
    where = theano.Variable(theano.gof.Generic(), None)
    f = theano.function([where], 2 * T.load(where, "int64", (False,)), mode="FAST_COMPILE")
    for values in ([1, 2], [3]):
        np.save(path, np.array(values))
        np.testing.assert_array_equal(f(str(path)), 2 * np.array(values))
    np.save(path, np.array([1.5]))
    with pytest.raises(TypeError, match="has the type float64, expected int64"):
        f(str(path))
    with pytest.raises(ValueError, match="mmap_mode"):
        T.load(where, "int64", (False,), mmap_mode="r+")


def test_an_operation_that_raises(theano):
    x = theano.tensor.dscalar()
    y = theano.raise_op.Raise("too late", KeyError)(x)
    with pytest.raises(KeyError, match="too late"):
        theano.function([x], y, mode="FAST_COMPILE")(1)


def test_chains_of_operations(theano):
    T = theano.tensor
    check_chain = theano.gof.opt.check_chain
    x = T.dvector()
    y = T.exp(T.log(x))
    assert check_chain(y, T.exp, T.log, None)
    assert check_chain(y.owner, T.Elemwise, T.log)
    assert not check_chain(y, T.log)
    assert not check_chain(y, T.exp, None)
    assert not check_chain(y, T.exp, T.log, T.exp)


def test_stack_traces_are_inherited(theano):
    T = theano.tensor
    x = T.dvector()
    old = T.exp(x)
    old.tag.trace = ["where it was made"]
    with theano.gof.opt.inherit_stack_trace(old):
        new = T.log(x)
    assert "where it was made" in new.tag.trace
    assert "where it was made" not in T.log(x).tag.trace


def test_what_follows_a_graph(theano, capsys):
    T, toolbox = theano.tensor, theano.gof.toolbox
    x = T.dvector("x")
    y = T.exp(x)
    graph = theano.gof.FunctionGraph([x], [y], clone=False)
    for feature in (toolbox.NodeFinder(), toolbox.PrintListener(), toolbox.PreserveNames()):
        graph.attach_feature(feature)
    assert graph.get_nodes(T.exp) == [y.owner]
    y.name, other = "y", T.sqrt(x)
    graph.replace(y, other, reason="a test")
    assert graph.get_nodes(T.exp) == []
    assert graph.get_nodes(T.sqrt) == [other.owner]
    assert other.name == "y"
    assert "importing: Sqrt(x), reason: a test" in capsys.readouterr().out


def test_tools(theano, capsys, tmp_path):
    utils = theano.gof.utils
    order = utils.toposort({"a": {"b", "c"}, "b": {"c"}, "c": set()})
    assert order == ["c", "b", "a"]
    with pytest.raises(ValueError, match="cycle"):
        utils.toposort({"a": {"b"}, "b": {"a"}})
    assert utils.hist("aab") == {"a": 2, "b": 1}
    assert utils.unique([1, 2])
    assert not utils.unique([1, 1])
    assert utils.remove(lambda n: n > 1, [1, 2, 3]) == [1]
    T = theano.tensor
    named = utils.give_variables_names(
        [T.dscalar("a"), T.dscalar(), T.dscalar("b"), T.dscalar("b")]
    )
    assert [each.name for each in named] == ["a", "_0", "b_1", "b_2"]
    path = tmp_path / "file"
    path.write_bytes(b"text")
    assert utils.hash_from_file(str(path)) == theano.gof.utils.hash_from_code("text")

    @utils.deprecated("file", "use another")
    def old():
        return 3

    assert old() + old() == 6
    assert capsys.readouterr().out == "WARNING: file.old deprecated. use another\n"


def test_largest_elements_by_their_operation(theano):
    TopKOp = importlib.import_module("theano.tensor.sort").TopKOp
    x = np.array([3.0, 1.0, 2.0])
    values, places = TopKOp(return_indices=True)(x, 2)
    assert sorted(values.eval(mode="FAST_COMPILE")) == [2, 3]
    assert sorted(places.eval(mode="FAST_COMPILE")) == [0, 2]
    assert sorted(TopKOp(return_values=False)(x, 1).eval(mode="FAST_COMPILE")) == [0]
    with pytest.raises(ValueError, match="return_values"):
        TopKOp(return_values=False, return_indices=False)


def test_numbers_of_zeros_around_images(theano):
    pads = theano.tensor.nnet.abstract_conv.border_mode_to_pad
    assert pads("valid", 2, (3, 5)) == ((0, 0), (0, 0))
    assert pads("half", 2, (3, 5)) == ((1, 1), (2, 2))
    assert pads("full", 2, (3, 5)) == ((2, 2), (4, 4))
    assert pads((1, (2, 3)), 2, (3, 5)) == ((1, 1), (2, 3))
    for wrong in ("same", (1,), (1, -1)):
        with pytest.raises(ValueError, match="border_mode"):
            pads(wrong, 2, (3, 5))


def test_old_ways_to_compile(theano):
    x = theano.tensor.dscalar("x")
    f = theano.compile.function_module.orig_function(
        [x], [x + 1], mode="FAST_COMPILE", output_keys=["more"]
    )
    assert f(1) == {"more": 2}
    anything = theano.compile.sharedvalue.generic_constructor({"a": 1}, name="anything")
    assert anything.get_value() == {"a": 1}
