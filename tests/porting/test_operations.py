"""Subclasses of Theano's Op."""

from tests.porting.rewritten import after, ported

OP = """\
import theano
class Double(theano.Op):
    def make_node(self, x):
        return theano.Apply(self, [x], [x.type()])
    def grad(self, inputs, output_gradients):
        return [2 * output_gradients[0]]
    def infer_shape(self, node, shapes):
        return shapes
"""


def test_methods():
    assert after(OP) == (
        OP.replace("theano.Op", "pytensor.graph.Op")
        .replace("theano.Apply", "pytensor.graph.Apply")
        .replace("theano", "pytensor")
        .replace("def grad(self, inputs, ", "def pullback(self, inputs, outputs, ")
        .replace("(self, node, shapes)", "(self, fgraph, node, shapes)")
    )
    assert not ported(OP).left


def test_c_code_needs_another_class():
    text = OP.replace("import theano\n", "from theano import Op\nimport theano\n").replace(
        "theano.Op", "Op"
    )
    assert "from pytensor.graph import Op\n" in after(text)
    assert "from pytensor.link.c.op import COp as Op\n" in after(
        text + "    def c_code(self, *a):\n        return ''\n"
    )


def test_other_classes_are_left_alone():
    text = OP.replace("theano.Op", "Model").replace("theano.Apply", "Apply")
    assert after(text).replace("pytensor", "theano") == text


def test_what_is_left():
    text = OP + "    def R_op(self, inputs, points):\n        return self.grad(inputs, points)\n"
    assert [change.line for change in ported(text).left] == [9, 10]
    strange = ported(OP.replace("output_gradients):", "*output_gradients):"))
    assert "pullback" in strange.left[0].reasons[0]
