"""The page in three languages: the browser's at first, or the one that is chosen, and nothing left in another."""

import dataclasses
import re

import numpy as np
import pytensor
import pytest

from lenet.input_pipeline import load_digits
from lenet.models.lenet5_1998 import lenet5_1998
from lenet.models.network import network_of_layers
from lenet.show.page_writer import page_of
from lenet.show.pictures import Example, ShownPictures
from tests.show.test_page_in_browser import SEVEN, SHARES, check_quiet

# All that can be read or heard; texts within canvases are names and numbers.
SAID = """(() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node.nodeType === 3) { if (!node.parentElement.closest('script, style, noscript')) found.add(node.data.trim()); }
    else for (const name of ['aria-label', 'aria-valuetext', 'aria-roledescription', 'title', 'alt', 'placeholder'])
      if (node.hasAttribute(name)) found.add(node.getAttribute(name));
  } return [...found, document.title]; })()"""
# Names, of classes and layers, of methods, functions and languages, and words that are the same.
NAMES = {"Grad-CAM", "relu", "tanh", "softmax", "scaled tanh", "English", "Deutsch", "Français"}
ALIKE = {"de": {"Filter", "Code", "Training"}, "fr": {"images", "validation", "code"}}


def choose(page, code):
    page.evaluate(
        f"(() => {{ const s = document.querySelector('#language'); s.value = '{code}'; "
        "s.dispatchEvent(new Event('change')); })()"
    )
    page.settle()


def fill(page):
    """Show all that the page can show."""
    page.click("#clear")
    page.draw("#pad", SEVEN)
    page.wait_for("document.querySelector('#hide-map').hasAttribute('data-done')")
    page.click("#flow .layer .maps canvas", 20, 20)
    page.evaluate("document.querySelector('#confusion-cells button')?.click()")
    page.settle()


def has_words(text):
    return re.search(r"[^\W\d_]{2,}", text) is not None


@pytest.mark.parametrize("code", ["de", "fr"])
def test_no_english_is_left(shown_page, digits_model, browser, code, tmp_path):
    with pytensor.config.change_flags(floatX="float32"):
        network = network_of_layers(lenet5_1998(10), (1, 28, 28), np.random.default_rng(2))
    model = dataclasses.replace(digits_model, network=network)
    old = tmp_path / "1998.html"
    old.write_bytes(page_of(model, ShownPictures([Example(load_digits().test.images[0], 0, 1)])))
    for path in (shown_page, old):
        page = browser.open(path)
        layers = page.evaluate(
            "[...document.querySelectorAll('#flow h3')].map((e) => e.firstChild.data.trim())"
        )
        fill(page)
        english = set(page.evaluate(SAID))
        choose(page, code)
        now = set(page.evaluate(SAID))
        same = {text for text in english & now if has_words(text)}
        assert same - NAMES - ALIKE[code] - set(layers) == set()
        # What is made from now on, too.
        fill(page)
        assert set(page.evaluate(SAID)) & english <= {*same, *(t for t in now if not has_words(t))}
        assert page.evaluate("document.documentElement.lang") == code
        check_quiet(page)


def test_numbers_are_those_of_the_language(shown_page, browser):
    page = browser.open(shown_page)
    page.click("#flow .layer .maps canvas", 20, 20)
    page.settle()
    shares, value = page.evaluate(SHARES), page.text("#unit .value")
    assert "." in value
    choose(page, "de")
    assert page.text("#unit .value") == value.replace(".", ",")
    texts = page.evaluate(
        "[...document.querySelectorAll('#bars .share')].map((e) => e.textContent)"
    )
    assert [
        float(text.removesuffix("\N{NO-BREAK SPACE}%").replace(",", ".")) for text in texts
    ] == shares
    assert re.search(r"\d\.\d{3} Parameter, .* Testfehler \d,\d\d\s%", page.text("#lead"))
    choose(page, "fr")
    assert re.search(r"\d\s\d{3} paramètres, .* erreur de test \d,\d\d\s%", page.text("#lead"))


def test_a_choice_is_kept_and_moves_nothing(shown_page, browser):
    page = browser.open(shown_page)
    places = "[...document.querySelectorAll('.card, #pad, #flow canvas')].map((e) => Math.round(e.getBoundingClientRect().left))"
    before, top = page.evaluate(places), page.box("#pad")
    for code in ("de", "fr"):
        choose(page, code)
        assert page.evaluate(places) == before
        assert page.box("#pad") == top
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    assert page.text("#clear") == "Effacer"


def test_the_browsers_language_is_the_first(shown_page, browser):
    agent = browser.evaluate("navigator.userAgent")
    for asked, expected in (("de-AT,en", "de"), ("ja,fr;q=0.5", "fr"), ("ja", "en")):
        browser.send("Network.setUserAgentOverride", userAgent=agent, acceptLanguage=asked)
        page = browser.open(shown_page)
        assert page.evaluate("document.documentElement.lang") == expected
    browser.send("Network.setUserAgentOverride", userAgent=agent, acceptLanguage="en-US")
