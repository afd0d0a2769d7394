"""The page is one file that asks for nothing, whatever names are in it."""

import base64
import hashlib
import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from lenet.data.value_ranges import LEVELS, RANGES
from lenet.runs.saved_model import SavedModel
from lenet.show.page_writer import page_of, refusal_of_pictures, tones_of
from lenet.show.pictures import Example, ShownPictures
from tests.test_saved_files import FOLDER as SAVED


class Parts(HTMLParser):
    """Scripts, styles and policy of a page, as a browser sees them."""

    def __init__(self, content):
        super().__init__()
        self.tags, self.texts, self.policy = [], {}, ""
        self.feed(content)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given))
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]

    def handle_endtag(self, tag):
        self.tags.append(("", {}))

    def handle_data(self, text):
        tag, given = self.tags[-1] if self.tags else ("", {})
        if tag in ("script", "style"):
            key = given.get("type", tag)
            self.texts[key] = self.texts.get(key, "") + text


@pytest.fixture(scope="module")
def model():
    return SavedModel.load(SAVED / "model.h5")


def test_policy_allows_this_script_and_style_alone(model):
    parts = Parts(page_of(model, ShownPictures()).decode())
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(parts.texts[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in parts.policy
    assert parts.policy.startswith("default-src 'none';")
    assert "http" not in parts.policy
    for tag, given in parts.tags:
        assert tag not in ("link", "iframe", "img", "object", "embed", "base")
        assert not {"src", "style"} & given.keys()
        assert not [name for name in given if name.startswith("on")]
        assert given.get("href", "#").startswith("#")


def test_the_payload_is_the_network(model):
    image = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)
    pictures = ShownPictures([Example(image, 3, 5)], np.stack([image] * 41), np.arange(41) % 10)
    written = json.loads(Parts(page_of(model, pictures).decode()).texts["application/json"])
    assert written["shape"] == [1, 28, 28]
    assert written["classes"] == list("0123456789")
    numbers = np.frombuffer(base64.b64decode(written["numbers"]), "<f4")
    first = written["layers"][0]["steps"][0]
    start, length = first["filters"]
    W = model.network.model.layers[0].W.get_value()
    np.testing.assert_array_equal(
        numbers[start : start + length].reshape(W.shape), W[:, :, ::-1, ::-1]
    )
    (example,) = written["examples"]
    assert base64.b64decode(example["image"]) == image.tobytes()
    assert (example["label"], example["predicted"]) == (3, 5)
    assert written["sheet"]["count"] == len(written["sheet"]["labels"]) == 41


def test_the_same_network_gives_the_same_page(model):
    assert page_of(model, ShownPictures()) == page_of(model, ShownPictures())


def test_a_page_says_why_it_takes_no_pictures(model):
    assert refusal_of_pictures(model) == ""
    assert tones_of(model) is None
    assert refusal_of_pictures(replace(model, channels=5)) == "channels"
    deep = {**model.attributes, RANGES: '{"uint16": [0, 4095]}', LEVELS: [0.0, 1.0]}
    assert refusal_of_pictures(replace(model, attributes=deep)) == "depth"
    half = {**model.attributes, RANGES: '{"uint8": [0, 127.5]}', LEVELS: [0.0, 1.0]}
    ranged = replace(model, attributes=half)
    assert refusal_of_pictures(ranged) == ""
    (tones,) = tones_of(ranged)
    assert (tones[0], tones[64], tones[200]) == (0, 128, 255)
