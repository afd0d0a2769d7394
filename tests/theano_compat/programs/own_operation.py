"""Operations that the program defines itself: a class with a gradient, and a Python function."""

import numpy
import theano
import theano.tensor as T
from theano.compile.ops import as_op
from theano.gof import Apply, Op


class CubeOp(Op):
    """The third power, with the methods that an operation had to have in 2010."""

    def __eq__(self, other):
        return type(self) == type(other)

    def __hash__(self):
        return hash(type(self))

    def __str__(self):
        return self.__class__.__name__

    def make_node(self, x):
        x = theano.tensor.as_tensor_variable(x)
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        (x,) = inputs
        (z,) = output_storage
        z[0] = x**3

    def infer_shape(self, node, i0_shapes):
        return i0_shapes

    def grad(self, inputs, output_grads):
        return [output_grads[0] * 3 * inputs[0] ** 2]

    def R_op(self, inputs, eval_points):
        if eval_points[0] is None:
            return eval_points
        return self.grad(inputs, eval_points)


class ScaleOp(theano.Op):
    """Multiplication by a number, in the style of 2014."""

    __props__ = ("factor",)
    itypes = [T.dvector]
    otypes = [T.dvector]

    def __init__(self, factor):
        self.factor = factor
        super(ScaleOp, self).__init__()

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = self.factor * inputs[0]

    def grad(self, inputs, g):
        return [ScaleOp(self.factor)(g[0])]


def infer_shape_sorted(node, shapes):
    return [shapes[0]]


@as_op(itypes=[T.dvector], otypes=[T.dvector], infer_shape=infer_shape_sorted)
def sorted_values(x):
    return numpy.sort(x)


cube = CubeOp()
x = T.dvector("x")
v = T.dvector("v")
y = cube(ScaleOp(2.0)(x))
f = theano.function([x], [y, T.grad(y.sum(), x), sorted_values(x), y.shape])
values = numpy.array([0.5, -1.0, 2.0])
out, gradient, in_order, shape = f(values)
print("values %s" % numpy.allclose(out, 8 * values**3))
print("gradient %s" % numpy.allclose(gradient, 24 * values**2))
print("sorted %s" % (in_order.tolist() == [-1.0, 0.5, 2.0]))
print("shape %s" % shape.tolist())
print("equal %s" % (ScaleOp(2.0) == ScaleOp(2.0) and ScaleOp(2.0) != ScaleOp(3.0)))
rop = theano.function([x, v], T.Rop(cube(x), x, v))
print("Rop %s" % numpy.allclose(rop(values, numpy.ones(3)), 3 * values**2))
T.verify_grad(cube, [values], rng=numpy.random.RandomState(0))

w = theano.shared(numpy.array([2.0, -1.5, 1.0]), name="w")
cost = T.sqr(cube(w) - numpy.array([1.0, -1.0, 0.0])).sum()
step = theano.function([], cost, updates=[(w, w - 0.01 * T.grad(cost, w))])
for i in range(200):
    value = step()
print("cost %f" % value)
