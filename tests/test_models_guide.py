"""The guide to models is true: its code prints what it says, its tables have all there is."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytensor
import pytest

from lenet.layers import CLASSES
from lenet.layers.activations import ACTIVATIONS
from lenet.layers.initialisers import INITIALISERS
from lenet.models.losses import LOSSES
from lenet.optim.schedules import SCHEDULES
from lenet.optim.updates import RULES
from tests.test_porting_guide import printed_and_promised

GUIDE = (Path(__file__).parent.parent / "docs" / "models.md").read_text()
SECTIONS = {text.split("\n", 1)[0]: text for text in re.split(r"^## ", GUIDE, flags=re.MULTILINE)}
WITH_CODE = [title for title, text in SECTIONS.items() if "```python" in text]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GUIDE.splitlines()
    if line.startswith("| `")
]


@pytest.mark.parametrize("title", WITH_CODE)
def test_code_prints_what_the_guide_says(title, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytensor.config.change_flags(floatX="float32"):
        printed, promised = printed_and_promised(SECTIONS[title], capsys)
    assert all(promised)
    assert printed == promised


def arguments(layer):
    """Return a layer's arguments as the guide has them."""
    own = [field for field in fields(layer) if field.name != "name"]
    defaults = {field.name: field.default for field in own}
    return [
        name if default is MISSING else f"{name}={default!r}".replace("'", '"')
        for name, default in defaults.items()
    ]


def test_all_layers_are_there_with_their_arguments():
    found = {row[0].strip("`"): re.findall("`([^`]+)`", row[1]) for row in ROWS if len(row) == 3}
    assert found == {name: arguments(layer) for name, layer in CLASSES.items()}


def test_all_activations_and_initialisers_are_there():
    found = [row[0].strip("`") for row in ROWS if len(row) == 2]
    assert found == [*ACTIVATIONS, *INITIALISERS, "normal:SD"]


@pytest.mark.parametrize("names", [LOSSES, RULES, SCHEDULES], ids=["losses", "rules", "schedules"])
def test_all_losses_rules_and_schedules_are_there(names):
    text = SECTIONS["Losses, update rules and schedules"]
    assert not [name for name in names if f"`{name}`" not in text]
