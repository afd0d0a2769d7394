import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import expit, softmax

from lenet.layers import FullyConnected
from lenet.layers.activations import ACTIVATIONS, activation
from tests.layers.applying import PYTHON
from tests.nnet.modes import Graph, evaluate_together, in_modes

NUMBERS = np.array([[-2.5, -1.0, -1e-3, 0.5, 3.0], [1e-3, 4.0, -6.0, 0.0, -0.0]])
BY_HAND = {
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "sigmoid": expit,
    "tanh": np.tanh,
    "squash": lambda x: 1.7159 * np.tanh(2 * x / 3),
    "softmax": lambda x: softmax(x, axis=1),
    "identity": lambda x: x,
}


@in_modes("c", "python", "jax")
def test_activations_by_name(mode_name):
    numbers = NUMBERS.astype("float32")
    graphs = {}
    # A floatX other than the numbers' type must not change it.
    with pytensor.config.change_flags(floatX="float64" if mode_name == "python" else "float32"):
        for name in ACTIVATIONS:
            x = pt.matrix("x", dtype="float32")
            graphs[name] = Graph([x], [activation(name)(x)], [numbers])
        found = evaluate_together(graphs, mode_name)
    assert BY_HAND.keys() == ACTIVATIONS.keys()
    for name, by_hand in BY_HAND.items():
        (value,) = found[name]
        assert value.dtype == "float32"
        np.testing.assert_allclose(value, by_hand(NUMBERS), rtol=1e-5, err_msg=name)


def test_an_unknown_activation_is_said_with_those_there_are():
    with pytest.raises(ValueError, match=r"'swish': expected one of relu, .*, identity"):
        activation("swish")


def test_a_layer_takes_a_function():
    def cube(x):
        return x**3

    layer = FullyConnected(2, activation=cube)
    layer.initialise(np.random.default_rng(0), (5,), "fc1")
    x = pt.matrix("x", dtype="float64")
    found = layer.forward(x).eval({x: NUMBERS}, mode=PYTHON)
    np.testing.assert_allclose(found, (NUMBERS @ layer.W.get_value()) ** 3, rtol=1e-9, atol=1e-12)
