"""What names stand for: aliases, shadows, stars, strings and comments."""

import pytest

from tests.porting.rewritten import HEAD, NEW_HEAD, after, body, ported

UNTOUCHED = [
    "def f(T):\n    return T.inv(T.nnet)\n",
    "def f(theano):\n    return theano.function\n",
    "def f():\n    T = array\n    return T.abs_\n",
    "f = lambda T: T.inv\n",
    "y = [T.inv for T in arrays]\n",
    "for_ = {T: T.sgn for T in arrays}\n",
    "class A:\n    def f(self):\n        return self.T.inv, self.theano\n",
    "y = 'theano.function and T.inv'  # theano.function and T.inv\n",
    'y = """\nimport theano\n"""\n',
    "def f():\n    with open(p) as T:\n        return T.inv\n",
    "try:\n    pass\nexcept Exception as error:\n    print(error.T)\n",
    "y = x.T.inv\n",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_other_things_of_that_name_are_left(text):
    assert after(HEAD + text) == NEW_HEAD + text


ALIASES = {
    "nn = T.nnet\ny = nn.relu(x)\n": "nn = nnet\ny = nnet.relu(x)\n",
    "def f():\n    import theano.tensor as TT\n    return TT.inv(x)\n": (
        "def f():\n    import pytensor.tensor as TT\n    return TT.reciprocal(x)\n"
    ),
    "class A:\n    T = 3\n    def f(self):\n        return T.inv(x)\n": (
        "class A:\n    T = 3\n    def f(self):\n        return T.reciprocal(x)\n"
    ),
    "def f():\n    global T\n    return T.inv(x)\n": "def f():\n    global T\n    return T.reciprocal(x)\n",
    "def f(y=T.inv(x)):\n    T = 1\n": "def f(y=T.reciprocal(x)):\n    T = 1\n",
    "y = [T.inv(x) for x in T.arange(3)]\n": "y = [T.reciprocal(x) for x in T.arange(3)]\n",
    "y = f'{T.inv(x)}'\n": "y = f'{T.reciprocal(x)}'\n",
    "y = theano \\\n    .tensor.inv(x)\n": "y = pytensor.tensor.reciprocal(x)\n",
    "@theano.config.change_flags(floatX='float32')\ndef f():\n    pass\n": (
        "@pytensor.config.change_flags(floatX='float32')\ndef f():\n    pass\n"
    ),
    "é = 'ü'; y = T.inv(é)\n": "é = 'ü'; y = T.reciprocal(é)\n",
}


@pytest.mark.parametrize("text", ALIASES)
def test_alias(text):
    assert body(text) == "\n".join(
        line for line in ALIASES[text].split("\n") if not line.startswith(("import ", "from "))
    )


def test_shadowed_alias_is_written_in_full():
    text = "import theano.tensor as T\nimport theano\ndef f(T):\n    return theano.tensor.inv(T)\n"
    assert after(text).endswith("def f(T):\n    return pytensor.tensor.reciprocal(T)\n")


def test_star_becomes_the_names_in_use():
    text = (
        "from theano.tensor import *\ny = exp(sum(x)) + abs_(len(x))\nz = nnet.relu(matrix('m'))\n"
    )
    new = after(text)
    assert new.startswith("from pytensor.tensor import abs as abs_")
    assert new.endswith("\ny = exp(sum(x)) + abs_(len(x))\nz = nnet.relu(matrix('m'))\n")
    assert "len" not in new.split("\n")[0]
    names = new.partition("\ny =")[0]
    for name in ("exp", "sum", "matrix", "nnet"):
        assert name in names


def test_star_of_a_name_that_the_program_binds():
    text = "from theano.tensor import *\ndef exp(x):\n    return x\ny = exp(log(2))\n"
    assert after(text).startswith("from pytensor.tensor import log\n")


def test_guarded_imports():
    text = (
        "try:\n    from theano.tensor.signal.pool import pool_2d\nexcept ImportError:\n"
        "    from theano.tensor.signal.downsample import max_pool_2d as pool_2d\ny = pool_2d(x, ds=(2, 2))\n"
    )
    assert after(text) == (
        "try:\n    from lenet.nnet import pool_2d\nexcept ImportError:\n"
        "    from lenet.nnet import pool_2d\ny = pool_2d(x, ws=(2, 2))\n"
    )


def test_import_that_is_left_out_leaves_its_block_whole():
    text = "try:\n    import theano.sandbox.cuda.dnn as dnn\nexcept ImportError:\n    pass\n"
    assert after(text) == "try:\n    pass\nexcept ImportError:\n    pass\n"


def test_name_that_is_bound_twice_is_left():
    text = "import theano.tensor as T\ndef f():\n    return T.inv(x)\nT = 3\n"
    assert "bound to something else" in ported(text).left[0].reasons[0]


def test_theano_from_elsewhere_is_left():
    assert ported("from common import *\ny = theano.function([x], y)\n").left


def test_nothing_of_theano():
    text = "import os\nprint(os.name)\n"
    assert ported(text).text == text
    assert not ported(text).changes


def test_call_in_a_string_is_right_or_left():
    text = "y = f'{theano.tensor.flatten(x, outdim=2)} {theano.function([x], y)}'\n"
    port = ported(HEAD + text)
    is_right = "flatten(x, ndim=2)" in port.text and "pytensor.function([x], y)" in port.text
    assert is_right or port.left
