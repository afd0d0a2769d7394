"""The networks that come with lenet: their files, and what their pages say of them."""

import hashlib
import math
import re
from pathlib import Path

import numpy as np
import pytensor
import pytest

from benchmarks.trained import MAX_BYTES, RECIPES
from lenet.estimator import load
from lenet.input_pipeline import load_digits
from lenet.runs.saved_model import SavedModel
from lenet.trained import DEFAULT, NAMES, PLACE, is_included, network_path
from tests.quick_runs import PLAIN, plain_backend

# As many standard deviations as 95 % of a normal distribution lie within.
WIDTH = 1.959964


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def card(name):
    """Return what the table of a network's page says, by the first cell of its rows."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", (PLACE / f"{name}.md").read_text(), re.M)
    return dict(rows)


def wilson(wrong, images):
    """Return the ends of Wilson's interval in percent: the roots of its quadratic equation."""
    p, square = wrong / images, WIDTH**2 / images
    middle, root = p + square / 2, WIDTH * math.sqrt(p * (1 - p) / images + square / images / 4)
    return [100 * (middle + sign * root) / (1 + square) for sign in (-1, 1)]


def test_the_names_are_those_of_the_files():
    assert sorted(path.stem for path in PLACE.glob("*.h5")) == sorted(NAMES)
    assert sorted(path.stem for path in PLACE.glob("*.md")) == sorted(NAMES)
    assert sorted(RECIPES) == sorted(NAMES)
    assert DEFAULT in NAMES


def test_the_page_is_of_this_file(name, card):
    content = (PLACE / f"{name}.h5").read_bytes()
    assert card["SHA-256"] == f"`{hashlib.sha256(content).hexdigest()}`"
    assert card["file"] == f"`{name}.h5`, {len(content):,} bytes"
    assert len(content) <= MAX_BYTES
    assert card["command"] == f"`lenet-train {RECIPES[name].flags}`"


def test_the_interval_is_that_of_the_counts(card):
    wrong = int(card["wrong"])
    images = int(card["test images"].split(",")[0] + card["test images"].split(",")[1])
    assert images == 10_000
    error, _, low, high = re.findall(r"[\d.]+", card["test error"])
    assert float(error) == 100 * wrong / images
    np.testing.assert_allclose([float(low), float(high)], wilson(wrong, images), atol=0.00501)


def test_the_network_says_what_its_page_says_of_other_digits(name, card):
    """Of sixty of them, so that an error as large as that of all has some room."""
    counts = re.match(r"(\d+) of the ([\d,]+) ", card["another source"])
    share = int(counts[1]) / int(counts[2].replace(",", ""))
    test = load_digits().test.take(slice(60))
    with pytensor.config.change_flags(floatX="float32"):
        model = SavedModel.load(name, PLAIN)
        found = model.probabilities(test.images)
    assert model.sees_digits
    wrong = np.mean(found.argmax(axis=1) != test.labels)
    assert abs(wrong - share) < 4 * math.sqrt(share * (1 - share) / 60)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)


def test_it_is_loaded_by_name_in_python(name):
    with plain_backend() as patch:
        patch.setattr("lenet.estimator.loading.select_backend", lambda *_: PlainBackend)
        classifier = load(name)
    assert classifier.classes_.tolist() == list("0123456789")
    assert classifier.model_.path == PLACE / f"{name}.h5"


class PlainBackend:
    mode = PLAIN


def test_a_path_that_exists_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert network_path("mnist") == PLACE / "mnist.h5"
    assert network_path(Path("mnist")) == PLACE / "mnist.h5"
    assert is_included("mnist")
    (tmp_path / "mnist").mkdir()
    assert network_path("mnist") == Path("mnist")
    assert not is_included("mnist")


@pytest.mark.parametrize("name", ["", "mnis", "mnist.h5", "x/mnist", "../trained/mnist"])
def test_other_names_are_paths(name):
    assert not is_included(name)
    assert network_path(name) == Path(name)
