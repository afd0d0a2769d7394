"""How it learnt, in a real browser: the slider changes the network, cells open their pictures."""

import base64
import dataclasses
import json
import re

import numpy as np
import pytensor
import pytest

from lenet.models.architectures import logistic
from lenet.models.network import network_of_layers
from lenet.runs.kept_epochs import KeptEpochs, variables_of
from lenet.runs.names import EPOCHS
from lenet.show.confusion import ShownConfusion
from lenet.show.learnt import Learnt
from lenet.show.page_writer import page_of
from lenet.show.pictures import ShownPictures
from tests.show.test_page_in_browser import SEVEN, SHARES, check_quiet, verdict

READY = "!document.querySelector('#epoch').disabled"
CONV1 = "(() => { const c = document.querySelector(\"section[aria-label='layer conv1'] canvas\"); return c.toDataURL(); })()"


def payload_of(path):
    return json.loads(re.search(r'id="network">(.*?)</script>', path.read_text())[1])


def move(page, place):
    page.evaluate(
        f"(() => {{ const e = document.querySelector('#epoch'); e.value = '{place}'; "
        "e.dispatchEvent(new Event('input')); })()"
    )
    page.settle()


@pytest.fixture
def page(shown_page, browser):
    opened = browser.open(shown_page)
    opened.wait_for(READY)
    return opened


@pytest.fixture(scope="module")
def learnt(shown_page):
    return payload_of(shown_page)["learnt"]


def test_the_slider_makes_the_network_what_it_was(
    page, learnt, shown_page, digits_model, digits_run
):
    """Answers are those of PyTensor, of the weights that were kept; of the last network they are exact."""
    epochs = sorted([*learnt["epochs"], learnt["own"]])
    kept, model = KeptEpochs.load(digits_run / EPOCHS), digits_model.network.model
    (example, *_) = payload_of(shown_page)["examples"]
    image = np.frombuffer(base64.b64decode(example["image"]), np.uint8).reshape(1, 1, 28, 28)
    exact, before = page.evaluate(SHARES), page.evaluate(CONV1)
    own = [variable.get_value() for variable in variables_of(model)]
    try:
        for place in (0, 2, len(epochs) - 3):
            move(page, place)
            kept.restore(epochs[place], model)
            (expected,) = digits_model.probabilities(image)
            np.testing.assert_allclose(page.evaluate(SHARES), 100 * expected, atol=0.0502)
            assert page.text("#answer-epoch") == f"at epoch {epochs[place]}"
            assert page.evaluate("document.querySelector('#epoch-sign').checkVisibility()")
            assert page.evaluate(CONV1) != before
    finally:
        for variable, value in zip(variables_of(model), own, strict=True):
            variable.set_value(value)
    page.click("#epoch-back")
    page.settle()
    assert page.evaluate(SHARES) == exact
    assert page.evaluate(CONV1) == before
    assert not page.evaluate("document.querySelector('#epoch-sign').checkVisibility()")
    assert page.text("#answer-epoch") == ""
    check_quiet(page)


def test_what_is_drawn_stays_and_units_change(page):
    page.click("#clear")
    page.draw("#pad", SEVEN)
    assert verdict(page) == "7"
    page.click("section[aria-label='layer conv2'] canvas", 20, 20)
    page.settle()
    pad = page.evaluate("document.querySelector('#pad').toDataURL()")
    unit = page.text("#unit-content")
    move(page, 0)
    assert page.text("#unit-content") != unit
    assert page.text("#unit h3").startswith("conv2, map ")
    assert page.evaluate("document.querySelector('#pad').toDataURL()") == pad
    page.click("#epoch-return")
    page.settle()
    assert verdict(page) == "7"
    assert page.text("#unit-content") == unit
    page.click("#clear")
    move(page, 1)
    assert verdict(page) == "\N{EN DASH}"
    check_quiet(page)


def test_keys_move_it_and_its_value_is_told(page, learnt):
    name = page.evaluate("document.querySelector('#epoch').getAttribute('aria-label')")
    assert name == "Epoch"
    told = "document.querySelector('#epoch').getAttribute('aria-valuetext')"
    page.evaluate("document.querySelector('#epoch').focus()")
    page.send(
        "Input.dispatchKeyEvent",
        type="rawKeyDown",
        key="Home",
        code="Home",
        windowsVirtualKeyCode=36,
    )
    page.settle()
    assert page.evaluate(told) == f"epoch 0 of {learnt['total']}, untrained"
    page.send(
        "Input.dispatchKeyEvent",
        type="rawKeyDown",
        key="ArrowRight",
        code="ArrowRight",
        windowsVirtualKeyCode=39,
    )
    page.settle()
    error = 100 * learnt["curves"]["validation_error"][0]
    expected = f"epoch 1 of {learnt['total']}, validation error {error:.1f}\N{NO-BREAK SPACE}%"
    assert page.evaluate(told) == expected
    assert page.text("#epoch-name").lower() == page.evaluate(told)
    check_quiet(page)


def test_the_epochs_go_by_to_the_last_one(page, learnt):
    last = len(learnt["epochs"])
    move(page, last - 2)
    page.click("#epoch-play")
    assert page.text("#epoch-play") == "Stop"
    page.wait_for(f"document.querySelector('#epoch').value === '{last}'")
    page.wait_for("document.querySelector('#epoch-play').textContent === 'Play'")
    page.click("#epoch-play")  # from the first one again
    page.settle()
    assert page.evaluate("document.querySelector('#epoch').value") == "0"
    page.click("#epoch-play")
    assert page.text("#epoch-play") == "Play"
    check_quiet(page)


def test_curves_have_a_marker_where_the_slider_is(page):
    marker = "document.querySelector('#error-curves .marker').getAttribute('x1')"
    at_last = float(page.evaluate(marker))
    move(page, 0)
    assert float(page.evaluate(marker)) < at_last
    box = page.box("#error-curves svg")
    page.click("#error-curves svg", box["width"] * 0.99, 40)
    page.settle()
    assert float(page.evaluate(marker)) > 300
    label = page.evaluate("document.querySelector('#cost-curves svg').getAttribute('aria-label')")
    assert label.startswith("Cost from epoch 1 to 12; at the end training ")
    check_quiet(page)


def test_a_cell_opens_pictures_that_the_network_takes(page, shown_page):
    confusion = payload_of(shown_page)["confusion"]
    wrong = [cell for cell in confusion["cells"] if cell[0] != cell[1]]
    truth, taken, count, pictures = max(wrong, key=lambda cell: cell[2])
    name = f"{truth} taken for {taken}: {count} image{'s' if count > 1 else ''}"
    assert page.evaluate("document.querySelectorAll('#confusion-cells button').length") == len(
        wrong
    )
    page.evaluate(f"document.querySelector('#confusion-cells [aria-label=\"{name}\"]').click()")
    page.wait_for(
        f"document.querySelectorAll('#confusion-pictures button').length === {len(pictures)}"
    )
    assert page.text("#confusion-name") == name
    page.click("#confusion-pictures button")
    page.settle()
    assert verdict(page) == str(taken)
    assert page.text("#told") == f"It is {truth}."
    assert page.evaluate("document.querySelector('#steps figcaption').textContent") == "test image"
    check_quiet(page)


@pytest.mark.parametrize("width", [420, 1280])
def test_many_classes_are_a_list_and_no_pictures_are_said(digits_model, browser, tmp_path, width):
    names = tuple(f"a rather long name of class {k}" for k in range(100))
    counts = np.random.default_rng(0).integers(0, 9, (100, 100))
    with pytensor.config.change_flags(floatX="float32"):
        network = network_of_layers(logistic(100), (1, 28, 28), np.random.default_rng(2))
    model = dataclasses.replace(digits_model, network=network, class_names=names)
    path = tmp_path / "many.html"
    path.write_bytes(page_of(model, ShownPictures(), None, ShownConfusion("test", counts)))
    page = browser.open(path, width=width)
    assert page.evaluate("document.querySelectorAll('#confusion-cells button').length") == 40
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#confusion-cells button")
    page.wait_for("document.querySelector('#confusion-note').textContent !== ''")
    assert page.text("#confusion-note") == "Its pictures are not in this page."
    assert page.text("#confusion-name").endswith(": 8 images")
    assert not page.evaluate("document.querySelector('#learnt').checkVisibility()")
    check_quiet(page)


def test_a_run_without_kept_epochs_has_its_curves_alone(digits_model, browser, tmp_path):
    learnt = dataclasses.replace(Learnt.of_run(digits_model), kept=None)
    path = tmp_path / "curves.html"
    path.write_bytes(page_of(digits_model, ShownPictures(), learnt))
    page = browser.open(path)
    assert page.evaluate("document.querySelectorAll('#learnt svg').length") == 2
    assert not page.evaluate("document.querySelector('#epoch').checkVisibility()")
    assert page.text("#learnt-note") == "Its epochs were not kept: lenet train --show keeps them."
    check_quiet(page)


def test_another_epoch_moves_nothing(page):
    places = (
        "['learnt', 'flow', 'why', 'confusion', 'bars', 'verdict'].map((id) => { const b = "
        "document.getElementById(id).getBoundingClientRect(); return [b.top + scrollY, b.left, b.width]; })"
    )
    before = page.evaluate(places)
    move(page, 0)
    move(page, 3)
    assert page.evaluate(places) == before
    check_quiet(page)
