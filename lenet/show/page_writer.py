"""The page as one HTML file: style, script, network and pictures within it.

It asks for nothing: its Content-Security-Policy allows its own script and style, by their hashes, and pictures that
it holds itself.
"""

import base64
import hashlib
import json
import math
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet import __version__
from lenet.data.sight import sight_of
from lenet.errors import ImageError
from lenet.show.bundle import bundled
from lenet.show.confusion import ShownConfusion
from lenet.show.learnt import Learnt
from lenet.show.pictures import SHEET_BYTES, ShownPictures
from lenet.show.primitives import Numbers, layer_descriptions
from lenet.text import shown

if TYPE_CHECKING:
    from lenet.runs.saved_model import SavedModel

PAGE = Path(__file__).parent / "page"
POLICY = "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'"


# Epochs are left out until a page is smaller, or they are no larger than the network's own weights.
PAGE_BYTES = 2_000_000
# For the sheet of training images beside epochs, and for HTML around all, at most.
SHEET_BESIDE_EPOCHS, AROUND = 320_000, 10_000


def page_of(
    model: "SavedModel",
    pictures: ShownPictures,
    learnt: Learnt | None = None,
    confusion: ShownConfusion | None = None,
) -> bytes:
    """Return the page of a trained network.

    Parameters
    ----------
    model : SavedModel
    pictures : ShownPictures
        Of its data set, none if it is not at hand.
    learnt : Learnt or None
        The epochs of its run.
    confusion : ShownConfusion or None
        What it takes the test images of its run for.

    Raises
    ------
    ValueError
        Naming the layer, if there is one that the page cannot compute.
    """
    content = payload(model, pictures, learnt, confusion)
    script, style = bundled(PAGE, "main.js"), (PAGE / "page.css").read_text(encoding="utf-8")
    page = Template((PAGE / "page.html").read_text(encoding="utf-8")).substitute(
        policy=escape(POLICY.format(script=hash_of(script), style=hash_of(style))),
        version=escape(__version__),
        title=escape(title_of(model)),
        style=style,
        # A name may hold what ends a script; in JSON, the sign that begins it can be written otherwise.
        payload=json.dumps(content, allow_nan=False).replace("<", "\\u003c"),
        script=script,
    )
    return page.encode()


def payload(
    model: "SavedModel",
    pictures: ShownPictures,
    learnt: Learnt | None = None,
    confusion: ShownConfusion | None = None,
) -> dict[str, Any]:
    """Return what the page's program gets, as JSON can keep it."""
    network = model.network.model.network
    numbers = Numbers()
    layers = layer_descriptions(network.layers, numbers)
    refusal = refusal_of_pictures(model)
    has_epochs = learnt is not None and learnt.kept is not None
    content = {
        "shape": list(network.input_shape),
        "classes": [shown(name) for name in model.class_names],
        "layers": layers,
        "numbers": base64.b64encode(numbers.to_bytes()).decode(),
        "sight": {
            "channels": model.channels,
            "size": model.size,
            "digits": model.sees_digits,
            "keepAspect": model.keep_aspect,
        },
        "about": facts_of(model),
        "refusal": refusal,
        "tones": None if refusal else tones_of(model),
        **pictures.payload(SHEET_BESIDE_EPOCHS if has_epochs else SHEET_BYTES),
        "confusion": None if confusion is None else confusion.payload(),
        "learnt": None,
    }
    if learnt is not None:
        program = len(bundled(PAGE, "main.js")) + (PAGE / "page.css").stat().st_size
        room = PAGE_BYTES - AROUND - program - len(json.dumps(content))
        content["learnt"] = learnt.payload(model, max(room, len(content["numbers"])))
    return content


def refusal_of_pictures(model: "SavedModel") -> str:
    """Return why a browser's pictures are not what the network has learnt, or nothing.

    It is "channels", of which there are others than a browser reads, or "depth": values of more than 8 bits.
    """
    if model.channels not in (1, 3):
        return "channels"
    try:
        tones_of(model)
    except ImageError:
        return "depth"
    return ""


def tones_of(model: "SavedModel") -> list[list[int]] | None:
    """Return what becomes of each byte of a channel; None if all stay as they are.

    Raises
    ------
    ImageError
        If the network has learnt no bytes.
    """
    same = np.tile(np.arange(256, dtype=np.uint8), (model.channels, 1, 1))
    tones = sight_of(model.attributes).bytes_of(same)
    return None if np.array_equal(tones, same) else tones[:, 0].tolist()


def hash_of(text: str) -> str:
    """Return the hash by which a Content-Security-Policy allows a script or style."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def title_of(model: "SavedModel") -> str:
    """Return the title, as the page has it in English."""
    facts = facts_of(model)
    return f"{facts['model'] or 'A network'} on {facts['dataset']}"


def facts_of(model: "SavedModel") -> dict[str, Any]:
    """Return what the head and the foot of the page tell of the network."""
    layers = model.network.model.layers
    return {
        "model": shown(model.attributes.get("model", "")),
        "dataset": shown(model.dataset),
        "layers": len(layers),
        "parameters": sum(layer.n_parameters for layer in layers),
        "epoch": model.epoch,
        "errors": [[part, error] for part, error in model.errors.items() if math.isfinite(error)],
        "version": __version__,
        "file": shown(model.path.name),
    }
