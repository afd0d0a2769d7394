"""Names that libraries on Theano ask for: Blocks, theanets, PyMC3."""

import importlib
from collections import deque

import numpy as np
import pytest
from pytensor.scan.op import Scan


def test_a_generator_is_no_parameter(theano):
    streams = theano.tensor.shared_randomstreams.RandomStreams(1)
    noise = streams.normal((3,))
    kind = theano.tensor.shared_randomstreams.RandomStateSharedVariable
    weights = theano.shared(np.zeros(3), name="W")
    variables = theano.gof.graph.inputs([(noise * weights).sum()])
    shared = [each for each in variables if isinstance(each, theano.compile.SharedVariable)]
    assert len(shared) == 2
    assert [each for each in shared if not isinstance(each, kind)] == [weights]


WINDOWS = [
    ((28, 28), {"ws": (2, 2), "ignore_border": True}, [14, 14]),
    ((7, 3, 29, 28), {"ws": (2, 3), "ignore_border": True}, [7, 3, 14, 9]),
    ((29, 28), {"ws": (2, 3)}, [15, 10]),
    ((5, 5), {"ds": (3, 3), "st": (2, 2)}, [2, 2]),
    ((5, 5), {"ws": 3, "stride": 1, "pad": 1, "ignore_border": True}, [5, 5]),
    ((2, 2), {"ws": (4, 4), "ignore_border": True}, [0, 0]),
    ((9, 8, 7), {"ws": (2, 2, 2), "ndim": 3}, [5, 4, 4]),
]


@pytest.mark.parametrize(("image", "options", "expected"), WINDOWS)
def test_pooled_shapes_are_those_of_pooled_images(theano, image, options, expected):
    pool = theano.tensor.signal.pool.Pool
    assert pool.out_shape(image, **options) == expected
    names = {"ds": "ws", "st": "stride"}
    options = {names.get(name, name): value for name, value in options.items()}
    if min(expected) == 0 or not isinstance(options["ws"], tuple):
        return
    x = theano.tensor.TensorType("float64", (False,) * len(image))()
    ndim = options.pop("ndim", 2)
    ignore_border = options.pop("ignore_border", False)
    pooled = pool(ignore_border=ignore_border, ndim=ndim)(x, **options)
    assert list(pooled.eval({x: np.zeros(image)}).shape) == expected


def test_pooled_shapes_of_symbols(theano):
    rows = theano.tensor.lscalar()
    shape = theano.tensor.signal.downsample.DownsampleFactorMax.out_shape((3, rows, 8), (2, 2))
    assert shape[0] == 3
    assert shape[2] == 4
    assert shape[1].eval({rows: 9}) == 5


@pytest.mark.parametrize(
    ("image", "options", "message"),
    [((3,), {"ws": (2, 2)}, "at least 2 axes"), ((3, 3), {}, "no ws")],
)
def test_what_cannot_be_pooled(theano, image, options, message):
    with pytest.raises(ValueError, match=message):
        theano.tensor.signal.pool.Pool.out_shape(image, **options)


def test_a_loop_has_its_graph_and_its_numbers(theano):
    sequence, first = theano.tensor.dvector(), theano.tensor.dscalar()
    results, _ = theano.scan(
        lambda value, before: (before + value, value * value),
        sequences=sequence,
        outputs_info=[first, None],
        mode="FAST_COMPILE",
    )
    loop = next(
        node.op
        for node in theano.gof.graph.io_toposort([sequence, first], results)
        if isinstance(node.op, Scan)
    )
    assert (loop.n_seqs, loop.n_sit_sot, loop.n_nit_sot, loop.n_mit_sot) == (1, 1, 1, 0)
    assert not loop.as_while
    assert len(loop.outputs) == 2
    assert set(theano.gof.graph.inputs(loop.outputs)) <= set(loop.inputs)


def test_a_loop_is_pytensors_again_afterwards(theano):
    from lenet.theano_compat import uninstall

    assert hasattr(Scan, "as_while")
    uninstall()
    assert not hasattr(Scan, "as_while")


def test_sparse_variables_have_a_name(theano):
    x = theano.sparse.csr_matrix()
    assert isinstance(x, theano.sparse.SparseVariable)
    assert not isinstance(theano.tensor.matrix(), theano.sparse.SparseVariable)


@pytest.mark.parametrize(("mode", "expected"), [("bfs", "abcde"), ("dfs", "acebd")])
def test_a_search_has_theanos_order(theano, mode, expected):
    following = {"a": "bc", "b": "d", "c": "e", "d": "e"}
    search = theano.gof.graph.stack_search
    found, came_from = search(deque("a"), following.get, mode, build_inv=True)
    assert "".join(found) == expected
    assert sorted(came_from["e"]) == ["c", "d"]
    assert search(deque("a"), following.get, mode) == found


def test_a_search_of_another_mode_is_refused(theano):
    with pytest.raises(ValueError, match="expected bfs or dfs"):
        theano.gof.graph.stack_search(deque(), {}.get, "sideways")


RENAMED = {
    "theano.graph": "theano.gof",
    "theano.graph.basic": "theano.gof.graph",
    "theano.graph.fg": "theano.gof.fg",
    "theano.graph.op": "theano.gof.op",
    "theano.graph.utils": "theano.gof.utils",
    "theano.link.vm": "theano.gof.vm",
    "theano.scan": "theano.scan_module",
    "theano.scan.utils": "theano.scan_module.scan_utils",
}


@pytest.mark.parametrize("name", RENAMED)
def test_modules_have_theano_pymcs_names(theano, name):
    assert importlib.import_module(name) is importlib.import_module(RENAMED[name])
    assert callable(theano.scan)


def test_names_of_theano_pymc_give_what_it_gave(theano):
    from theano.graph.basic import Apply, Constant, graph_inputs, walk
    from theano.graph.op import Op, get_test_value
    from theano.sandbox.rng_mrg import MRG_RandomStream
    from theano.scan import until

    x = theano.tensor.dscalar("x")
    x.tag.test_value = 2.0
    y = theano.tensor.exp(x)
    assert list(graph_inputs([y])) == [x]
    a, b, c, d = theano.tensor.dscalars("abcd")
    assert list(graph_inputs([a, b - c * d])) == [b, c, d, a]
    assert list(walk([y], lambda each: each.owner and each.owner.inputs)) == [y, x]
    assert isinstance(y.owner, Apply)
    assert [get_test_value(each) for each in (x, theano.tensor.constant(1.0))] == [2, 1]
    assert not isinstance(x, Constant)
    assert Op is theano.gof.Op
    assert MRG_RandomStream is theano.sandbox.rng_mrg.MRG_RandomStreams
    assert until is theano.scan_module.until
