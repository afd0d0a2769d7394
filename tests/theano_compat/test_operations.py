"""Operations that programs write themselves, ``theano.gof`` and ``theano.printing``."""

import io

import numpy as np
import pytest

PYTHON = "FAST_COMPILE"
C_CODE = """
Py_XDECREF(%(z)s);
%(z)s = (PyArrayObject*)PyArray_FromArray(%(x)s, NULL, NPY_ARRAY_ENSURECOPY);
if (!%(z)s) %(fail)s
for (npy_intp i = 0; i < PyArray_SIZE(%(z)s); i++) ((double*)PyArray_DATA(%(z)s))[i] *= 3;
"""


@pytest.fixture
def x(theano):
    return theano.tensor.dvector("x")


def operation(theano, **methods):
    def make_node(self, v):
        v = theano.tensor.as_tensor_variable(v)
        return theano.Apply(self, [v], [v.type()])

    def perform(self, node, inputs, outputs):
        outputs[0][0] = inputs[0] * 2

    members = {"__props__": (), "make_node": make_node, "perform": perform, **methods}
    return type("Double", (theano.Op,), members)()


def test_gradient(theano, x):
    double = operation(theano, grad=lambda self, inputs, grads: [grads[0] * 20])
    f = theano.function([x], theano.grad(double(x).sum(), x), mode=PYTHON)
    np.testing.assert_array_equal(f([1, 2]), [20, 20])


def test_gradient_by_the_outputs(theano, x):
    def L_op(self, inputs, outputs, grads):
        return [grads[0] * outputs[0]]

    double = operation(theano, L_op=L_op)
    f = theano.function([x], theano.grad(double(x).sum(), x), mode=PYTHON)
    np.testing.assert_array_equal(f([1, 2]), [2, 4])


def test_no_gradient(theano, x):
    with pytest.raises(NotImplementedError, match="pullback not implemented"):
        theano.grad(operation(theano)(x).sum(), x)


def test_forward_derivative(theano, x):
    double = operation(theano, R_op=lambda self, inputs, points: [points[0] * 30])
    outputs = double.pushforward([x], [double(x)], [x])
    np.testing.assert_array_equal(theano.function([x], outputs, mode=PYTHON)([1, 2])[0], [30, 60])


def test_shape_without_the_result(theano, x):
    double = operation(theano, infer_shape=lambda self, node, shapes: shapes)
    f = theano.function([x], double(x).shape)
    assert f([1, 2, 3]) == [3]
    assert not any(node.op == double for node in f.maker.fgraph.toposort())


def test_c_code(theano, x):
    def c_code(self, node, name, inputs, outputs, sub):
        return C_CODE % {"x": inputs[0], "z": outputs[0], "fail": sub["fail"]}

    triple = operation(theano, c_code=c_code)
    np.testing.assert_array_equal(theano.function([x], triple(x))([1, 2]), [3, 6])


def test_c_code_alone(theano, x):
    def c_code(self, node, name, inputs, outputs, sub):
        return C_CODE % {"x": inputs[0], "z": outputs[0], "fail": sub["fail"]}

    triple = operation(theano, c_code=c_code, perform=theano.Op.perform)
    np.testing.assert_array_equal(theano.function([x], triple(x))([1, 2]), [3, 6])
    with pytest.raises(NotImplementedError, match="has no method perform: give it one"):
        theano.function([x], triple(x), mode=PYTHON)([1, 2])


def test_without_c_code(theano, x):
    np.testing.assert_array_equal(theano.function([x], operation(theano)(x))([1, 2]), [2, 4])


def test_function_as_operation(theano, x):
    @theano.compile.ops.as_op(itypes=[theano.tensor.dvector], otypes=[theano.tensor.dvector])
    def add_ten(value):
        return value + 10

    np.testing.assert_array_equal(theano.function([x], add_ten(x), mode=PYTHON)([1]), [11])


def test_rewrite(theano, x):
    @theano.gof.local_optimizer([theano.tensor.Elemwise])
    def multiply_by_zero(node):
        """Return zeros, where there are factors."""
        if node.op == theano.tensor.mul:
            return [theano.tensor.zeros_like(node.outputs[0])]
        return None

    fgraph = theano.gof.FunctionGraph([x], [x * 3.0], clone=False)
    theano.gof.TopoOptimizer(multiply_by_zero, order="out_to_in").rewrite(fgraph)
    f = theano.function([x], fgraph.outputs[0], on_unused_input="ignore", mode=PYTHON)
    np.testing.assert_array_equal(f([1, 2]), [0, 0])


def test_walks(theano, x):
    graph = theano.gof.graph
    w = theano.shared(np.ones(2))
    product = x * w
    total = product.sum() + 1
    assert {x, w} <= set(graph.inputs([total]))
    assert product not in graph.inputs([total])
    assert {x, w, product, total} <= set(graph.ancestors([total]))
    assert graph.io_toposort([x], [total])[0] is product.owner
    assert product.owner in graph.list_of_nodes([x], [total])
    assert product in graph.variables([x], [total])
    assert w in graph.orphans([x], [total])
    assert graph.is_in_ancestors(total.owner, product.owner)
    assert not graph.is_in_ancestors(product.owner, total.owner)
    y = theano.tensor.dvector()
    assert graph.is_same_graph(x * 2, y * 2, givens={x: y})
    assert not graph.is_same_graph(x * 2, y * 3, givens={x: y})


def test_test_values(theano, x):
    get_test_value = theano.gof.op.get_test_value
    with pytest.raises(AttributeError, match=r"x has no test value: set x\.tag\.test_value"):
        get_test_value(x + 1)
    x.tag.test_value = np.array([1.0, 2.0])
    w = theano.shared(3.0)
    np.testing.assert_array_equal(get_test_value(x * w), [3, 6])
    np.testing.assert_array_equal(get_test_value(x), [1, 2])


def test_values_are_printed(theano, x, capsys):
    shown = theano.printing.Print("here", attrs=["shape"])(x)
    theano.function([x], shown * 2, mode=PYTHON)([1, 2])
    assert capsys.readouterr().out == "here shape = (2,)\n"


def test_expressions_are_printed(theano, x, capsys):
    y = theano.tensor.dscalar("y")
    assert theano.pp(x * y) == theano.printing.pprint(x * y) == "(x * y)"
    theano.printing.debugprint(x * y, print_type=True)
    assert "Mul [id A] <Vector(float64, shape=(?,))>" in capsys.readouterr().out
    file = io.StringIO()
    theano.printing.debugprint([x, y], file=file, ids="int", print_clients=True)
    assert file.getvalue() == "x [id 0]\ny [id 1]\n"


def test_pictures_need_no_file_name(theano, x, monkeypatch):
    drawn = []
    monkeypatch.setattr("pytensor.printing.pydotprint", lambda *args, **kwargs: drawn.append(args))
    theano.printing.pydotprint(x * 2, format="svg")
    theano.printing.pydotprint(x * 2, "mine.png")
    assert drawn[0][1].name == "theano.pydotprint.cpu.svg"
    assert drawn[1][1] == "mine.png"


def test_scalars(theano):
    scalar = theano.scalar.basic
    assert scalar.int_or_true_div(True, True) is scalar.int_div
    assert scalar.int_or_true_div(True, False) is scalar.true_div
    assert theano.scalar.upcast("int8", "float32") == "float32"


@pytest.mark.parametrize("module", ["theano.sandbox.cuda", "theano.gpuarray"])
def test_there_is_no_gpu(theano, module):
    gpu = __import__(module, fromlist=["*"])
    with pytest.warns(UserWarning, match="has no successor here"):
        gpu.use("gpu0")
    assert not getattr(gpu, "cuda_available", False)
    assert not getattr(gpu, "pygpu_activated", False)
    assert not gpu.dnn.dnn_available()
    value = theano.tensor.fmatrix()
    assert gpu.basic_ops.gpu_contiguous(value) is value


@pytest.mark.parametrize("count", [31, 32, 40, 95])
def test_python_adds_and_multiplies_more_terms_than_numpy_takes(theano, count):
    T = theano.tensor
    terms = [T.dvector(f"x{i}") for i in range(count)]
    outputs = [T.add(*terms), T.mul(*terms)]
    rng = np.random.default_rng(0)
    values = rng.uniform(0.5, 1.5, (count, 3))
    total, product = theano.function(terms, outputs, mode=PYTHON)(*values)
    np.testing.assert_allclose(total, values.sum(axis=0))
    np.testing.assert_allclose(product, values.prod(axis=0))
