import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy.special import expit, softmax

from lenet.layers.activations import ACTIVATIONS, activation
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
