"""``theano.grad`` and ``theano.gradient``."""

from operator import attrgetter

import numpy as np
import pytest

PYTHON = "FAST_COMPILE"


@pytest.fixture
def x(theano):
    return theano.tensor.vector("x")


def value_of(theano, x, expression):
    return theano.function([x], expression, mode=PYTHON)([1.0, 2.0, 3.0])


def test_grad_of_one_and_of_several(theano, x):
    cost = (x**3).sum()
    np.testing.assert_allclose(value_of(theano, x, theano.grad(cost, x)), [3, 12, 27])
    assert isinstance(theano.grad(cost, wrt=[x]), list)
    assert isinstance(theano.tensor.grad(cost, (x,)), tuple)


@pytest.mark.parametrize("module", ["", "gradient", "tensor", "tensor.basic"])
def test_cost_with_axes_of_length_one(theano, x, module):
    cost = (x**2).sum(keepdims=True)
    grad = attrgetter(f"{module}.grad".strip("."))(theano)
    np.testing.assert_allclose(value_of(theano, x, grad(cost, x)), [2, 4, 6])


@pytest.mark.parametrize(
    "name", ["Lop", "Rop", "consider_constant", "grad", "hessian", "jacobian", "verify_grad"]
)
def test_tensors_have_the_same_functions(theano, name):
    assert getattr(theano.tensor, name) is getattr(theano.gradient, name)


@pytest.mark.parametrize("as_list", [True, False], ids=["list", "variable"])
def test_consider_constant(theano, x, as_list):
    square = x**2
    constant = [square] if as_list else square
    gradient = theano.grad((square * x).sum(), x, consider_constant=constant)
    np.testing.assert_allclose(value_of(theano, x, gradient), [1, 4, 9])


def test_known_grads(theano, x):
    square = x**2
    gradient = theano.grad(None, x, known_grads=[(square, theano.tensor.ones_like(square))])
    np.testing.assert_allclose(value_of(theano, x, gradient), [2, 4, 6])


def test_disconnected_inputs(theano, x):
    other = theano.shared(np.ones(2))
    with pytest.raises(theano.gradient.DisconnectedInputError):
        theano.grad(x.sum(), other)
    gradient = theano.grad(x.sum(), other, disconnected_inputs="ignore")
    np.testing.assert_array_equal(theano.function([], gradient, mode=PYTHON)(), [0, 0])
    assert theano.grad(x.sum(), other, None, "ignore", return_disconnected="None") is None


@pytest.mark.parametrize(
    ("name", "gradient"),
    [
        ("consider_constant", [1, 4, 9]),
        ("zero_grad", [1, 4, 9]),
        ("disconnected_grad", [1, 4, 9]),
        ("grad_clip", [1 + 0.5 * 2, 4 + 0.5 * 4, 9 + 0.5 * 6]),
        ("grad_scale", [1 + 2 * 2, 4 + 2 * 8, 9 + 2 * 18]),
    ],
)
def test_changed_gradients(theano, x, name, gradient):
    arguments = {"grad_clip": (-0.5, 0.5), "grad_scale": (2,)}.get(name, ())
    change = getattr(theano.gradient, name)
    cost = (change(x**2, *arguments) * x).sum()
    np.testing.assert_allclose(value_of(theano, x, theano.grad(cost, x)), gradient)


def test_products_with_the_jacobian(theano, x):
    matrix = np.arange(6.0).reshape(2, 3)
    y = theano.tensor.dot(matrix, x**2)
    jacobian = matrix * 2 * np.array([1.0, 2.0, 3.0])
    right, left = np.array([1.0, -1.0, 2.0]), np.array([3.0, -2.0])
    constant = theano.tensor.constant
    outputs = [
        theano.gradient.Rop(y, x, constant(right)),
        theano.Lop(y, x, constant(left)),
        theano.gradient.jacobian(y, x),
        theano.gradient.hessian(y[1], x),
    ]
    rop, lop, whole, hessian = value_of(theano, x, outputs)
    np.testing.assert_allclose(rop, jacobian @ right)
    np.testing.assert_allclose(lop, left @ jacobian)
    np.testing.assert_allclose(whole, jacobian)
    np.testing.assert_allclose(hessian, np.diag(2 * matrix[1]))


def test_verify_grad(theano):
    generator = np.random.RandomState(3)
    points = [generator.uniform(1, 2, (2, 3))]
    theano.gradient.verify_grad(theano.tensor.log, points, rng=generator, mode=PYTHON)

    def wrong(v):
        return theano.gradient.grad_scale(v**2, 3.0)

    with pytest.raises(theano.gradient.GradientError):
        theano.gradient.verify_grad(wrong, points, rng=generator, mode=PYTHON)


@pytest.mark.parametrize(
    ("kinds", "outputs", "expected"),
    [
        ((True, False), 3, [3]),
        ((False, True), [3, 4], (3, 4)),
        ((False, False), [3], 3),
        ((False, False), 3, 3),
    ],
)
def test_format_as(theano, kinds, outputs, expected):
    assert theano.gradient.format_as(*kinds, outputs) == expected


def test_what_is_no_variable_is_named(theano):
    x = theano.tensor.dscalar("x")
    with pytest.raises(TypeError, match="differentiate by, got 'x'"):
        theano.grad(x**2, ["x"])


def test_rop_of_what_has_no_derivative(theano, x):
    class NotSmooth(theano.Op):
        def make_node(self, x):
            return theano.Apply(self, [x], [x.type()])

        def grad(self, inputs, gradients):
            return [theano.gradient.grad_undefined(self, 0, inputs[0])]

    with pytest.raises(ValueError, match=r"Rop: .*undefined"):
        theano.tensor.Rop(NotSmooth()(x), x, x)


def test_rop_of_what_depends_on_shapes_alone(theano, x):
    constant = theano.tensor.arange(2.0)
    slope = theano.grad((constant * x).sum(), x)
    zeros = theano.tensor.Rop(slope, x, x).eval({x: [1.0, 2.0]}, mode="FAST_COMPILE")
    np.testing.assert_array_equal(zeros, [0, 0])


def test_rop_of_bad_arguments(theano, x):
    T = theano.tensor
    with pytest.raises(ValueError, match=r"has 2 axes, but its point .* has 1"):
        T.Rop(0.0, [T.dmatrix()], [x])
    for other in (T.dvector() ** 2, x.shape[0]):
        with pytest.raises(theano.gradient.DisconnectedInputError):
            T.Rop(other, x, x)


@pytest.mark.parametrize("mode", ["FAST_COMPILE", "FAST_RUN"])
def test_a_linear_derivative_has_its_matrix_for_an_argument(theano, mode):
    T = theano.tensor
    matrix, direction, x = T.dmatrix(), T.dmatrix(), T.dvector()
    derivative = T.Rop(T.dot(x, matrix), matrix, direction)
    f = theano.function([matrix, direction, x], derivative, mode=mode)
    np.testing.assert_array_equal(f(np.full((2, 3), np.nan), np.eye(2, 3), [4, 5]), [4, 5, 0])
