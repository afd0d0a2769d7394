"""Each flag of `lenet-train` that decides on the training changes it, in what it is to change, and only there."""

from functools import cache
from itertools import chain

import numpy as np
import pytensor
import pytest

from lenet.commands.train_flags import parse_options
from lenet.input_pipeline import load_digits
from lenet.training.build import build_network
from lenet.training.functions import symbolic_step
from lenet.training.loop import Progress, run_epochs
from tests.quick_runs import PLAIN, plain_backend
from tests.toy_dataset import toy_dataset
from tests.training.test_loop import Fakes


@cache
def costs(flags):
    """Return the costs of two digits before, after one and after two steps with them."""
    arguments = parse_options(["--dataset", "digits", *flags.split()])
    settings, dataset = arguments, load_digits()
    with plain_backend(), pytensor.config.change_flags(floatX="float64"):
        network = build_network(dataset, settings, np.random.default_rng(arguments.seed))
        step = symbolic_step(network, settings)
        # Steps of this network take their time in Python.
        updates = step.updates if settings.model != "lenet5-1998" else []
        function = pytensor.function(step.inputs, step.outputs[0], updates=updates, mode=PLAIN)
        return [float(function(*(part[:2] for part in dataset.train))) for _ in range(3)]


@pytest.mark.parametrize(
    ("base", "flags"),
    [
        ("--model mlp --hidden 3", "--hidden 4"),
        ("--model mlp --hidden 3", "--model logistic --hidden 500"),
        ("--model mlp --hidden 3", "--activation relu"),
        ("--model mlp --hidden 3", "--batch_norm"),
        ("--model mlp --hidden 3", "--dropout 0.5"),
        ("--model mlp --hidden 3", "--initialiser he"),
        ("--model mlp --hidden 3", "--seed 1"),
        ("--model mlp --hidden 3", "--lr 0.02"),
        ("--model mlp --hidden 3", "--mom 0.5"),
        ("--model mlp --hidden 3", "--l2_pen 0.1"),
        ("--model mlp --hidden 3", "--l1_pen 0.1"),
        ("--model mlp --hidden 3", "--loss hinge"),
        ("--model mlp --hidden 3", "--label_smoothing 0.1"),
        ("--model mlp --hidden 3", "--update nesterov"),
        ("--model mlp --hidden 3 --update adam", "--update_options beta1=0.5"),
        ("--model mlp --hidden 3", "--clip_norm 0.01"),
        ("--model mlp --hidden 3 --average lookahead", "--average_options steps=1"),
        ("--lwidth 1 1 1 2 --activation tanh", "--lwidth 1 1 2 2"),
        ("--lwidth 1 1 1 2 --activation tanh", "--pooling avg"),
        ("--model lenet5-1998", "--connections full"),
        ("--model lenet5-1998", "--output softmax"),
        ("--model lenet5-1998", "--loss map"),
        ("--model lenet5-1998 --loss map", "--rubbish_distance 2"),
    ],
    ids=lambda flags: flags.removeprefix("--"),
)
def test_a_flag_of_the_network_or_its_learning_changes_the_costs_of_steps(base, flags):
    before, after = costs(base), costs(f"{base} {flags}")
    assert np.isfinite([before, after]).all()
    assert not np.allclose(before, after, rtol=1e-5)


def course(flags):
    """Return what the course of a training is that goes through all epochs it is allowed."""
    base = "--nepochs 4 --batch_size 4 --schedule exponential"
    arguments = parse_options([*base.split(), *flags.split()])
    fakes, rng = Fakes(), np.random.default_rng(arguments.seed)
    epochs = run_epochs(fakes.functions, toy_dataset(), arguments, Progress(rng))
    results = list(epochs)
    steps = len(fakes.trained) // len(results)
    return {
        "epochs": len(results),
        "steps": steps,
        "images": list(chain(*fakes.trained[:steps])),
        "learning rates": [result.learning_rate for result in results[:2]],
        "momenta": [result.momentum for result in results[:2]],
    }


@pytest.mark.parametrize(
    ("base", "flags", "changes"),
    [
        ("", "--nepochs 3", {"epochs"}),
        ("", "--patience 2", {"epochs"}),
        ("", "--batch_size 3", {"steps"}),
        ("", "--data_augm", {"steps", "images"}),
        ("--data_augm", "--ncrops 3", {"steps", "images"}),
        ("--data_augm", "--no_data_augm", {"steps", "images"}),
        ("", "--seed 1", {"images"}),
        ("", "--lr 0.02", {"learning rates"}),
        ("", "--mom 0.5", {"momenta"}),
        ("", "--schedule cosine", {"learning rates"}),
        ("", "--schedule_options multiplier=-0.5", {"learning rates"}),
        ("", "--warmup 2", {"learning rates"}),
    ],
    ids=lambda value: value.removeprefix("--") if isinstance(value, str) else "",
)
def test_a_flag_of_the_course_changes_it_and_nothing_else(base, flags, changes):
    before, after = course(base), course(f"{base} {flags}")
    assert {name for name in before if before[name] != after[name]} == changes
