import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply
from pytensor.link.c.op import COp
from pytensor.link.vm import VMLinker

from lenet.graph import culprit


class Doubled(COp):
    """Twice a number; its C code says three times."""

    __props__ = ()

    def make_node(self, x):
        return Apply(self, [x], [x.type()])

    def perform(self, node, inputs, output_storage):
        output_storage[0][0] = 2 * inputs[0]

    def c_code_cache_version(self):
        return (1,)

    def c_code(self, node, name, inputs, outputs, sub):
        (x,), (z,) = inputs, outputs
        return f"""
            Py_XDECREF({z});
            {z} = (PyArrayObject*)PyArray_NewCopy({x}, NPY_CORDER);
            *(double*)PyArray_DATA({z}) *= 3.0;
        """


class Lengthened(Doubled):
    """Twice a number; in JAX, a vector."""


@pytest.fixture
def wrong_in_jax(jax_types):
    """Have JAX compute the Ops above, wrongly, in float64."""
    import jax.numpy as jnp
    from pytensor.link.jax.dispatch import jax_funcify

    jax_funcify.register(Doubled, lambda op, **kwargs: lambda x: 3 * x)
    jax_funcify.register(Lengthened, lambda op, **kwargs: jnp.atleast_1d)
    jax_types("float64")


def find(op, mode, backend):
    """Look for the wrong Op among those of a few results."""
    x, y = pt.dscalars("x", "y")
    shifted = x + y
    wrong = op()(shifted)
    wrong.name = "wrong"
    results = {"sum": shifted, "cube": wrong**3, "log": pt.log(wrong)}
    function = pytensor.function([x, y], list(results.values()), mode=mode)
    return culprit.first_wrong_op(function, (np.array(1.5), np.array(0.5)), list(results), backend)


needs_compiler = pytest.mark.skipif(not pytensor.config.cxx, reason="no C++ compiler")


@needs_compiler
def test_an_op_with_wrong_c_code_is_found():
    found = find(Doubled, Mode("cvm", None), "C")
    assert isinstance(found.node.op, Doubled)
    assert (found.result, found.inputs) == ("cube", [np.array(2.0)])
    assert found.number < found.of
    assert found.comparison == (
        "differs by up to 2, 5e-01 of its largest element: 6 in C, 4 in Python"
    )


def test_an_op_that_is_wrong_in_jax_is_found(wrong_in_jax):
    found = find(Doubled, "JAX", "JAX")
    assert isinstance(found.node.op, Doubled)
    assert found.comparison.endswith("6 in JAX, 4 in Python")


def test_a_wrong_shape_is_found(wrong_in_jax):
    found = find(Lengthened, "JAX", "JAX")
    assert found.comparison == "its shape is (1,) in JAX, () in Python"


def test_ops_that_agree_are_not_found():
    python = Mode(linker=VMLinker(c_thunks=False), optimizer=None)
    assert find(Doubled, python, "rewritten") is None


def test_the_report_names_the_op_and_what_it_reads():
    x = pt.dmatrix("x")
    node = pt.exp(x[0]).owner
    found = culprit.Culprit(node, 3, 7, "cost", [np.zeros(4)], "differs")
    assert found.report().splitlines() == [
        "number 3 of 7, for cost:",
        "Exp",
        "",
        "input           shape     type",
        "Subtensor(...)      4  float64",
        "",
        "differs",
    ]


@pytest.mark.parametrize(
    ("found", "expected", "comparison"),
    [
        ([1.0, np.inf, np.nan], [1.0, np.inf, np.nan], ""),
        ([1.0, 2.0 + 1e-12], [1.0, 2.0], ""),
        ([[1, 2], [3, 5]], [[1, 2], [3, 4]], "by up to 1, 2e-01 of its largest element, at [1, 1]"),
        ([1.0, np.nan], [1.0, 2.0], "by up to inf, inf of its largest element, at [1]"),
        ([np.inf], [-np.inf], "by up to inf"),
        ([True, False], [True, True], "at [1]"),
        ([], [], ""),
        ("a", "b", ""),
    ],
    ids=["not-finite", "rounding", "integers", "nan", "infinities", "booleans", "empty", "text"],
)
def test_comparisons(found, expected, comparison):
    text = culprit.compare_values(np.array(found), np.array(expected), "C")
    assert comparison in text
    assert bool(comparison) == bool(text)
