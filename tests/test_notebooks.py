"""The notebooks on LeNet's parts and on network3 are true: each way gives the same, and the digits are read."""

import json
import re

import pytest

from tests.notebooks import ROOT, pictures, printed, run_notebook

NOTEBOOKS = {name: ROOT / "docs" / f"{name}.ipynb" for name in ("lenet-tutorial", "network3")}


def cells(name, kind):
    content = json.loads(NOTEBOOKS[name].read_text())
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_stored_with_outputs_and_small(name):
    assert NOTEBOOKS[name].stat().st_size < 300_000
    code = cells(name, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert not [each for cell in code for each in cell["outputs"] if each.get("name") == "stderr"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_linked_files_exist(name):
    text = "\n".join("".join(cell["source"]) for cell in cells(name, "markdown"))
    local = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert local
    assert not [link for link in local if not (ROOT / "docs" / link).exists()]


@pytest.mark.slow
def test_lenet_is_the_same_from_its_parts_and_by_layers(tmp_path, monkeypatch):
    code = run_notebook(NOTEBOOKS["lenet-tutorial"], tmp_path, monkeypatch)
    text = printed(code)
    assert text.count("same: True") == 5
    assert text.count("equal to the last bit: True") == 2
    assert "False" not in text.replace("ignore_border=False", "")
    assert "FusedConv" in text
    errors = [float(error) for error in re.findall(r"test error .*: ([\d.]+)%", text)]
    assert len(errors) == 2
    assert max(errors) < 4
    assert pictures(code) == 6


@pytest.mark.slow
def test_the_ladder_leads_up(tmp_path, monkeypatch):
    code = run_notebook(NOTEBOOKS["network3"], tmp_path, monkeypatch)
    text = printed(code)
    # All but dropout, whose random numbers differ.
    assert re.findall(r"equal to the last bit: (\w+)", text) == ["True"] * 4 + ["False"] * 2
    right = [float(share) for share in re.findall(r": ([\d.]+)% right", text)]
    assert len(right) == 12
    assert max(right[:2]) < 98
    assert min(right[-2:]) > 98.5
    assert pictures(code) == 4
