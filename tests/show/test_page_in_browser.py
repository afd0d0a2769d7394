"""The page in a real browser: what people do with it, and what it must never do."""

import base64
import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytensor
import pytest
from PIL import Image

from lenet.data.image_files import read_image
from lenet.data.paper_digits import read_digits
from lenet.input_pipeline import load_digits
from lenet.layers import Dropout
from lenet.models.architectures import logistic
from lenet.models.lenet5_1998 import lenet5_1998
from lenet.models.network import network_of_layers
from lenet.show.page_writer import page_of
from lenet.show.pictures import Example, ShownPictures

ROOT = Path(__file__).parents[2]
SHARES = "[...document.querySelectorAll('#bars .share')].map((e) => parseFloat(e.textContent))"
SEVEN = [(0.25, 0.2), (0.7, 0.2), (0.4, 0.8)]
PIXEL = (
    "((x, y) => document.querySelector('#pad').getContext('2d').getImageData(x, y, 1, 1).data[0])"
)
ONE = [(0.5, 0.15), (0.5, 0.85)]
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "a\"b'c&d",
    "x\u202ey",
)


def check_quiet(page):
    """No error on the console, no dialog, no request to anywhere."""
    assert page.problems == []
    asked = [address for address in page.requests if not address.startswith(("data:", "file:"))]
    assert asked == []
    assert sum(address.startswith("file:") for address in page.requests) == 1


def verdict(page):
    return page.evaluate("document.querySelector('#verdict b').textContent")


def test_digits_are_drawn_dropped_and_pasted(shown_page, browser, tmp_path):
    page = browser.open(shown_page)
    assert verdict(page) == "0"  # the first example
    page.click("#clear")
    page.settle()
    assert verdict(page) == "\N{EN DASH}"
    page.draw("#pad", SEVEN)
    assert verdict(page) == "7"
    steps = page.evaluate(
        "[...document.querySelectorAll('#steps figcaption')].map((e) => e.textContent)"
    )
    assert steps == ["gray", "ink", "cut out", "scaled", "centred"]
    page.draw("#pad", [(0.4, 0.5), (0.75, 0.5)])
    page.click("#undo")
    page.settle()
    assert verdict(page) == "7"

    images, labels = load_digits().test
    three = images[int(np.flatnonzero(labels == 3)[0]), 0]
    path = tmp_path / "three.png"
    Image.fromarray(255 - three).resize((200, 200)).save(path)
    for event in ("drop", "paste"):
        page.click("#clear")
        page.drop(path, event=event)
        page.wait_for("document.querySelector('#verdict b').textContent === '3'")
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG")
    page.drop(damaged)
    page.wait_for(
        "document.querySelector('#told').textContent.includes('cannot read this picture')"
    )
    (tmp_path / "text.txt").write_text("no picture")
    page.drop(tmp_path / "text.txt", kind="text/plain")
    page.wait_for("document.querySelector('#told').textContent.includes('That is no picture')")
    check_quiet(page)


def test_a_stroke_begins_on_empty_paper_and_goes_on_with_a_drawing(shown_page, browser):
    """Not over the example, or the picture, that the pad shows: both would be read as digits."""
    page = browser.open(shown_page)
    paper = 255
    for picture in (None, ROOT / "docs" / "four.png"):
        if picture:
            page.drop(picture)
            page.wait_for("document.querySelector('#verdict b').textContent === '4'")
        page.draw("#pad", SEVEN)
        assert verdict(page) == "7"
        assert page.evaluate("document.querySelectorAll('#found button').length") == 0
        page.draw("#pad", [(0.4, 0.5), (0.75, 0.5)])
        assert page.evaluate(f"{PIXEL}(98, 39)") != paper  # of the first stroke
        assert page.evaluate(f"{PIXEL}(130, 98)") != paper
    page.evaluate("document.querySelectorAll('#examples button')[0].click()")
    page.evaluate("document.querySelector('#pad').focus()")
    for key in (" ", "ArrowDown", "ArrowDown"):
        page.key(key)
    page.evaluate("document.querySelector('#pad').blur()")
    assert page.evaluate(f"{PIXEL}(10, 10)") == paper
    check_quiet(page)


def test_a_picture_that_comes_while_one_draws_ends_the_stroke(shown_page, browser):
    page = browser.open(shown_page)
    box = page.box("#pad")
    page.mouse("mousePressed", box["x"] + 40, box["y"] + 40)
    page.drop(ROOT / "docs" / "four.png")
    page.wait_for("document.querySelector('#verdict b').textContent === '4'")
    page.mouse("mouseMoved", box["x"] + 90, box["y"] + 40)
    page.mouse("mouseReleased", box["x"] + 90, box["y"] + 40)
    page.settle()
    assert verdict(page) == "4"
    check_quiet(page)


def test_several_digits_are_found_and_chosen(shown_page, browser, tmp_path):
    images, labels = load_digits().test
    paper = np.zeros((90, 300), np.uint8)
    for k, digit in enumerate((4, 2, 7)):
        paper[25:53, 30 + 90 * k : 58 + 90 * k] = images[int(np.flatnonzero(labels == digit)[0]), 0]
    Image.fromarray(255 - paper).save(tmp_path / "form.png")
    page = browser.open(shown_page)
    page.drop(tmp_path / "form.png")
    page.wait_for("document.querySelectorAll('#found button').length === 3")
    assert page.text("#told") == "3 digits; choose one."
    found = [verdict(page)]
    for k in (2, 3):
        page.click(f"#found button:nth-child({k})")
        page.settle()
        found.append(verdict(page))
    assert found == ["4", "2", "7"]
    check_quiet(page)


def test_the_page_says_what_the_network_says(shown_page, browser, digits_model):
    """Each example has the class that PyTensor gives it, and its probability."""
    content = shown_page.read_text()
    written = json.loads(re.search(r'id="network">(.*?)</script>', content)[1])
    page = browser.open(shown_page)
    for k, example in enumerate(written["examples"]):
        page.evaluate(f"document.querySelectorAll('#examples button')[{k}].click()")
        image = np.frombuffer(base64.b64decode(example["image"]), np.uint8).reshape(1, 1, 28, 28)
        (shares,) = digits_model.probabilities(image)
        assert verdict(page) == digits_model.class_names[int(shares.argmax())]
        shown = page.evaluate(SHARES)
        np.testing.assert_allclose(shown, 100 * shares, atol=0.0501)
    check_quiet(page)


def test_a_picture_has_the_probabilities_of_lenet_predict(shown_page, browser, digits_model):
    path = ROOT / "docs" / "four.png"
    (digit,), _ = read_digits(read_image(path, 1), 28)
    (expected,) = digits_model.probabilities(digit.image[np.newaxis])
    page = browser.open(shown_page)
    page.drop(path)
    page.wait_for("document.querySelector('#steps figcaption')?.textContent === 'gray'")
    shown = page.evaluate(SHARES)
    # Pillow and the page may differ by a few bytes.
    np.testing.assert_allclose(shown, 100 * expected, atol=2)
    check_quiet(page)


def test_a_camera_is_seen_until_it_is_held(shown_page, browser):
    page = browser.open(shown_page)
    page.click("#camera")
    page.wait_for("document.querySelector('#camera').textContent === 'Hold'")
    page.wait_for(
        "document.querySelector('#told').textContent !== '' || document.querySelector('#steps li')"
    )
    page.click("#camera")
    assert page.text("#camera") == "Camera"
    check_quiet(page)


def test_units_are_explained_by_pointer_and_keys(shown_page, browser):
    page = browser.open(shown_page)
    page.click("section[aria-label='layer conv2'] canvas", 20, 20)
    page.settle()
    assert page.text("#unit h3").startswith("conv2, map ")
    assert "It sees rows" in page.text("#unit-content")
    assert page.evaluate("[...document.querySelectorAll('.part h4')].map((e) => e.textContent.split(' = ')[0])") == [
        "sum of products", "maximum of a window", "plus bias", "relu",
    ]  # fmt: skip
    value = page.evaluate("document.querySelector('#unit .value').textContent")
    last = page.evaluate("[...document.querySelectorAll('.part h4 b')].pop().textContent")
    assert value == last
    before = page.text("#unit h3")
    page.evaluate("document.querySelector(\"section[aria-label='layer conv1'] canvas\").focus()")
    page.key("ArrowRight")
    page.key("PageDown")
    page.settle()
    assert page.text("#unit h3") == "conv1, map 2, row 1, column 2" != before
    assert page.evaluate("document.querySelector('#unit-told').textContent").startswith(
        "conv1, map 2"
    )
    page.key("Escape")
    page.settle()
    assert page.evaluate("document.querySelector('#unit h3')") is None
    check_quiet(page)


def test_lenet_of_1998_has_its_table_and_its_codes(digits_model, browser, tmp_path):
    with pytensor.config.change_flags(floatX="float32"):
        network = network_of_layers(lenet5_1998(10), (1, 28, 28), np.random.default_rng(2))
    model = dataclasses.replace(digits_model, network=network)
    path = tmp_path / "1998.html"
    image = load_digits().test.images[0]
    path.write_bytes(page_of(model, ShownPictures([Example(image, 0, 0)])))
    page = browser.open(path)
    page.click("section[aria-label='layer C3'] .maps canvas", 4, 4)
    page.settle()
    assert page.text("#unit h3") == "C3, map 1, row 1, column 1"
    assert "It sees maps 1, 2, 3." in page.text("#unit-content")
    label = page.evaluate(
        "document.querySelector('.connections canvas').getAttribute('aria-label')"
    )
    assert label.startswith("Table of connections: map 1 sees 1, 2, 3; map 2 sees 2, 3, 4;")
    assert label.endswith("map 16 sees 1, 2, 3, 4, 5, 6.")
    codes = page.evaluate(
        "document.querySelector(\"section[aria-label='layer output'] canvas\").clientWidth"
    )
    page.click("section[aria-label='layer output'] canvas", 2.5 * codes / 10, 12)
    page.settle()
    assert page.text("#unit h3") == "output, unit 3 (2)"
    assert page.text(".part h4").replace("\N{MINUS SIGN}", "-") == (
        f"minus the squared distance = {page.text('#unit .value')}".replace("\N{MINUS SIGN}", "-")
    )
    page.click("section[aria-label='layer F6'] canvas", 70, 100)
    page.settle()
    assert page.text("#unit h3").startswith("F6, unit ")
    check_quiet(page)


def test_a_digit_is_drawn_with_keys(shown_page, browser):
    page = browser.open(shown_page)
    page.click("#clear")
    page.evaluate("document.querySelector('#pad').focus()")
    for _ in range(6):
        page.key("ArrowLeft")
    page.key(" ", " ")
    for name in ("ArrowRight",) * 12 + ("ArrowDown", "ArrowDown", "ArrowLeft") * 7:
        page.key(name)
    page.key(" ", " ")
    page.settle()
    assert verdict(page) == "7"
    check_quiet(page)


def test_reasons_are_given(shown_page, browser):
    page = browser.open(shown_page)
    page.click("#clear")
    page.draw("#pad", SEVEN)
    page.wait_for("document.querySelector('#hide-map').hasAttribute('data-done')")
    page.wait_for("document.querySelectorAll('#near-list li').length === 8")
    assert page.text("#why-name") == "7"
    assert re.fullmatch(r"A change of .* and it sees [0-689]\.", page.text("#change-words"))
    near = page.evaluate(
        "[...document.querySelectorAll('#near-list figcaption')].map((e) => e.textContent)"
    )
    assert near.count("7") >= 4
    page.evaluate(
        "(() => { const s = document.querySelector('#why-class'); s.value = '2'; s.dispatchEvent(new Event('change')); })()"
    )
    assert page.text("#why-name") == "2"
    assert page.text("#change-words").endswith("it sees 2.")
    check_quiet(page)


def test_hostile_names_are_text(digits_model, browser, tmp_path):
    names = (*HOSTILE, *"456789")
    model = dataclasses.replace(digits_model, class_names=names, dataset=HOSTILE[0])
    image = load_digits().test.images[0]
    pictures = ShownPictures([Example(image, 0, k) for k in range(4)])
    path = tmp_path / "hostile.html"
    content = page_of(model, pictures).decode()
    assert content.count("<script") == content.count("</script>") == 2
    assert "\u202e" not in content
    path.write_text(content)
    page = browser.open(path)
    found = page.evaluate("[...document.querySelectorAll('#bars .name')].map((e) => e.textContent)")
    assert found[:4] == [*HOSTILE[:3], r"x\u202ey"]
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert HOSTILE[0] in page.text("h1")
    check_quiet(page)


def test_a_network_of_other_channels_shows_its_examples_alone(digits_model, browser, tmp_path):
    shape, rng = (5, 28, 28), np.random.default_rng(2)
    with pytensor.config.change_flags(floatX="float32"):
        network = network_of_layers([Dropout(), *logistic(10)], shape, rng)
    model = dataclasses.replace(digits_model, network=network, channels=5)
    path = tmp_path / "channels.html"
    image = rng.integers(0, 256, shape, np.uint8)
    path.write_bytes(page_of(model, ShownPictures([Example(image, 0, 0)])))
    page = browser.open(path)
    assert page.text("#refusal").startswith("It takes images of 5 channels")
    assert verdict(page) == "0"
    page.draw("#pad", SEVEN)
    page.drop(ROOT / "docs" / "four.png")
    assert page.evaluate("document.querySelector('#steps figcaption').textContent") == "example"
    assert page.evaluate("document.querySelector('#cam').hidden")
    page.click("section[aria-label='layer drop1'] canvas", 4, 4)
    page.settle()
    assert "It is passed on as it comes." in page.text("#unit-content")
    check_quiet(page)


@pytest.mark.parametrize(("width", "dark"), [(420, False), (420, True), (1280, True)])
def test_nothing_is_wider_than_the_screen_and_text_has_contrast(shown_page, browser, width, dark):
    page = browser.open(shown_page, width=width, dark=dark)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    theme = page.evaluate("document.documentElement.dataset.theme")
    assert theme == ("dark" if dark else "light")
    assert page.worst_contrast() >= 4.5
    nameless = page.evaluate("""[...document.querySelectorAll('button, select, input:not([hidden]), canvas')].filter((e) =>
      !(e.getAttribute('aria-label') || e.innerText?.trim() || e.labels?.length || e.closest('button, [aria-hidden=true]'))).map((e) => e.outerHTML)""")
    assert nameless == []
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") != theme
    page.click("#theme")
    check_quiet(page)


def test_a_dark_page_is_printed_light(shown_page, browser):
    drawn = "[...document.querySelectorAll('#flow canvas')].map((e) => e.toDataURL())"
    page = browser.open(shown_page, dark=True)
    dark = page.evaluate(drawn)
    theme = {"name": "prefers-color-scheme", "value": "dark"}
    browser.send("Emulation.setEmulatedMedia", media="print", features=[theme])
    page.wait_for("document.documentElement.dataset.theme === 'light'")
    # What is printed is what is drawn at once: no frame is waited for.
    printed = page.evaluate(drawn)
    assert all(a != b for a, b in zip(dark, printed, strict=True))
    swatch = "getComputedStyle(document.querySelector('.legend .above')).printColorAdjust"
    assert page.evaluate(swatch) == "exact"
    browser.send("Emulation.setEmulatedMedia", media="", features=[theme])
    page.settle()
    assert page.evaluate(drawn) == dark
    check_quiet(page)
