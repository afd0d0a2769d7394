"""What the tests of the graph tools share: small networks, and PyTensor's settings put back."""

import os

import numpy as np
import pytensor
import pytest

from lenet.commands.base import Parser, parse
from lenet.graph import agreement, tracing
from lenet.graph import command as graph
from lenet.graph.subject import build_subject
from lenet.runs import checkpoint

SMALL = ("--dataset", "digits", "--lwidth", "2", "3", "4", "5")


@pytest.fixture(autouse=True, scope="module")
def settings_put_back():
    """Commands choose the number of threads and, once and for all, float32."""
    before = os.environ.get("OMP_NUM_THREADS")
    with pytensor.config.change_flags(floatX="float32"):
        yield
    if before is None:
        os.environ.pop("OMP_NUM_THREADS", None)
    else:
        os.environ["OMP_NUM_THREADS"] = before


def make_subject(*flags):
    """Build a small network as a command would."""
    parser = Parser()
    tracing.add_arguments(parser)
    return build_subject(parse(parser, [*SMALL, *flags]))


@pytest.fixture(scope="module")
def subject():
    return make_subject()


@pytest.fixture
def double():
    """A small network in float64, and a batch of noise."""
    subject = make_subject()
    with pytensor.config.change_flags(floatX="float64"):
        yield (
            agreement.in_double_precision(subject, np.random.default_rng(0)),
            subject.random_batch(2, np.random.default_rng(1)),
        )


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command on a small network, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda command, *flags: graph.main([command, *SMALL, *flags])


def save_model(path, subject, **changes):
    """Save a network with the attributes that `lenet-train` gives it, but for some changes."""
    attributes = {
        "dataset": subject.dataset,
        "lwidth": subject.settings.lwidth,
        "size": subject.size,
        "channels": subject.channels,
        "class_names": subject.class_names,
    }
    kept = {name: v for name, v in {**attributes, **changes}.items() if v is not None}
    checkpoint.save(path, subject.network.model, **kept)
