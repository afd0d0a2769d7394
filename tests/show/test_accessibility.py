"""Accessibility of the page by axe-core's rules, of WCAG and of good practice, in what it may look like.

axe-core is no part of the project: `npm install` puts it into node_modules.
"""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytensor
import pytest
from PIL import Image

from lenet.input_pipeline import load_digits
from lenet.models.lenet5_1998 import lenet5_1998
from lenet.models.network import network_of_layers
from lenet.show.page_writer import page_of
from lenet.show.pictures import Example, ShownPictures
from tests.show.test_languages import choose
from tests.show.test_page_in_browser import SEVEN

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.skipif(not AXE.exists(), reason="needs axe-core: npm install")
SCREENS = [(1280, False), (1280, True), (420, False), (420, True)]


def complaints(page):
    """What axe-core finds wrong, and what it would have a person look at, with the elements.

    What it cannot say of contrasts, of single letters and of what lies over a picture, is measured by our own test.
    """
    # Told to the browser's debugger, so that the page's Content-Security-Policy stays as it is.
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8") + "; true")
    assert page.worst_contrast() >= 4.5
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(({violations, incomplete}) => JSON.stringify("
        "[...violations, ...incomplete.filter(({id}) => id !== 'color-contrast')]"
        ".map(({id, nodes}) => [id, nodes.map((n) => `${n.target}: ${n.failureSummary}`)])))"
    )
    return "\n".join(f"{name}: {'; '.join(nodes)}" for name, nodes in json.loads(found))


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_nothing_to_complain_of(shown_page, browser, width, dark, tmp_path):
    """A drawing with all reasons, a unit explained, an epoch and mistakes chosen, and an error."""
    page = browser.open(shown_page, width=width, dark=dark)
    page.click("#clear")
    page.draw("#pad", SEVEN)
    page.wait_for("document.querySelectorAll('#near-list li').length === 8")
    page.click("#epoch")
    page.wait_for("document.querySelector('#hide-map').hasAttribute('data-done')")
    page.click("#confusion-cells button")
    page.click("section[aria-label='layer conv2'] canvas", 20, 20)
    (tmp_path / "text.txt").write_text("no picture")
    page.drop(tmp_path / "text.txt", kind="text/plain")
    page.wait_for("document.querySelector('#told').textContent !== ''")
    assert complaints(page) == ""
    assert page.problems == []


def test_nor_at_first_and_on_empty_paper(shown_page, browser):
    page = browser.open(shown_page, width=420)
    assert complaints(page) == ""
    page.click("#clear")
    page.settle()
    assert complaints(page) == ""


@pytest.mark.parametrize("dark", [False, True])
def test_nor_in_other_languages(shown_page, browser, dark):
    page = browser.open(shown_page, width=1280, dark=dark)
    for code in ("de", "fr"):
        choose(page, code)
        page.settle()
        assert complaints(page) == "", code


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (420, True)])
def test_nor_of_several_digits_and_of_lenet_of_1998(digits_model, browser, width, dark, tmp_path):
    with pytensor.config.change_flags(floatX="float32"):
        network = network_of_layers(lenet5_1998(10), (1, 28, 28), np.random.default_rng(2))
    model = dataclasses.replace(digits_model, network=network)
    images = load_digits().test.images
    path = tmp_path / "1998.html"
    path.write_bytes(page_of(model, ShownPictures([Example(images[0], 0, 1)])))
    paper = np.zeros((90, 200), np.uint8)
    for k in range(2):
        paper[25:53, 30 + 90 * k : 58 + 90 * k] = images[k, 0]
    Image.fromarray(255 - paper).save(tmp_path / "form.png")
    page = browser.open(path, width=width, dark=dark)
    page.drop(tmp_path / "form.png")
    page.wait_for("document.querySelectorAll('#found button').length === 2")
    page.click("section[aria-label='layer output'] .maps canvas", 12, 12)
    page.settle()
    assert complaints(page) == ""
