"""Our own side: what `lenet-train` runs, and the operations of `lenet.nnet` as users write them."""

import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module

import numpy as np
import pytensor
import pytensor.tensor as pt
from pytensor.compile.executor import Function
from pytensor.compile.mode import Mode, get_mode

from benchmarks.layers import Layer
from benchmarks.network import L2_PEN, LEARNING_RATE, LWIDTH, MOMENTUM, Problem
from benchmarks.workers import Call, is_installed
from lenet.compile import specialise
from lenet.compile.backends import select_backend
from lenet.data.dataset import Dataset, Split
from lenet.models.network import Network
from lenet.nnet import conv2d, pool_2d, relu
from lenet.training.build import build_network
from lenet.training.functions import compile_functions, symbolic_step
from lenet.training.settings import Settings

OWN, ON_LENET = "lenet", "lenet.pytensor_ml"
MODES = (OWN, "CVM", "NUMBA", "JAX", *((ON_LENET,) if is_installed("pytensor_ml") else ()))


def mode(threads: int) -> Mode:
    backend = select_backend("c", threads)
    if backend.warning:
        print(backend.warning, file=sys.stderr)
    return backend.mode


def build(problem: Problem) -> tuple[Network, Settings]:
    """Return the network with the problem's weights, and the settings of its training."""
    split = Split(*problem.data())
    dataset = Dataset(problem.images, split, split, split, tuple("0123456789"), mirror=False)
    settings = Settings(
        nepochs=1,
        lr=LEARNING_RATE,
        mom=MOMENTUM,
        l2_pen=L2_PEN,
        lwidth=LWIDTH,
        batch_size=problem.batch,
        data_augm=False,
        ncrops=0,
        patience=1,
    )
    network = build_network(dataset, settings, np.random.default_rng(0))
    for param, value in zip(network.model.params, problem.weights(), strict=True):
        param.set_value(value)
    return network, settings


def train_steps(threads: int, problem: Problem) -> dict[str, Call]:
    backend_mode = mode(threads)
    network, settings = build(problem)
    step = symbolic_step(network, settings)
    functions = compile_functions(network, step, backend_mode)
    images, labels = problem.data()
    return {"c": (lambda: functions.train_model(images, labels), list)}


def arrays_of(results: Sequence) -> list[np.ndarray]:
    """Return results as arrays, for which JAX must have finished."""
    return [np.asarray(result) for result in results]


def train_steps_in_modes(
    threads: int, problem: Problem, names: Sequence[str] = MODES
) -> dict[str, Call]:
    """Prepare the step in PyTensor's own modes, and in lenet's."""
    images, labels = problem.data()

    def call(mode: Mode | str) -> Call:
        network, settings = build(problem)
        step = symbolic_step(network, settings)
        functions = compile_functions(network, step, get_mode(mode))
        return (lambda: arrays_of(functions.train_model(images, labels)), list)

    return {
        name: of_pytensor_ml("train_step", problem)
        if name == ON_LENET
        else call(mode(threads) if name == OWN else name)
        for name in names
    }


def of_pytensor_ml(what: str, problem: Problem) -> Call:
    """Prepare what pytensor-ml's side does, on our kernels."""
    import_module(ON_LENET)
    side = import_module("benchmarks.peers.pytensor_ml_side")
    with pytensor.config.change_flags(floatX="float32"):
        return getattr(side, what)(problem)


def predictions_in_modes(threads: int, problem: Problem) -> dict[str, Call]:
    images, _ = problem.data()

    def call(mode: Mode | str) -> Call:
        network, _ = build(problem)
        outputs = [network.model.p_y_given_x, network.model.y_pred]
        predict = pytensor.function([network.images], outputs, mode=mode)
        return (lambda: arrays_of(predict(images)), list)

    return {
        name: of_pytensor_ml("prediction", problem)
        if name == ON_LENET
        else call(mode(threads) if name == OWN else name)
        for name in MODES
    }


def predictions(threads: int, problem: Problem) -> dict[str, Call]:
    backend_mode = mode(threads)
    network, _ = build(problem)
    outputs = [network.model.p_y_given_x, network.model.y_pred]
    predict = pytensor.function([network.images], outputs, mode=backend_mode)
    images, _ = problem.data()
    return {"c": (lambda: predict(images), list)}


def layer(threads: int, layer: Layer, operation: str) -> dict[str, Call]:
    """Prepare an operation for known sizes, for any, and for any without getting to know them."""
    backend_mode = mode(threads)
    values = layer.arrays()
    known = {name: value.shape for name, value in values.items()}
    unknown = {name: (None,) * value.ndim for name, value in values.items()}
    arguments = list(values.values())
    calls: dict[str, Call] = {}
    for name, shapes, function_mode in (
        ("c", known, backend_mode),
        ("any size", unknown, backend_mode),
        ("general kernels", unknown, backend_mode.excluding(specialise.NAME)),
    ):
        function = operation_of(layer, operation, shapes, function_mode)
        for _ in range(specialise.MIN_CALLS):
            function(*arguments)
        calls[name] = (partial(function, *arguments), list)
    return calls


def operation_of(
    layer: Layer, operation: str, shapes: dict[str, tuple], backend_mode: Mode
) -> Function:
    """Compile an operation on x, W, b and g, whose shapes are known or not."""
    x, W, b, g = (pt.tensor(name, shape=shape, dtype="float32") for name, shape in shapes.items())
    y = conv2d(
        x,
        W,
        border_mode=layer.border_mode,
        subsample=(layer.stride, layer.stride),
        filter_dilation=(layer.dilation, layer.dilation),
        num_groups=layer.groups,
    )
    if layer.pool:
        y = relu(pool_2d(y, ws=(2, 2), ignore_border=True) + b.dimshuffle("x", 0, "x", "x"))
    known = {y: g}
    graphs = {
        "forward": lambda: [y],
        "dW": lambda: [pytensor.grad(None, W, known_grads=known)],
        "dX": lambda: [pytensor.grad(None, x, known_grads=known)],
        "forward and backward": lambda: [y, *pytensor.grad(None, [x, W, b], known_grads=known)],
    }
    return pytensor.function(
        [x, W, b, g], graphs[operation](), mode=backend_mode, on_unused_input="ignore"
    )
