"""What the README shows, works; what it and the other pages link to, is there."""

import csv
import re
from pathlib import Path

import numpy as np
import pytensor
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
SAVED, GRAPH = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
RUN = re.search(r"runs/[\w-]+-digits", README)[0]


def test_the_graph_that_it_builds_trains(capsys):
    with pytensor.config.change_flags(floatX="float64"):
        names: dict = {}
        exec(compile(GRAPH, "README.md", "exec"), names)
        graph = capsys.readouterr().out
        images = np.random.default_rng(1).random((4, 1, 28, 28))
        labels = np.array([3, 1, 4, 1], dtype="int32")
        costs = [names["train"](images, labels)[0] for _ in range(30)]
    assert "conv_W" in graph
    assert costs[-1] < costs[0]


def test_the_saved_network_that_it_loads_is_as_wrong_as_its_run_says(digits_run, capsys):
    assert RUN in SAVED
    exec(compile(SAVED.replace(RUN, str(digits_run)), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    with (digits_run / "metrics.csv").open() as file:
        best = min(csv.DictReader(file), key=lambda epoch: float(epoch["validation_error"]))
    assert printed.endswith(f" of 296 wrong: {float(best['test_error']):.2%}\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_links_to_exists(page):
    text = page.read_text()
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^"]+)"', text)
    local = [link for link in links if "://" not in link]
    assert not [link for link in local if not (page.parent / link).exists()]


def test_it_is_short():
    assert len(README.splitlines()) <= 130


def test_the_picture_of_the_tree_has_every_module_and_package_at_the_top():
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    packages = [path.parent.name + "/" for path in (ROOT / "lenet").glob("*/__init__.py")]
    modules = [path.name for path in (ROOT / "lenet").glob("*.py") if path.name != "__init__.py"]
    lines = "".join(line for line in guide.splitlines() if line.startswith("      "))
    assert not [name for name in packages + modules if f" {name}" not in lines]
