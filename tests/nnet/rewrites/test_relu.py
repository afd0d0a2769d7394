import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode, get_mode

from lenet.nnet import relu
from lenet.nnet.ops.relu import ScalarRelu, ScalarReluGrad
from tests.nnet.modes import Graph, in_modes
from tests.nnet.rewrites.graphs import (
    C_MODE,
    evaluate_plainly,
    names_of,
    ops_of,
    rewritten,
    rewritten_and_checked,
)

# name: (rectifier, its slope at zero)
FORMS = {
    "theano": (relu, 0.5),
    "theano-written-out": (lambda x: 0.5 * (x + abs(x)), 0.5),
    "theano-turned-round": (lambda x: (abs(x) + x) * 0.5, 0.5),
    "maximum": (lambda x: pt.maximum(x, 0), 1),
    "maximum-of-float": (lambda x: pt.maximum(x, np.float32(0)), 1),
    "maximum-turned-round": (lambda x: pt.maximum(0, x), 0),
    "maximum-with-zeros": (lambda x: pt.maximum(x, pt.zeros_like(x)), 1),
    "switch-greater": (lambda x: pt.switch(x > 0, x, 0), 0),
    "switch-zero-less": (lambda x: pt.switch(0 < x, x, 0), 0),  # noqa: SIM300
    "switch-not-less": (lambda x: pt.switch(x >= 0, x, 0), 1),
    "switch-not-greater": (lambda x: pt.switch(x <= 0, 0, x), 0),
    "switch-less": (lambda x: pt.switch(x < 0, 0, x), 1),
    "where": (lambda x: pt.where(x > 0, x, 0.0), 0),
    "product": (lambda x: x * (x > 0), 0),
    "product-turned-round": (lambda x: (x >= 0) * x, 1),
    "product-with-cast": (lambda x: x * pt.cast(x > 0, x.dtype), 0),
    "product-with-cast-to-integers": (lambda x: pt.cast(x >= 0, "int8") * x, 1),
}
X = np.array([[-2.0, -0.0, 0.0, 3.0], [0.0, 1.5, -1e-30, 0.25]])
GRADIENT = np.array([[7.0, -4.0, 3.0, 2.0], [-1.0, 5.0, 6.0, -0.5]])


def graph_of(rectifier, dtype="float64", spoken_of_by_a_cost=False):
    """Return the rectified numbers and the gradient, given as a number or as PyTensor derives it."""
    x, gradient = pt.matrix(dtype=dtype), pt.matrix(dtype=dtype)
    y = rectifier(x)
    if spoken_of_by_a_cost:
        x_gradient = pytensor.grad((gradient * pt.exp(y)).sum(), x)
    else:
        x_gradient = pytensor.grad(None, x, known_grads={y: gradient})
    return Graph([x, gradient], [y, x_gradient], [X.astype(dtype), GRADIENT.astype(dtype)])


@pytest.mark.parametrize("cost", [False, True], ids=["known-gradient", "cost"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("form", FORMS)
def test_rectifiers_and_their_gradients_become_one_op_each(form, dtype, cost):
    rectifier, slope = FORMS[form]
    fgraph = rewritten_and_checked(graph_of(rectifier, dtype, cost))
    assert ops_of(fgraph) == [ScalarRelu(slope), ScalarReluGrad(slope)]


@pytest.mark.parametrize("form", FORMS)
def test_the_slope_at_zero_is_that_of_the_form(form):
    """The table of this file, against what PyTensor derives."""
    rectifier, slope = FORMS[form]
    _, x_gradient = evaluate_plainly(graph_of(rectifier), [X, GRADIENT])
    np.testing.assert_array_equal(x_gradient[X == 0], slope * GRADIENT[X == 0])


@pytest.mark.parametrize("form", FORMS)
def test_a_rectifier_without_gradient(form):
    rectifier, slope = FORMS[form]
    graph = graph_of(rectifier)
    fgraph = rewritten_and_checked(Graph(graph.inputs, graph.outputs[:1], graph.values))
    assert ops_of(fgraph) == [ScalarRelu(slope)]


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_a_number_comes_out(form):
    x = pt.vector()
    fgraph = rewritten(Graph([x], [FORMS[form][0](x)], []))
    (found,) = evaluate_plainly(fgraph, [[np.nan, -np.inf, np.inf]])
    np.testing.assert_array_equal(found, [np.nan, 0, np.inf])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("make", [pt.scalar, pt.vector, pt.tensor4], ids=lambda make: make.__name__)
def test_any_number_of_axes(make, form):
    rectifier, slope = FORMS[form]
    x = make()
    y = rectifier(x)
    values = [np.arange(-3.0, 5.0).reshape((1, 2, 2, 2)[4 - x.ndim :] if x.ndim > 1 else -1)]
    graph = Graph([x], [y, pytensor.grad(pt.exp(y).sum(), x)], values if x.ndim else [0.0])
    assert ops_of(rewritten_and_checked(graph)) == [ScalarRelu(slope), ScalarReluGrad(slope)]


@pytest.mark.parametrize("form", FORMS)
def test_the_gradient_of_a_gradient_survives(form):
    x, gradient = pt.matrix(), pt.matrix()
    first = pytensor.grad((gradient * pt.exp(FORMS[form][0](x))).sum(), x)
    second = pytensor.grad((first**3).sum(), [x, gradient])
    rewritten_and_checked(Graph([x, gradient], [first, *second], [X, GRADIENT]))


x, y, z = pt.matrix("x"), pt.matrix("y"), pt.vector("z")
OTHERS = {
    "higher-floor": pt.maximum(x, 0.5),
    "minimum": pt.minimum(x, 0),
    "two-arguments": pt.maximum(x, y),
    "of-something-else": 0.5 * (x + abs(y)),
    "not-a-half": 0.25 * (x + abs(x)),
    "difference": 0.5 * (x - abs(x)),
    "leaky": relu(x, alpha=0.1),
    "other-threshold": pt.switch(x > 1, x, 0),
    "not-zero-below": pt.switch(x > 0, x, 1),
    "negative-part": pt.switch(x < 0, x, 0),
    "equality": pt.switch(pt.eq(x, 0), x, 0),
    "clipped": pt.clip(x, 0, 1),
    "integers": 1.0 * pt.maximum(pt.cast(x, "int32"), 0),
    "rectified-to-higher-precision": pt.maximum(pt.cast(x, "float32"), pt.zeros_like(x)),
    "zeros-of-more-axes": pt.maximum(z, pt.zeros((3, 4))),
    "zeros-of-more-rows": pt.maximum(z.dimshuffle("x", 0), pt.zeros((3, 4))),
    "switch-with-zeros-of-more-rows": pt.switch(z > 0, z, pt.zeros((3, 4))),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_rectifier_keeps_its_meaning(name):
    graph = Graph([x, y, z], [OTHERS[name]], [X, GRADIENT, GRADIENT[0]])
    assert names_of(rewritten_and_checked(graph)) == []


GATES = {
    "switch": (lambda x, y, z: pt.switch(x > 0, y, 0), 0),
    "switch-turned-round": (lambda x, y, z: pt.switch(x < 0, 0, y), 1),
    "product": (lambda x, y, z: y * (x >= 0), 1),
    "row": (lambda x, y, z: pt.switch(x > 0, z.dimshuffle("x", 0), 0), 0),
    "row-of-conditions": (lambda x, y, z: y * (z.dimshuffle("x", 0) > 0), 0),
}


@pytest.mark.parametrize("gate", GATES)
def test_gates_of_something_else_are_gradients_of_rectifiers(gate):
    function, slope = GATES[gate]
    graph = Graph([x, y, z], [function(x, y, z)], [X, GRADIENT, GRADIENT[0]])
    assert ops_of(rewritten_and_checked(graph)) == [ScalarReluGrad(slope)]


def test_a_vector_of_conditions_for_a_matrix_is_left_alone():
    graph = Graph([y, z], [y * (z > 0)], [GRADIENT, GRADIENT[0]])
    rewritten_and_checked(graph)


@pytest.mark.parametrize("form", FORMS)
def test_the_rewrite_can_be_excluded_by_its_name(form):
    graph = graph_of(FORMS[form][0])
    assert names_of(rewritten_and_checked(graph, C_MODE.excluding("lenet_relu"))) == []


@in_modes("jax")
@pytest.mark.parametrize("form", FORMS)
def test_other_backends_never_see_the_operators(form, mode_name):
    mode = get_mode(mode_name.upper()).excluding("inplace", "fusion")
    assert names_of(rewritten(graph_of(FORMS[form][0]), mode)) == []


@in_modes("numba")
@pytest.mark.parametrize("form", FORMS)
def test_numba_sees_the_operators_unless_it_is_told_not_to(form, mode_name):
    mode = get_mode(mode_name.upper()).excluding("inplace", "fusion")
    graph = graph_of(FORMS[form][0])
    assert names_of(rewritten(graph, mode)) == names_of(rewritten(graph, C_MODE))
    assert names_of(rewritten(graph, mode.excluding("lenet_relu"))) == []


@pytest.mark.parametrize("form", FORMS)
def test_the_python_linker_never_sees_the_operators(form):
    mode = Mode(linker="py", optimizer="fast_run").excluding("inplace", "fusion")
    assert names_of(rewritten(graph_of(FORMS[form][0]), mode)) == []
