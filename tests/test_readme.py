"""What the README shows, works; what it and the other pages link to, is there."""

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


def test_five_lines_of_python_do_what_they_print(digits_run, capsys):
    assert RUN in SAVED
    code = SAVED.replace(RUN, str(digits_run)).replace("nepochs=20, data_augm=True", "nepochs=2")
    with pytensor.config.change_flags(floatX="float32"):
        exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert re.fullmatch(
        r"\d\d\.\d\d% of 296 digits are right\n\[.*\] says the run above\n", printed
    )


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
