import math
from functools import partial

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import get_mode

from lenet.training.build import build_network
from lenet.training.functions import compile_functions, symbolic_step
from lenet.training.loop import Progress, run_epochs
from tests.toy_dataset import toy_dataset
from tests.toy_settings import toy_settings

settings = partial(toy_settings, patience=10_000)


@pytest.fixture(scope="module")
def compiled():
    with pytensor.config.change_flags(floatX="float64"):
        dataset = toy_dataset()
        network = build_network(dataset, settings(), np.random.default_rng(1))
        mode = get_mode("CVM" if pytensor.config.cxx else "NUMBA")
        functions = compile_functions(network, symbolic_step(network, settings()), mode)
    return dataset, network, functions


def test_the_graph_scales_bytes_to_fractions(compiled):
    dataset, network, functions = compiled
    images, labels = dataset.train
    cost, errors, probabilities = functions.validate_model(images, labels)
    # The first layer's outputs vanish on black images: all classes are equally probable.
    black = functions.validate_model(np.zeros_like(images), labels)[0]
    penalty = settings().l2_pen * sum(
        (layer.W.get_value() ** 2).sum() for layer in network.model.layers[:-1]
    )
    assert black == pytest.approx(math.log(10) + penalty)
    alone = network.model.p_y_given_x.eval({network.images: images}, mode="CVM")
    np.testing.assert_allclose(probabilities, alone, rtol=1e-12)
    expected = -np.log(probabilities[np.arange(10), labels]).mean() + penalty
    assert cost == pytest.approx(expected)
    assert errors == np.mean(probabilities.argmax(axis=1) != labels)


def test_batches_of_any_size_train(compiled):
    dataset, _, functions = compiled
    functions.learning_rate.set_value(0.05)
    functions.momentum.set_value(0.5)
    for size in (1, 3, 10):
        cost, errors = functions.train_model(*(part[:size] for part in dataset.train))
        assert math.isfinite(cost)
        assert 0 <= errors <= 1


def test_training_learns(compiled):
    dataset, network, functions = compiled
    # The output layer starts at zero, where the layers before it have no gradient yet.
    network.model.params[-2].set_value(np.random.default_rng(3).normal(size=(5, 10)))
    chosen, progress = settings(nepochs=30, lr=0.02, mom=0.5), Progress(np.random.default_rng(0))
    results = list(run_epochs(functions, dataset, chosen, progress))
    assert results[-1].cost < results[0].cost
    assert all(math.isfinite(r.validation_cost) for r in results)
